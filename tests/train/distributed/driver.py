"""A driver in a process of its own: `python -m tests.train.distributed.driver PLAN`, the plan as JSON.

It writes what it sees as lines of JSON: every change of progress, and at the end what was trained, or the error.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.train.distributed import callbacks
from tests.train.distributed.tables import job
from workbench.errors import WorkbenchError
from workbench.train.distributed import Limits
from workbench.train.distributed.training import Order, drive

if TYPE_CHECKING:
    from workbench.train.distributed import Progress

PATIENCE_SECONDS = 120
"""Within which Ray must have started, so that a run is never endless."""


@dataclass(frozen=True)
class Plan:
    """What the process is to do.

    Attributes:
        folder: Where tables, checkpoints and marks are.
        init: Arguments of `ray.init`.
        workers: Ranks.
        callback: Name and arguments of a function in `callbacks`.
        hoard: Megabytes of Ray's object store to hold meanwhile, or as many as there are.
        kept: Name of the folder of checkpoints.
        limits: Limits other than the usual ones.
    """

    folder: str
    init: dict[str, Any]
    workers: int = 2
    callback: tuple[str, list[Any]] = ("slow", [0.05])
    hoard: int = 0
    kept: str = "kept"
    limits: dict[str, float] = field(default_factory=dict)


def main() -> None:
    """Do what the plan says."""
    plan = Plan(**json.loads(sys.argv[1]))
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    import ray  # noqa: PLC0415 - reads the environment when it is imported

    ray.init(log_to_driver=False, **plan.init)
    held = []
    with suppress(ray.exceptions.RayError):
        while len(held) < plan.hoard:
            held.append(ray.put(os.urandom(2**20)))
    say({"began": len(held)})
    folder = Path(plan.folder)
    name, arguments = plan.callback
    work = job(folder, on_round=getattr(callbacks, name)(*arguments))
    order = Order(work, folder / plan.kept, plan.workers, limits=Limits(**plan.limits))
    last: list[object] = []

    def tell(event: Progress) -> None:
        now = [event.step, event.rounds, list(event.pids)]
        if now != last:
            last[:] = now
            say({"step": event.step, "rounds": event.rounds, "pids": event.pids})

    try:
        trained = drive(order, on_progress=tell)
    except WorkbenchError as error:
        say({"error": str(error)})
    else:
        faults = [[fault.kind, fault.ranks, fault.text] for fault in trained.faults]
        say(
            {
                "sha256": trained.sha256,
                "workers": trained.workers,
                "faults": faults,
                "resumed_rounds": trained.resumed_rounds,
            }
        )
    ray.shutdown()


def say(what: dict[str, object]) -> None:
    """Write a line."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
