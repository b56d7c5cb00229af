"""A rehearsal is kept while nothing that it rests on is another, and never longer."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.stages.conftest import commit
from workbench import artifacts
from workbench.params.reading import read_file
from workbench.stages.forecasting import keeping, rehearsal
from workbench.stages.forecasting.planning import look_ahead

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.stages.conftest import Project


def script(project: Project, *overrides: str) -> rehearsal.Script:
    return rehearsal.Script(project.root, read_file(project.root / "params.yaml", overrides), 0.001)


def taken(stage: str, share: float = 0.05) -> rehearsal.Rehearsed:
    record = replace(artifacts.new_run(stage), status="DONE", wall_seconds=2.0, cpu_seconds=1.5, peak_rss_bytes=10**8)
    record = replace(record, cells=(artifacts.CellUse(1, 0.0, 1.0, 1.0, 10**8),), tags={"a": "b"})
    return rehearsal.Rehearsed(stage, share, 1000, 5000.0, 3, 6.0, None, record)


@pytest.fixture
def sourced(project: Project) -> Project:
    (project.root / "t.csv").write_text("x,y\n1,0\n2,1\n", encoding="utf-8")
    project.write("ingest", "1", commit("ingest"))
    return project


def test_what_was_kept_is_what_was_taken(sourced: Project) -> None:
    digest, both = keeping.digest_of(script(sourced)), (taken("ingest"), taken("train"))
    keeping.keep(sourced.root, digest, ("ingest", "train"), both)
    found = keeping.kept(sourced.root, digest, ("ingest", "train"))
    assert found is not None
    assert found.rehearsed == both
    part = keeping.kept(sourced.root, digest, ("train",))
    assert part is not None
    assert part.rehearsed == both[1:]
    assert keeping.kept(sourced.root, digest, ("ingest", "evaluate")) is None


def retouch(project: Project) -> None:
    path = project.root / "params.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "# a remark\n", encoding="utf-8")


def show(project: Project) -> None:
    path = project.root / "notebooks" / "ingest.ipynb"
    tree = json.loads(path.read_text(encoding="utf-8"))
    tree["cells"][0]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["1"]}]
    path.write_text(json.dumps(tree), encoding="utf-8")


CHANGES: dict[str, tuple[Callable[[Project], object], bool]] = {
    "nothing": (lambda _: None, True),
    "a comment of params.yaml": (retouch, True),
    "outputs of a notebook": (show, True),
    "a row": (lambda p: (p.root / "t.csv").write_text("x,y\n1,0\n2,0\n", encoding="utf-8"), False),
    "a cell": (lambda p: p.write("ingest", "2", commit("ingest")), False),
    "a notebook": (lambda p: p.write("train", "1"), False),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_a_rehearsal_rests_on_tells_whether_it_holds(sourced: Project, change: str) -> None:
    act, holds = CHANGES[change]
    before = keeping.digest_of(script(sourced))
    act(sourced)
    assert (keeping.digest_of(script(sourced)) == before) is holds


def test_parameters_that_stages_read_count_and_others_do_not(sourced: Project) -> None:
    plain = keeping.digest_of(script(sourced))
    assert keeping.digest_of(script(sourced, "train.seed=7")) != plain
    assert keeping.digest_of(script(sourced, "advise.off=[spot]")) == plain
    assert keeping.digest_of(replace(script(sourced), usd_per_cpu_second=0.002)) != plain


def test_code_and_machine_count(sourced: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = keeping.digest_of(script(sourced))
    with monkeypatch.context() as other:
        other.setattr(keeping, "machine", lambda: "another machine")
        assert keeping.digest_of(script(sourced)) != plain
    package = sourced.root / "package"
    package.mkdir()
    (package / "__init__.py").write_text("", encoding="utf-8")
    monkeypatch.setattr("workbench.__file__", str(package / "__init__.py"))
    empty = keeping.digest_of(script(sourced))
    (package / "a.py").write_text("x = 1\n", encoding="utf-8")
    assert len({plain, empty, keeping.digest_of(script(sourced))}) == 3


def test_without_its_sources_nothing_is_kept(sourced: Project) -> None:
    (sourced.root / "t.csv").unlink()
    assert keeping.digest_of(script(sourced)) is None
    keeping.keep(sourced.root, None, ("ingest",), [taken("ingest")])
    assert not (sourced.root / keeping.FOLDER).exists()


def test_failures_and_damaged_files_are_not_kept(sourced: Project) -> None:
    digest = keeping.digest_of(script(sourced))
    failed = replace(taken("ingest"), record=None, problem="no room")
    keeping.keep(sourced.root, digest, ("ingest",), [taken("ingest"), failed])
    assert keeping.kept(sourced.root, digest, ("ingest",)) is None
    keeping.keep(sourced.root, digest, ("ingest",), [taken("ingest")])
    (path,) = (sourced.root / keeping.FOLDER).glob("*.json")
    for text in ("", "[]", path.read_text(encoding="utf-8")[:-9], '{"stages": ["ingest"]}'):
        path.write_text(text, encoding="utf-8")
        assert keeping.kept(sourced.root, digest, ("ingest",)) is None


def test_the_oldest_are_forgotten(sourced: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST_KEPT", 2)
    for name in ("a", "b", "c"):
        keeping.keep(sourced.root, name, ("ingest",), [taken("ingest")])
    assert sorted(path.stem for path in (sourced.root / keeping.FOLDER).glob("*.json")) == ["b", "c"]


def test_a_second_plan_answers_at_once_and_says_from_when(sourced: Project) -> None:
    rows = "".join(f"{i},{i % 2}\n" for i in range(20_000))
    (sourced.root / "t.csv").write_text(f"x,y\n{rows}", encoding="utf-8")
    first = look_ahead(["ingest"], root=sourced.root).stages[0]
    told: list[str] = []
    second = look_ahead(["ingest"], root=sourced.root, told=told.append).stages[0]
    assert len(told) == 1
    assert "with the same parameters, code and data" in told[0]
    assert second.wall_seconds == first.wall_seconds
    assert second.basis.startswith(first.basis)
    assert "UTC" in second.basis
    look_ahead(["ingest"], root=sourced.root, anew=True, told=told.append)
    assert any(line.startswith("rehearsing ingest") for line in told)
