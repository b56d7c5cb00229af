from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.stages.campaign import CASES, Case, play

if TYPE_CHECKING:
    from tests.stages.conftest import Project

RUNS = int(os.environ.get("WORKBENCH_SOAK_RUNS", "200"))


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_every_end_is_told_truly_and_leaves_nothing_behind(project: Project, case: Case) -> None:
    play(project, case, seed=1)


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", range(RUNS))
def test_the_long_campaign(project: Project, number: int) -> None:
    play(project, CASES[number % len(CASES)], seed=number)
