"""A state of the explorer, applied, is where `workbench decide` ends: same candidate, threshold and dollars."""

from __future__ import annotations

import functools
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st

from tests.widgets import cases, projects
from workbench.cli.standing import held_now
from workbench.errors import DecisionError, PriceError
from workbench.params.reading import read
from workbench.widgets import Explorer, apply

MONEY = st.one_of(st.just(0.0), st.floats(1e-6, 1e4), st.integers(0, 100))
STATES = st.fixed_dictionaries(
    {
        "requests_per_day": st.one_of(st.floats(1.0, 1e8), st.integers(0, 10**8)),
        "rows_per_request": st.integers(1, 500),
        "false_positive": MONEY,
        "false_negative": MONEY,
        "latency_p99_ms": st.one_of(st.none(), st.floats(0.3, 50.0), st.integers(1, 50)),
        "peak_rss_bytes": st.one_of(st.none(), st.integers(10**8, 10**9)),
        "purchase": st.sampled_from(["on_demand", "spot", "commit_1y", "commit_3y", "serverless"]),
        "instance": st.sampled_from(["aws/us-east-1/m7i.large", "aws/us-east-1/c7i.xlarge"]),
        "retrains_per_month": st.floats(0.0, 300.0),
        "candidate": st.one_of(st.none(), st.sampled_from(cases.names(40))),
        "threshold": st.one_of(st.none(), st.floats(0.0, 1.0)),
    }
)
REASON = st.text(max_size=60)
QUICKLY = {
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.filter_too_much],
    "phases": [Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],  # explaining traces every line of Polars
}


@functools.cache
def explorer() -> Explorer:
    return cases.explorer()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return projects.decided(tmp_path_factory.mktemp("template"))


def round_trip(template: Path, state: dict[str, object], why: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(shutil.copytree(template, Path(folder) / "project"))
        moved_and_applied(root, explorer(), state, why)


def moved_and_applied(root: Path, explorer: Explorer, state: dict[str, object], why: str) -> None:
    try:
        explorer.move(**state)
        choice = explorer.choice(why=why)
    except (PriceError, DecisionError):
        reject()
    apply(choice, root)
    params = read(root)
    assert params.decide.candidate == choice.candidate
    assert params.decide.threshold == ("auto" if choice.threshold is None else choice.threshold)
    held, problem = held_now(root)
    assert problem == ""
    assert held.decision is not None
    assert held.moved is not None
    assert held.differences == ()
    assert (held.decision.candidate, held.decision.threshold) == (choice.candidate, choice.threshold)
    assert held.moved.usd_per_month_now == choice.evidence["usd_per_month"] == held.decision.usd_per_month
    assert held.moved.recommended == choice.recommended
    assert not held.moved.moved, str(held.moved)


def reopened(root: Path) -> Explorer:
    """An explorer that starts from params.yaml, as notebooks/explore.ipynb does."""
    params = read(root)
    ids = cases.names(40)
    return Explorer(cases.candidates(ids), cases.rates(ids), cases.roles(), params.cost, params.decide)


@settings(max_examples=20, **QUICKLY)
@given(state=STATES, why=REASON)
def test_a_state_comes_back_as_the_same_point(template: Path, state: dict[str, object], why: str) -> None:
    round_trip(template, state, why)


@pytest.mark.soak
@settings(max_examples=200, **QUICKLY)
@given(state=STATES, why=REASON)
def test_200_states_come_back_as_the_same_point(template: Path, state: dict[str, object], why: str) -> None:
    round_trip(template, state, why)


def test_an_explorer_opened_again_stands_on_the_assumptions_applied(tmp_path: Path) -> None:
    projects.decided(tmp_path)
    explorer = cases.explorer()
    explorer.move(requests_per_day=3_456_789.5, false_negative=0.0123, latency_p99_ms=None, purchase="spot")
    choice = explorer.choice(why="x")
    apply(choice, tmp_path)
    again = reopened(tmp_path)
    assert again.choice().evidence == choice.evidence
    assert again.choice().candidate == choice.candidate


@pytest.mark.parametrize("task", ["multiclass", "regression"])
def test_tasks_without_a_threshold_come_back_too(tmp_path: Path, task: str) -> None:
    projects.decided(tmp_path, task=task)
    choice = cases.explorer(task=task).choice("baseline", "x")
    apply(choice, tmp_path)
    held, problem = held_now(tmp_path)
    assert problem == ""
    assert held.decision is not None
    assert held.decision.threshold is None
    assert held.moved is not None
    assert held.moved.usd_per_month_now == choice.evidence["usd_per_month"]
