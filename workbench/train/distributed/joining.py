"""How a search comes by a cluster: the one at an address, one started here, or one process in its place."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from workbench.errors import Place
from workbench.train.distributed.cluster import Cluster
from workbench.train.distributed.failing import ClusterError
from workbench.train.distributed.hosting import Opening

if TYPE_CHECKING:
    from workbench.train.clock import Clock

ADDRESS = "RAY_ADDRESS"

START_SHARE = 0.5
"""Share of a budget in seconds on the clock that the start of a cluster may take, before one process trains."""


@dataclass(frozen=True)
class Patience:
    """How long a cluster may take to be there.

    Attributes:
        seconds: For each attempt.
        attempts: To start one here, since Ray itself gives up after 30 s on a busy machine; a cluster at an address
            is tried until these seconds are over once.
    """

    seconds: float = 60.0
    attempts: int = 3


def patience_for(clock: Clock) -> Patience:
    """Give a start no more than a share of a budget that is counted on the clock."""
    usual = Patience()
    return Patience(min(usual.seconds, START_SHARE * clock.limit), 1) if clock.unit == "s" else usual


def open_cluster(workers: int, threads: int, patience: Patience | None = None) -> Cluster:
    """Join the cluster at RAY_ADDRESS, or start one here, or train in one process where that cannot be had.

    Args:
        workers: Processes that train together; they may be more than the cores.
        threads: Threads of each.
        patience: How long that may take.

    Raises:
        ClusterError: Ray is not installed; or the cluster at RAY_ADDRESS is not reached in time, since it was asked
            for by name, and nothing trains elsewhere without a word.
    """
    patience = patience or Patience()
    address = os.environ.get(ADDRESS, "")
    if address not in {"", "local"}:
        return _joined(address, workers, threads, patience)
    if workers == 1:
        return _alone(threads, "", patience)
    if find_spec("ray") is None:
        raise ClusterError("Ray is not installed", hint="pip install 'workbench[ray]', or train.engine: local")
    cluster = Cluster(workers, threads)
    failure = ""
    for _ in range(patience.attempts):
        failure = cluster.open(Opening(None, workers * threads), time.monotonic() + patience.seconds)
        if not failure:
            return cluster
    tried = f"Ray did not start here in {patience.attempts} attempts of at most {patience.seconds:.0f} s ({failure})"
    return _alone(threads * workers, f"{tried}, so one process trained in place of {workers}", patience)


def _alone(threads: int, note: str, patience: Patience) -> Cluster:
    cluster = Cluster(1, threads, note)
    failure = cluster.open(Opening("", 0), time.monotonic() + patience.seconds)
    if failure:
        raise ClusterError("the process that trains could not be started", found=failure)
    return cluster


def _joined(address: str, workers: int, threads: int, patience: Patience) -> Cluster:
    if address.startswith("ray://"):
        raise ClusterError(
            "training does not run through Ray Client, which loses its workers when the connection breaks",
            place=Place(key=ADDRESS),
            found=address,
            expected="HOST:PORT of the head node, from a machine of the cluster",
        )
    token = os.environ.get("RAY_AUTH_MODE", "").lower() == "token"
    note = "" if token else f"the cluster at {address} was joined without a token (RAY_AUTH_MODE=token)"
    cluster = Cluster(workers, threads, note, far=True)
    until = time.monotonic() + patience.seconds
    failure = "it did not answer in time"
    for _ in range(patience.attempts):
        if time.monotonic() < until:
            failure = cluster.open(Opening(address, 0), until)
            if not failure:
                return cluster
    raise ClusterError(
        f"the Ray cluster was not reached within {patience.seconds:.0f} s",
        place=Place(key=ADDRESS),
        found=f"{address}: {failure}",
        hint="start it, give its token in RAY_AUTH_TOKEN, or unset RAY_ADDRESS to start a cluster here",
    )
