"""What is committed is what is read, byte for byte and every time."""

from __future__ import annotations

import json
import string
import tempfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from polars.testing.parametric import dataframes

from workbench import artifacts
from workbench.errors import ArtifactError, IntegrityError, MissingArtifactError, SourceError
from workbench.model import Member, Model, Roles, fit_features, lightgbm

FRAME = pl.DataFrame({"späte Züge": [1.5, None, 3.0], "b": ["x", "ä", None], "c": [True, False, None]})


def files_under(root: Path) -> set[str]:
    """List the files a person sees."""
    found = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    return {path.as_posix() for path in found if path.parts[0] not in {".workbench", "params.yaml"}}


def small_model() -> tuple[Model, pl.DataFrame]:
    """Train one small booster."""
    frame = pl.DataFrame({"x": np.arange(400.0), "late": np.arange(400) % 3 == 0})
    features = fit_features(frame, ["x"]).features
    data = lightgbm().Dataset(frame.select("x").to_numpy(), frame["late"].to_numpy().astype(float))
    booster = lightgbm().train({"objective": "binary", "verbosity": -1, "num_threads": 1}, data, 3)
    text = booster.model_to_string(num_iteration=3)
    return Model("binary", "late", ("false", "true"), features, (Member("b01", 3, 1.0, text),)), frame


def test_every_kind_of_content_comes_back(project: Path) -> None:
    roles = Roles("late", "binary", ("false", "true"), ("x",))
    manifest = artifacts.commit(
        "ingest",
        {
            "data/processed/train.parquet": FRAME,
            "data/processed/roles.json": roles.to_json(),
            "metrics/ingest.json": {"b": [1, 2.5, None, True], "a": {"ü": "x"}},
            "plots/rows.csv": FRAME,
            "data/raw.bin": b"\x00\xff",
        },
    )
    assert_frame_equal(artifacts.read_split("train"), FRAME)
    assert artifacts.read_roles() == roles
    assert artifacts.read_json("metrics/ingest.json") == {"a": {"ü": "x"}, "b": [1, 2.5, None, True]}
    assert artifacts.read_bytes("data/raw.bin") == b"\x00\xff"
    assert artifacts.read_text("plots/rows.csv").splitlines()[1] == "1.5,x,true"
    assert (project / "metrics/ingest.json").read_text() == (
        '{\n "a": {\n  "ü": "x"\n },\n "b": [\n  1,\n  2.5,\n  null,\n  true\n ]\n}\n'
    )
    entry = manifest.files["data/processed/train.parquet"]
    assert (entry.rows, entry.bytes) == (3, (project / "data/processed/train.parquet").stat().st_size)
    assert artifacts.read_manifest_of("ingest") == manifest


def test_a_model_is_a_folder_and_scores_as_before(project: Path) -> None:
    model, frame = small_model()
    artifacts.commit("train", {"models/b01": model, "models/candidates.parquet": pl.DataFrame({"id": ["b01"]})})
    assert len(list((project / "models/b01").iterdir())) >= 1
    read = artifacts.read_model("b01")
    assert read == model
    assert np.array_equal(read.predict(frame), model.predict(frame))
    with pytest.raises(MissingArtifactError, match="did you mean b01"):
        artifacts.read_model("b011")


def test_a_folder_of_a_model_that_is_gone_goes(project: Path) -> None:
    model, _ = small_model()
    artifacts.commit("train", {"models/b01": model, "models/b02": model, "notes/deep/er.txt": "x"})
    (project / "models/b01/mine.txt").write_text("not committed, so it stays")
    artifacts.commit("train", {"models/b02": model})
    assert {path for path in files_under(project) if not path.startswith("models/b02/")} == {
        "models/b01/mine.txt",
        "manifests/train.json",
    }
    assert not (project / "notes").exists()


def test_equal_commits_have_equal_bytes(project: Path) -> None:
    def bytes_of(frame: pl.DataFrame) -> dict[str, bytes]:
        artifacts.commit("ingest", {"data/a.parquet": frame, "data/a.json": {"x": 1}})
        return {path: (project / path).read_bytes() for path in files_under(project)}

    whole = pl.DataFrame({"a": range(1_000), "b": [str(i % 7) for i in range(1_000)]})
    once = bytes_of(whole)
    in_chunks = pl.concat([whole[:10], whole[10:700], whole[700:]], rechunk=False)
    assert once == bytes_of(whole) == bytes_of(in_chunks)
    assert b"interactive" not in once["manifests/ingest.json"]


def test_the_widest_table_of_candidates_is_read(project: Path) -> None:
    with pytest.raises(MissingArtifactError, match="dvc repro train"):
        artifacts.read_candidates()
    for stage, path in (
        ("train", "models/candidates.parquet"),
        ("cost", "data/cost/candidates.parquet"),
        ("decide", "data/decision/candidates.parquet"),
    ):
        artifacts.commit(stage, {path: pl.DataFrame({"id": ["b00"], "from": [stage]})})
        assert artifacts.read_candidates()["from"].item() == stage


def test_a_table_of_candidates_that_are_gone_is_passed_over(project: Path) -> None:
    artifacts.commit("decide", {"data/decision/candidates.parquet": pl.DataFrame({"id": ["b00", "b01"]})})
    artifacts.commit(
        "cost", {"data/cost/candidates.parquet": pl.DataFrame({"id": ["b00", "b02"], "from": ["cost"] * 2})}
    )
    artifacts.commit("train", {"models/candidates.parquet": pl.DataFrame({"id": ["b02", "b00"]})})
    assert artifacts.read_candidates()["from"].to_list() == ["cost"] * 2


def test_another_training_may_give_the_same_names_again(project: Path) -> None:
    def table(trees: int) -> pl.DataFrame:
        return pl.DataFrame({"id": ["b00", "b01"], "trees": [10, trees]})

    artifacts.commit("train", {"models/candidates.parquet": table(20)})
    artifacts.commit("decide", {"data/decision/candidates.parquet": table(20).reverse()})
    assert artifacts.read_candidates()["id"].to_list() == ["b01", "b00"]
    artifacts.commit("train", {"models/candidates.parquet": table(80)})
    assert artifacts.read_candidates().equals(table(80))


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../x.txt",
        "data/../../x.txt",
        "data/./x.txt",
        "data//x.txt",
        "",
        ".",
        "data/",
        "a\0b",
        "a\\b",
        "\ud800.txt",
        "manifests/ingest.json",
        ".workbench/current/ingest.json",
        ".git/config",
        ".GIT/config",
        ".dvc/config",
    ],
)
def test_a_path_out_of_reach_is_refused(project: Path, path: str) -> None:
    with pytest.raises(ArtifactError):
        artifacts.commit("ingest", {path: "x"})
    assert files_under(project) == set()


@pytest.mark.parametrize("path", ["../params.yaml", "/etc/passwd", "data/%2e%2e/x", ""])
def test_reading_a_path_out_of_reach_is_refused(project: Path, path: str) -> None:
    with pytest.raises(ArtifactError):
        artifacts.read_bytes(path)


@pytest.mark.parametrize("candidate", ["..", "../b01", "a/b", "", ".hidden", "x" * 101])
def test_a_model_id_is_one_plain_name(project: Path, candidate: str) -> None:
    model, _ = small_model()
    with pytest.raises(ArtifactError):
        artifacts.commit("train", {f"models/{candidate}": model})
    with pytest.raises(ArtifactError):
        artifacts.commit("train", {candidate or "b01": model})
    with pytest.raises(ArtifactError, match="not a candidate id"):
        artifacts.read_model(candidate)


def test_a_link_out_of_the_project_is_refused(project: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (project / "data").symlink_to(outside)
    with pytest.raises(ArtifactError, match="through a link"):
        artifacts.commit("ingest", {"data/x.txt": "x"})
    (outside / "secret").write_text("s")
    (project / "params-link.yaml").symlink_to(outside / "secret")
    with pytest.raises(ArtifactError, match="link out of the project"):
        artifacts.write_text("params-link.yaml", "x")
    assert {path.name for path in outside.iterdir()} == {"secret"}
    assert (outside / "secret").read_text() == "s"


def test_a_link_to_the_cache_is_replaced_not_written_through(project: Path, tmp_path: Path) -> None:
    """DVC may lay outputs down as links into its cache, which must never change."""
    artifacts.commit("ingest", {"data/x.txt": "old"})
    cached = tmp_path / "cache"
    (project / "data/x.txt").rename(cached)
    (project / "data/x.txt").symlink_to(cached)
    assert artifacts.read_text("data/x.txt") == "old"
    artifacts.commit("ingest", {"data/x.txt": "new"})
    assert (artifacts.read_text("data/x.txt"), cached.read_text()) == ("new", "old")


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"data/a.json": {"x": float("nan")}}, "not JSON"),
        ({"data/a.json": {"x": object()}}, "not JSON"),
        ({"data/a.json": {1: "x"}}, "key 1 is not text"),
        ({"data/a.txt": "\ud800"}, "not valid Unicode"),
        ({"data/a.parquet": object()}, "cannot be committed"),
        ({"data/a.xlsx": FRAME}, "as .parquet or .csv"),
        ({"data/a.csv": pl.DataFrame({"x": [[1]]})}, "cannot be written"),
        ({"data/A.json": {}, "data/a.json": {}}, "one on some file systems"),
        ({"data/\u00e9": "", "data/e\u0301": ""}, "one on some file systems"),
        ({"data/a": "", "data/a/b": ""}, "inside a file"),
    ],
)
def test_content_that_would_not_come_back_is_refused(project: Path, files: dict[str, object], problem: str) -> None:
    artifacts.commit("ingest", {"data/keep.txt": "old"})
    with pytest.raises(ArtifactError, match=problem):
        artifacts.commit("ingest", files | {"data/keep.txt": "new"})  # type: ignore[arg-type]
    assert artifacts.read_text("data/keep.txt") == "old"
    assert files_under(project) == {"data/keep.txt", "manifests/ingest.json"}


def test_a_file_belongs_to_one_stage(project: Path) -> None:
    artifacts.commit("ingest", {"data/a.txt": "x"})
    with pytest.raises(ArtifactError, match="another stage writes this file: ingest"):
        artifacts.commit("train", {"data/a.txt": "y"})


def test_names_at_the_limit_of_a_folder_work(project: Path) -> None:
    name = "ü" * 120 + ".txt"
    artifacts.commit("ingest", {f"data/{name}": "x"})
    assert artifacts.read_text(f"data/{name}") == "x"
    artifacts.write_text(f"reports/{name}", "y")
    with pytest.raises(ArtifactError, match="shorten the name"):
        artifacts.commit("ingest", {"data/" + "x" * 256: "x"})
    assert artifacts.read_text(f"data/{name}") == "x"


def test_what_is_missing_names_the_stage_that_writes_it(project: Path) -> None:
    with pytest.raises(MissingArtifactError, match=r"train\.parquet: ingest has not .* `dvc repro ingest` writes it"):
        artifacts.read_split("train")
    artifacts.commit("ingest", {"data/processed/train.parquet": FRAME})
    with pytest.raises(MissingArtifactError, match=r"did you mean data/processed/train\.parquet"):
        artifacts.read_frame("data/processed/trian.parquet")
    (project / "data/processed/train.parquet").unlink()
    with pytest.raises(MissingArtifactError, match=r"is gone.*dvc checkout"):
        artifacts.read_split("train")


def test_plain_writes_keep_the_mode_and_follow_links_inside(project: Path) -> None:
    target = project / "params.yaml"
    target.chmod(0o640)
    (project / "link.yaml").symlink_to("params.yaml")
    artifacts.write_text("link.yaml", "ingest: {a: 1}\n")
    assert (project / "link.yaml").is_symlink()
    assert target.read_text() == "ingest: {a: 1}\n"
    assert target.stat().st_mode & 0o777 == 0o640


def test_a_hand_edited_contract_is_read_as_it_is(project: Path) -> None:
    assert artifacts.read_document("contracts/ingest.yaml") is None
    artifacts.commit("ingest", {"contracts/ingest.yaml": "a: int\n"})
    (project / "contracts/ingest.yaml").write_text("a: float\n")
    assert artifacts.read_document("contracts/ingest.yaml") == "a: float\n"
    with pytest.raises(IntegrityError):
        artifacts.read_text("contracts/ingest.yaml")


NAMES = st.text(string.ascii_letters + string.digits + " _-äß😀", min_size=1, max_size=12).filter(
    lambda name: name.strip() == name
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
).filter(lambda tree: isinstance(tree, dict | list))
UNICODE = st.text(st.characters(exclude_categories=["Cs"]))


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(NAMES.map(str.casefold), JSON.filter(lambda tree: "\\ud8" not in json.dumps(tree)), max_size=4),
    st.dictionaries(NAMES.map(str.casefold), st.binary(max_size=2_000) | UNICODE, max_size=4),
)
def test_any_two_sets_come_back_and_the_second_replaces_the_first(
    trees: dict[str, object], blobs: dict[str, bytes | str]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "params.yaml").touch()
        first = {f"data/{name}.json": tree for name, tree in trees.items()}
        artifacts.commit("ingest", first, root)  # type: ignore[arg-type]
        for path, tree in first.items():
            assert artifacts.read_json(path, root) == tree
        second = {f"data/{name}": blob for name, blob in blobs.items()}
        artifacts.commit("ingest", second, root)
        for path, blob in second.items():
            assert artifacts.read_bytes(path, root) == (blob.encode() if isinstance(blob, str) else blob)
        assert files_under(root) == {*second, "manifests/ingest.json"}


@settings(max_examples=60, deadline=None)
@given(dataframes(max_size=8, excluded_dtypes=[pl.Categorical, pl.Enum, pl.Struct, pl.Object, pl.Decimal]))
def test_any_table_comes_back(frame: pl.DataFrame) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "params.yaml").touch()
        manifest = artifacts.commit("ingest", {"data/t.parquet": frame}, root)
        assert_frame_equal(artifacts.read_frame("data/t.parquet", root), frame)
        assert manifest.files["data/t.parquet"].rows == frame.height


def test_a_source_that_changed_since_it_was_read_refuses_the_set(project: Path) -> None:
    source = project / "t.csv"
    source.write_bytes(b"a\n1\n")
    read = {"t.csv": artifacts.digest("t.csv")}
    artifacts.commit("ingest", {"data/n.json": {"rows": 1}}, sources=read)
    before = {path: (project / path).read_bytes() for path in files_under(project)} | {"t.csv": b"a\n1\n2\n"}
    with source.open("ab") as file:
        file.write(b"2\n")
    with pytest.raises(SourceError) as caught:
        artifacts.commit("ingest", {"data/n.json": {"rows": 2}}, sources=read)
    assert {path: (project / path).read_bytes() for path in files_under(project)} == before
    told = str(caught.value)
    assert told.startswith("t.csv: the source changed after it was read, and nothing was committed. Found: 6 bytes of ")
    assert f"SHA-256 {artifacts.digest('t.csv')[:12]}…. Expected: SHA-256 {read['t.csv'][:12]}…, which was read" in told
    assert told.endswith("Hint: run the stage again once nothing writes to the file")
    source.unlink()
    with pytest.raises(SourceError, match="there is no such file"):
        artifacts.commit("ingest", {"data/n.json": {"rows": 2}}, sources=read)
    assert artifacts.read_json("data/n.json") == {"rows": 1}
