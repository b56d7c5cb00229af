"""The explorer driven from Python: what the mouse can do, without a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML

from tests.widgets import cases
from tests.widgets.test_applying import PARAMS
from workbench.errors import ParamsError, PriceError, UsageError
from workbench.params.reading import read
from workbench.widgets.answering import CHANGED, answer
from workbench.widgets.preview import preview

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from workbench.widgets import Explorer


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "params.yaml").write_text(PARAMS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def other_than(explorer: Explorer) -> str:
    return next(name for name in cases.names(40) if name != explorer.candidate)


def test_an_assumption_set_moves_the_decision_and_the_view() -> None:
    explorer = cases.explorer()
    before = explorer.candidate
    explorer.latency_p99_ms = 0.6
    assert explorer.candidate != before
    assert explorer.settings["latency_p99_ms"] == explorer.latency_p99_ms == 0.6
    assert explorer.decision().candidate == explorer.candidate
    explorer.latency_p99_ms = None
    assert explorer.candidate == before or explorer.decision().usd_per_month > 0


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("requests_per_day", -1, ParamsError),
        ("rows_per_request", 0, ParamsError),
        ("purchase", "barter", ParamsError),
        ("false_negative", "much", ParamsError),
        ("instance", "aws/us-east-1/m7i.huge", PriceError),
        ("candidate", "b99", UsageError),
        ("threshold", 1.2, UsageError),
        ("threshold", "high", UsageError),
        ("across", "beauty", UsageError),
        ("pins", ["baseline", "baseline"], UsageError),
        ("pins", ["baseline", "b00@40", "b00@120"], UsageError),
        ("pins", ["nobody"], UsageError),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_moves(name: str, value: object, problem: type[Exception]) -> None:
    explorer = cases.explorer()
    before = dict(explorer.settings)
    with pytest.raises(problem):
        setattr(explorer, name, value)
    assert explorer.settings == before


def test_an_unknown_setting_is_named() -> None:
    with pytest.raises(UsageError, match="request_per_day"):
        cases.explorer().move(request_per_day=3)


def test_a_task_without_threshold_refuses_one() -> None:
    explorer = cases.explorer(task="regression")
    with pytest.raises(UsageError, match="no threshold"):
        explorer.threshold = 0.4


def test_the_own_threshold_overrides_the_best_until_another_candidate_is_picked() -> None:
    explorer = cases.explorer()
    best = explorer.threshold
    usd = explorer.decision().usd_per_month
    explorer.threshold = 0.77
    assert explorer.threshold == explorer.decision().threshold == explorer.choice().threshold == 0.77
    assert explorer.decision().usd_per_month > usd
    explorer.threshold = None
    assert explorer.threshold == best
    explorer.threshold = 0.77
    explorer.candidate = other_than(explorer)
    assert explorer.settings["threshold"] is None


def test_undo_and_redo_go_through_every_kind_of_change() -> None:
    explorer = cases.explorer()
    seen = [dict(explorer.settings)]
    for change in (
        {"requests_per_day": 5.0},
        {"candidate": other_than(explorer)},
        {"threshold": 0.3},
        {"up": "size_bytes"},
    ):
        explorer.move(**change)
        seen.append(dict(explorer.settings))
    explorer.pin("baseline", "b00@120")
    assert explorer.pins == ["baseline", "b00@120"]
    for settings in reversed(seen):
        explorer.undo()
        assert explorer.settings == settings
    explorer.undo()
    assert explorer.settings == seen[0]
    explorer.redo()
    assert explorer.settings == seen[1]
    explorer.requests_per_day = 7
    explorer.redo()
    assert explorer.requests_per_day == 7, "a new change drops what was taken back"


def test_a_change_of_the_page_is_undone_from_python() -> None:
    explorer = cases.explorer()
    explorer.set_state({"settings": {**explorer.settings, "requests_per_day": 12.0, "step": 1}})
    assert explorer.requests_per_day == 12
    explorer.undo()
    assert explorer.requests_per_day == 1_000_000


def test_a_machine_that_was_not_listed_is_added_to_the_view() -> None:
    explorer = cases.explorer()
    assert "aws/us-east-1/m7i.8xlarge" not in [known["instance"] for known in explorer.state["machines"]]
    explorer.instance = "aws/us-east-1/m7i.8xlarge"
    assert explorer.state["machines"][-1]["instance"] == "aws/us-east-1/m7i.8xlarge"
    assert explorer.choice().cost.instance == "aws/us-east-1/m7i.8xlarge"
    assert "m7i.8xlarge" in explorer.choice().basis


def test_apply_writes_without_a_browser(project: Path) -> None:
    explorer = cases.explorer()
    explorer.move(instance="aws/us-east-1/m7i.xlarge", peak_rss_bytes=900_000_000, requests_per_day=2_000_000)
    explorer.candidate = other_than(explorer)
    explorer.threshold = 0.31
    applied = explorer.apply(because="it pays", who="Ada")
    params = read(project)
    assert (params.decide.candidate, params.decide.threshold) == (explorer.candidate, 0.31)
    assert params.cost.instance == "aws/us-east-1/m7i.xlarge"
    assert params.decide.limits.peak_rss_bytes == 900_000_000
    record = YAML(typ="safe").load(applied.decision.read_text(encoding="utf-8"))
    assert (record["who"], record["because"].strip()) == ("Ada", "it pays")
    assert explorer.state["decided"] == {"candidate": explorer.candidate}


def asked(kind: str, explorer: Explorer, **more: object) -> Mapping[str, object]:
    return {"kind": kind, "candidate": explorer.candidate, "settings": explorer.settings, "why": "because", **more}


def test_the_diff_is_what_applying_then_changes(project: Path) -> None:
    explorer = cases.explorer()
    explorer.requests_per_day = 2_500_000
    shown = answer(asked("preview", explorer), explorer.choice, [])
    assert shown["ok"]
    added = [line for line in shown["diff"].splitlines() if line.startswith("+") and not line.startswith("+++")]
    assert any("2500000" in line.replace("_", "") and "# measured in June" in line for line in added)
    explorer.apply("because")
    text = (project / "params.yaml").read_text(encoding="utf-8").splitlines()
    assert all(line[1:] in text for line in added)
    assert preview(explorer.choice()) == ""


def test_a_diff_that_no_longer_holds_is_not_written(project: Path) -> None:
    explorer = cases.explorer()
    shown = answer(asked("preview", explorer), explorer.choice, [])
    (project / "params.yaml").write_text(PARAMS.replace("latency_p99_ms: 4}", "latency_p99_ms: 7}"), encoding="utf-8")
    called = []
    again = answer(asked("apply", explorer, diff=shown["diff"]), explorer.choice, [called.append])
    assert (again["kind"], again["text"], called) == ("previewed", CHANGED, [])
    done = answer(asked("apply", explorer, diff=again["diff"], who=" Ada "), explorer.choice, [called.append])
    assert (done["kind"], done["ok"], called[0].who) == ("applied", True, "Ada")


def test_outside_a_project_a_listener_still_gets_the_choice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    explorer = cases.explorer()
    shown = answer(asked("preview", explorer), explorer.choice, [])
    assert shown["ok"]
    assert shown["diff"] is None
    assert "params.yaml" in shown["text"]
    called = []
    assert answer(asked("apply", explorer, diff=None), explorer.choice, [called.append])["ok"]
    assert called[0].candidate == explorer.candidate


def test_nobody_listening_is_said() -> None:
    explorer = cases.explorer()
    reply = answer(asked("apply", explorer), explorer.choice, [])
    assert not reply["ok"]
    assert "on_apply" in reply["text"]
    assert answer({"kind": "hello"}, explorer.choice, []) is None
