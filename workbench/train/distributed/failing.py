"""The errors of distributed training, and what may be tried again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.train.distributed.job import Fault

NETWORK = re.compile(
    r"socket|connect|bind|listen|recv|network|linkers|machine list|machine_list|peer|time.?d? ?out", re.IGNORECASE
)
MEMORY = re.compile(r"OutOfMemoryError|running low on memory|memory monitor|bad.alloc", re.IGNORECASE)
STORAGE = re.compile(r"OutOfDiskError|ObjectStoreFullError|object store is full|no space left", re.IGNORECASE)


class ClusterError(WorkbenchError):
    """Several processes could not train one model together."""


class FaultError(Exception):
    """A group of workers cannot go on; carries the fault, and never reaches the user."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault.text)


def is_network(error: BaseException) -> bool:
    """Tell whether LightGBM gave up on its sockets; other errors of its own come from data or parameters."""
    return type(error).__name__ == "LightGBMError" and bool(NETWORK.search(str(error)))


def is_memory(text: str) -> bool:
    """Tell whether a worker was ended for the memory it took."""
    return bool(MEMORY.search(text))


def is_storage(text: str) -> bool:
    """Tell whether Ray had no room for an object, in its store or on its disk."""
    return bool(STORAGE.search(text))


SLOW = frozenset({"hung", "absent"})
"""Faults that are tried again only once: each takes the better part of a minute to be noticed."""

ADVICE = {
    "died": "see the worker's log in Ray's session folder; the checkpoints are kept, and the same call resumes",
    "hung": "a machine or its network stands still; the checkpoints are kept, and the same call resumes",
    "absent": "free CPUs in the cluster, or ask for fewer workers",
    "network": "open the ports between the machines; the checkpoints are kept, and the same call resumes",
    "memory": "ask for more workers, machines with more memory, or a smaller max_bin",
    "storage": "make room on that disk, or let Ray use another one (RAY_TMPDIR); the same call resumes",
    "refused": "trying again would fail in the same way, so it was not tried",
}
