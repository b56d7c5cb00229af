"""What a search plan holds for."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING

from workbench.train.plan import Fingerprint

if TYPE_CHECKING:
    from workbench.model import Roles
    from workbench.params.train import TrainParams
    from workbench.train.material import Material

ROOMS = ("workbench.model", "workbench.train", "workbench.train.distributed", "workbench.train.imbalance")
"""The code that decides which trees grow and what the search says about them."""

DECIDING = {
    "budget",
    "stop_below",
    "metric",
    "validation",
    "monotone",
    "interactions",
    "pairs",
    "imbalance",
    "refit",
    "diagnose",
    "engine",
    "workers",
    "spread",
    "device",
    "seed",
}
"""The parameters that decide it."""


def fingerprint_of(
    material: Material,
    roles: Roles,
    params: TrainParams,
    usd_per_cpu_second: float | None,
    data: str = "",
    dealt_by: bytes = b"",
) -> Fingerprint:
    """Give what a plan for this search must match.

    Args:
        material: What is learned from and judged by.
        roles: What each column is for.
        params: The parameters of the search.
        usd_per_cpu_second: Price of a CPU-second.
        data: SHA-256 of the data, where the material does not hold them.
        dealt_by: What decides the folds of the rows beside their labels.
    """
    price = usd_per_cpu_second if params.budget.usd is not None or params.stop_below else None
    asked = f"{params.model_dump_json(include=DECIDING)}\n{roles.to_json()}\n{price!r}"
    return Fingerprint(
        data=data or hashlib.sha256(f"{material.digest()}\n".encode() + dealt_by).hexdigest(),
        params=hashlib.sha256(asked.encode()).hexdigest(),
        code=code_digest(),
        lightgbm=version("lightgbm"),
    )


def code_digest() -> str:
    """Give the SHA-256 of the sources of the rooms that decide which trees grow."""
    digest = hashlib.sha256()
    for room in ROOMS:
        sources = (item for item in files(room).iterdir() if item.name.endswith(".py"))
        for source in sorted(sources, key=lambda item: item.name):
            digest.update(f"{room}/{source.name}\n".encode())
            digest.update(source.read_bytes())
    return digest.hexdigest()
