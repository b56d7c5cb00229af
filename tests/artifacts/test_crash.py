"""Faults 1 and 3: the N-th system call of a write is killed or refused, for every N."""

from __future__ import annotations

import shutil
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.artifacts.crash import Point, calls_of, points_of, strike

if TYPE_CHECKING:
    from pathlib import Path

needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed: apt install strace")
ACTIONS = ("commit", "plain", "settle")


def campaign(action: str, folder: Path, step: int) -> tuple[int, Counter[str]]:
    """Strike every `step`-th point and count the outcomes."""
    calls = calls_of(action, folder)
    points = points_of(calls)
    outcomes, failures = Counter[str](), []
    for point in points[::step]:
        try:
            outcomes[strike(action, point, calls, folder)] += 1
        except AssertionError as failure:
            failures.append(str(failure)[-600:])
    assert not failures, f"{len(failures)} of {len(points[::step])} points:\n" + "\n".join(failures)
    print(f"\n{action}: {len(points)} crash points, {outcomes.total()} struck: {dict(sorted(outcomes.items()))}")  # noqa: T201 - the figure is the proof
    return len(points), outcomes


@needs_strace
@pytest.mark.slow
@pytest.mark.parametrize(("action", "step", "least"), [("commit", 23, 800), ("plain", 23, 100), ("settle", 37, 400)])
def test_sampled_crash_points_leave_old_or_new(action: str, step: int, least: int, tmp_path: Path) -> None:
    points, outcomes = campaign(action, tmp_path, step)
    assert points >= least
    assert outcomes.total() == -(-points // step)
    assert outcomes["killed, new" if action == "settle" else "killed, old"]
    assert outcomes["not disturbed, new"]
    if action == "settle":
        assert {outcome for outcome in outcomes if "old" in outcome} == set()


@needs_strace
def test_the_commit_point_is_one_rename(tmp_path: Path) -> None:
    """Killed at the rename of the journal the old set stands; killed at the next rename the new one."""
    calls = calls_of("commit", tmp_path)
    _, renames = calls["rename"]
    outcomes = [strike("commit", Point("rename", nth, "signal=KILL"), calls, tmp_path) for nth in range(1, renames + 1)]
    assert outcomes == ["killed, old"] * 2 + ["killed, new"] * (renames - 2)  # token, journal | files, mark, manifest


@needs_strace
@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("action", ACTIONS)
def test_every_crash_point_leaves_old_or_new(action: str, tmp_path: Path) -> None:
    points, outcomes = campaign(action, tmp_path, 1)
    assert outcomes.total() == points
    if action == "settle":
        assert {outcome for outcome in outcomes if "old" in outcome} == set()
