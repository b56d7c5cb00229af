from __future__ import annotations

import gzip
import zipfile
from typing import TYPE_CHECKING

import polars as pl
import pytest

from tests.stages.conftest import Project, commit
from workbench.errors import ParamsError
from workbench.params.reading import read_file
from workbench.stages.columns import check_columns

if TYPE_CHECKING:
    from pathlib import Path

PARAMS = """\
ingest:
  sources:
    trips: {path: trips.csv.gz}
    towns: {path: towns.zip, separator: ";"}
    cars: {path: cars.parquet}
  table: trips
  joins:
    - {source: towns, left_on: [town], right_on: [code], suffix: _town}
    - {source: cars, on: [car]}
  derive: {far: "distance > 10", farther: "far AND doors > 2"}
  keep: "distance IS NOT NULL"
  target: far
  time: day
  key: [trip]
  exclude: [name, distance_town]
  split: {by: group, group: car}
"""


@pytest.fixture
def sources(project: Project) -> Path:
    (project.root / "trips.csv.gz").write_bytes(gzip.compress(b"trip,town,car,day,distance\n1,A,x,2020-01-01,3\n"))
    with zipfile.ZipFile(project.root / "towns.zip", "w") as archive:
        archive.writestr("towns.csv", "code;name;distance\nA;Aville;7\n")
    pl.DataFrame({"car": ["x"], "doors": [4]}).write_parquet(project.root / "cars.parquet")
    (project.root / "params.yaml").write_text(PARAMS)
    return project.root


def test_names_that_are_there_are_let_through(sources: Path) -> None:
    check_columns(sources, read_file(sources / "params.yaml"))


@pytest.mark.parametrize(
    ("old", "new", "where", "hint"),
    [
        ("target: far", "target: fare", "params.yaml:12, key ingest.target", "did you mean far?"),
        ("time: day", "time: dax", "params.yaml:13, key ingest.time", "did you mean day?"),
        ("key: [trip]", "key: [trip, tripp]", "params.yaml:14, key ingest.key.1", "did you mean trip?"),
        ("[name,", "[nome,", "params.yaml:15, key ingest.exclude.0", "did you mean name?"),
        ("group: car", "group: cat", "params.yaml:16, key ingest.split.group", "did you mean car?"),
        ("right_on: [code]", "right_on: [cod]", "params.yaml:8, key ingest.joins.0.right_on.0", "did you mean code?"),
        ("on: [car]}", "on: [cars]}", "params.yaml:9, key ingest.joins.1.on.0", "did you mean car?"),
        ("doors > 2", "door > 2", "params.yaml:10, key ingest.derive.farther", "did you mean doors?"),
        ('"distance IS', '"distanze IS', "params.yaml:11, key ingest.keep", "did you mean distance?"),
    ],
)
def test_a_name_that_is_not_there_is_found_with_line_and_nearest(
    sources: Path, old: str, new: str, where: str, hint: str
) -> None:
    text = PARAMS.replace(old, new)
    assert text != PARAMS
    (sources / "params.yaml").write_text(text)
    with pytest.raises(ParamsError) as caught:
        check_columns(sources, read_file(sources / "params.yaml"))
    assert str(caught.value).startswith(f"{where}: no column")
    assert hint in str(caught.value)


def test_what_a_header_cannot_tell_is_left_to_the_stage(sources: Path) -> None:
    (sources / "trips.csv.gz").write_bytes(b"damaged")
    check_columns(sources, read_file(sources / "params.yaml", ["ingest.target=nowhere"]))


def test_a_missing_column_stops_the_stage_before_its_kernel(project: Project, sources: Path) -> None:
    project.write("ingest", commit("ingest"))
    with pytest.raises(ParamsError, match="--set"):
        project.run("ingest", "ingest.target=fare")
    assert project.records() == []
