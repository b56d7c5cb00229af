"""The process that holds a cluster: it starts Ray or joins it, and trains what it is told to.

Ray's start may hang in C++ for minutes, abort the process, or leave its servers behind. In a process of its own it can
be given up at any moment, by killing that.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from workbench.errors import WorkbenchError
from workbench.train.distributed.crew import ray
from workbench.train.distributed.hand import Muster
from workbench.train.distributed.hands import host
from workbench.train.distributed.lifeline import die_with
from workbench.train.distributed.standing import Standing
from workbench.train.distributed.training import drive

if TYPE_CHECKING:
    from workbench.train.distributed.job import Progress
    from workbench.train.distributed.training import Order

OBJECT_STORE_BYTES = 200_000_000
"""The rows that bins are found on pass through it, and with `spread: trials` all binned ones; Ray spills more."""

QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_enable_worker_prestart": "0",
    "RAY_prestart_worker_first_driver": "0",
}


@dataclass(frozen=True)
class Opening:
    """What the process is to hold.

    Attributes:
        address: Cluster to join; None to start one here; an empty text for none at all, to train in this process.
        cpus: Workers that a cluster started here takes, whatever the cores.
    """

    address: str | None
    cpus: int


@dataclass(frozen=True)
class Question:
    """Whether another segment is wanted."""


def serve(descriptor: int, parent: int) -> None:
    """Open a cluster, then answer one order after the other until the other side is gone.

    What goes wrong before the first answer ends the process with a traceback on its standard error.

    Args:
        descriptor: Of the connection to the one who gives orders.
        parent: Process that started this one.
    """
    die_with(parent)
    with Connection(descriptor) as connection:
        _open(connection.recv())
        connection.send(None)
        standing = Standing()
        with suppress(EOFError):
            while True:
                order = connection.recv()
                if isinstance(order, Muster):
                    host(connection, order)
                else:
                    connection.send(_answer(order, connection, standing))


def _answer(order: Order, connection: Connection, standing: Standing) -> object:
    def may_go_on() -> bool:
        connection.send(Question())
        return bool(connection.recv())

    def tell(progress: Progress) -> None:
        connection.send(progress)

    try:
        return drive(order, may_go_on=may_go_on, on_progress=tell, standing=standing)
    except WorkbenchError as error:
        return error


def _open(opening: Opening) -> None:
    if opening.address == "":
        return
    os.environ.update({name: value for name, value in QUIET.items() if name not in os.environ})
    quiet = {"log_to_driver": False, "logging_level": "ERROR", "configure_logging": True}
    if opening.address is not None:
        ray().init(address=opening.address, **quiet)
        return
    os.environ.update({"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)})
    ray().init(
        address="local",
        num_cpus=opening.cpus,
        num_gpus=0,
        include_dashboard=False,
        object_store_memory=OBJECT_STORE_BYTES,
        **quiet,
    )
