"""Every fault once in `make test`, and twenty times each at random moments under `soak`."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from tests.train.distributed.campaign import FAULTS
from tests.train.distributed.namespaces import cannot
from tests.train.distributed.play import Ended, Stage
from tests.train.distributed.tables import job
from workbench.train.distributed.training import Order, drive

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

RUNS = int(os.environ.get("WORKBENCH_FAULT_RUNS", "20"))
FIRST = int(os.environ.get("WORKBENCH_FAULT_SEED", "100"))

CHEAP = ("16 killed", "18 raised", "19 port taken", "20 unfit", "21 unlinked")
"""Faults that end within seconds."""

pytestmark = pytest.mark.xdist_group("ray")


@pytest.fixture(scope="module")
def reference(cluster: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Give the digest of the undisturbed model of two workers, and the address of the cluster."""
    folder = tmp_path_factory.mktemp("undisturbed")
    trained = drive(Order(job(folder), folder / "kept", 2))
    assert set(trained.workers) == {2}
    return trained.sha256, cluster.get_runtime_context().gcs_address


def say(text: str) -> None:
    """Write a line past pytest's capture."""
    if sys.__stdout__ is not None:
        sys.__stdout__.write(text + "\n")
        sys.__stdout__.flush()


def played(name: str, reference: tuple[str, str], folder: Path, seed: int) -> Ended:
    if name == "24 store full" and (shutil.which("mount") is None or os.geteuid() != 0):
        pytest.skip("only root may mount a disk")
    if name == "17 cut off" and (reason := cannot()):
        pytest.skip(reason)
    folder.mkdir()
    return FAULTS[name](Stage(folder, *reference, seed))


@pytest.mark.slow
@pytest.mark.parametrize("name", CHEAP)
def test_a_fault_ends_well(reference: tuple[str, str], tmp_path: Path, name: str) -> None:
    played(name, reference, tmp_path / "run", seed=0)


@pytest.mark.soak
@pytest.mark.timeout(0)
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_ends_well_at_any_moment(reference: tuple[str, str], tmp_path: Path, name: str) -> None:
    ends: list[Ended] = []
    failures: list[str] = []
    for seed in range(FIRST, FIRST + RUNS):
        try:
            end = played(name, reference, tmp_path / str(seed), seed)
        except AssertionError as error:
            failures.append(f"seed {seed}: {error}")
            say(failures[-1])
        else:
            ends.append(end)
            say(f"seed {seed}: {end.outcome} after {end.seconds:.1f} s: {' '.join(end.told.split())[:200]}")
    outcomes = {end.outcome: sum(other.outcome == end.outcome for other in ends) for end in ends}
    slowest = max((end.seconds for end in ends), default=float("nan"))
    say(f"fault {name}: {len(ends)} of {RUNS} ended well {outcomes}, the slowest in {slowest:.1f} s")
    assert not failures, "\n".join(failures)
