from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.stages.campaign import CASES, Case, play, play_at_any_moment

if TYPE_CHECKING:
    from tests.stages.conftest import Project

RUNS = int(os.environ.get("WORKBENCH_SOAK_RUNS", "200"))


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_every_end_is_told_truly_and_leaves_nothing_behind(project: Project, case: Case) -> None:
    play(project, case, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("seed", range(3))
def test_a_signal_may_come_at_any_moment(project: Project, number: signal.Signals, seed: int) -> None:
    play_at_any_moment(project, number, seed)


@pytest.mark.soak
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("seed", range(100, 100 + RUNS // 3))
def test_a_signal_may_come_at_any_moment_often(project: Project, number: signal.Signals, seed: int) -> None:
    play_at_any_moment(project, number, seed)


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", range(RUNS))
def test_the_long_campaign(project: Project, number: int) -> None:
    play(project, CASES[number % len(CASES)], seed=number)
