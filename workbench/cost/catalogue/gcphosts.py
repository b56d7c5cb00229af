"""Adds up Google's machines: the catalogue lists a host without its GPUs and the GPUs without a host.

A row of GPUs carries the price of all of them, as SkyPilot looks it up by name and number.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping, Sequence

    from workbench.cost.catalogue.cells import Cells
    from workbench.cost.catalogue.listing import Listing

NO_ACCELERATOR = "Google hosts whose GPUs have no price in the region: a host alone is no machine"
TPU = "rows of TPUs"
NO_HOST = "rows of GPUs that come with no host of their own"
_COUNTED = {
    re.compile(r"a2-(?:highgpu|megagpu)-(\d+)g"): "A100",
    re.compile(r"a2-ultragpu-(\d+)g"): "A100-80GB",
    re.compile(r"a3-(?:highgpu|edgegpu)-(\d+)g(?:-nolssd)?"): "H100",
    re.compile(r"a3-megagpu-(\d+)g"): "H100-MEGA",
    re.compile(r"a3-ultragpu-(\d+)g"): "H200",
    re.compile(r"a4-highgpu-(\d+)g"): "B200",
}
_L4_BY_THREADS = {"4": 1, "8": 1, "12": 1, "16": 1, "32": 1, "24": 2, "48": 4, "96": 8}
_DECIMALS = 6


@dataclass(frozen=True)
class _Board:
    usd: float | None
    spot_usd: float | None
    memory_gib: float | None


def accelerator_of(instance_type: str) -> tuple[str, int] | None:
    """Name the GPUs that come with a host, and their number; None for a host without.

    Example:
        >>> accelerator_of("a2-highgpu-2g"), accelerator_of("g2-standard-24"), accelerator_of("n2-standard-4")
        (('A100', 2), ('L4', 2), None)
    """
    for pattern, name in _COUNTED.items():
        if found := pattern.fullmatch(instance_type):
            return name, int(found[1])
    threads = instance_type.removeprefix("g2-standard-")
    return ("L4", _L4_BY_THREADS[threads]) if threads in _L4_BY_THREADS else None


def with_accelerators(
    hosts: Sequence[Listing], rows: Sequence[Cells], skipped: Counter[str]
) -> tuple[list[Listing], tuple[str, ...]]:
    """Add the GPUs of the same region to the hosts that come with them.

    Args:
        hosts: The machines, without GPUs.
        rows: The rows without an instance type.
        skipped: Counts what is left out.

    Returns:
        The machines, and a note for every kind that was added up.
    """
    boards = _boards(rows, skipped)
    whole, kinds, used = [], set(), set()
    for host in hosts:
        wanted = accelerator_of(host.type)
        if wanted is None or host.accelerator:
            whole.append(host)
            continue
        name, count = wanted
        board = _of(boards, host.region, name, count)
        if board is None or board.usd is None or host.on_demand is None:
            skipped[NO_ACCELERATOR] += 1
            continue
        whole.append(_sum(host, name, count, board))
        kinds.add(f"added up: {host.type} is its host and {count} {name}; local disks are not in it")
        used.add((host.region, name))
    skipped[NO_HOST] += sum((row.text("Region"), row.accelerator()) not in used for row in rows if not _is_tpu(row))
    return whole, tuple(sorted(kinds))


def _boards(rows: Sequence[Cells], skipped: Counter[str]) -> Mapping[tuple[str, str, float], _Board]:
    grouped: dict[tuple[str, str, float], list[Cells]] = defaultdict(list)
    for row in rows:
        if _is_tpu(row):
            skipped[TPU] += 1
        else:
            key = row.text("Region"), row.accelerator() or "", row.number("AcceleratorCount") or 1.0
            grouped[key].append(row)
    return {key: _board(zones) for key, zones in grouped.items()}


def _board(zones: Sequence[Cells]) -> _Board:
    listed = [price for row in zones if (price := row.price("Price"))]
    spot = [price for row in zones if (price := row.price("SpotPrice"))]
    return _Board(median(listed) if listed else None, median(spot) if spot else None, zones[0].accelerator_memory_gib())


def _of(boards: Mapping[tuple[str, str, float], _Board], region: str, name: str, count: int) -> _Board | None:
    """Give the price of so many GPUs: their own row, or that of one, so many times."""
    if exact := boards.get((region, name, float(count))):
        return exact
    one = boards.get((region, name, 1.0))
    if one is None:
        return None
    return _Board(one.usd and one.usd * count, one.spot_usd and one.spot_usd * count, one.memory_gib)


def _sum(host: Listing, name: str, count: int, board: _Board) -> Listing:
    on_demand = round((host.on_demand or 0.0) + (board.usd or 0.0), _DECIMALS)
    spot = round(host.spot + board.spot_usd, _DECIMALS) if host.spot and board.spot_usd else None
    is_discount = spot is not None and spot < on_demand
    return replace(
        host,
        on_demand=on_demand,
        spot=spot if is_discount else None,
        no_discount=spot is not None and not is_discount,
        accelerator=name,
        accelerators=count,
        accelerator_memory_gib=board.memory_gib,
    )


def _is_tpu(row: Cells) -> bool:
    return row.text("AcceleratorName").lower().startswith("tpu")
