"""A cheaper storage class for files that nobody reads, by how long they have been idle.

A file idle for `d` days is expected to be read every `d` days from now on, and to stay at least as long. In a
month a gigabyte then costs, in a class with the price `p` and `r` per gigabyte read::

    usd = p + r * days_per_month / d

so that the class with `p2 < p1` pays from `d = days_per_month * (r2 - r1) / (p1 - p2)` days on, and never before
its minimum time, which is charged for a file removed earlier.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from workbench.cost.advice.finding import Advice, Gap, Settled
from workbench.cost.advice.wording import count, size
from workbench.cost.economics import DAYS_PER_MONTH
from workbench.cost.upkeep import BYTES_PER_GB
from workbench.money import usd

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from workbench.artifacts import StoredFile
    from workbench.cost.advice.finding import Finding
    from workbench.cost.advice.situation import Situation
    from workbench.cost.pricing.storagelist import Storage

_KIB = 1024
_MONTHS = 12
_OFFLINE = ("glacier-flexible", "deep-archive", "blob-archive")
"""Classes that have to be thawed for hours first: `dvc pull` fails on them."""


def usd_per_month(kept: Storage, file_bytes: float, idle_days: float) -> float:
    """Price a month of a file in a class, one that is read every so many days.

    Args:
        kept: The class.
        file_bytes: Size of the file.
        idle_days: Days between two reads.
    """
    charged = max(file_bytes, kept.minimum_kib * _KIB) + kept.overhead_kib * _KIB
    reads = DAYS_PER_MONTH / max(idle_days, _SHORTEST_IDLE_DAYS)
    retrieval = file_bytes / BYTES_PER_GB * (kept.retrieval_usd_per_gb or 0.0) + (kept.get_usd_per_1000 or 0.0) / 1000
    return charged / BYTES_PER_GB * kept.usd_per_gb_month + reads * retrieval


def break_even_days(now: Storage, other: Storage) -> float:
    """Give the idle days from which a class costs no more than another for large files.

    Returns:
        The days; infinite when it never does, 0 when it always does.
    """
    cheaper = now.usd_per_gb_month - other.usd_per_gb_month
    dearer = (other.retrieval_usd_per_gb or 0.0) - (now.retrieval_usd_per_gb or 0.0)
    if dearer <= 0:
        return 0.0 if cheaper >= 0 else math.inf
    return max(DAYS_PER_MONTH * dearer / cheaper, other.minimum_days) if cheaper > 0 else math.inf


def best_class(classes: Mapping[str, Storage], present: str, file: StoredFile) -> str:
    """Choose the class in which a file costs least, moving it there included."""
    return min(classes, key=lambda name: (_with_move(classes, present, name, file), name != present))


def storage_tier(situation: Situation) -> Iterator[Finding]:
    """Look for files that would be cheaper in another class."""
    place = situation.cost.instance.rsplit("/", 1)[0]
    classes = object_classes(situation)
    present = present_class(situation, classes)
    if present is None:
        yield Gap("storage_tier", f"prices of object storage in {place}")
        return
    if not situation.files:
        yield Gap("storage_tier", "files in data/, models/ or the DVC cache")
        return
    moves: dict[str, list[StoredFile]] = {}
    for file in situation.files:
        best = best_class(classes, present, file)
        if best != present:
            moves.setdefault(best, []).append(file)
    total = sum(file.bytes for file in situation.files)
    bill = total / BYTES_PER_GB * classes[present].usd_per_gb_month
    ends = ", ".join(
        f"{name.rsplit('/', 1)[-1]} {found:.0f}"
        for name, kept in classes.items()
        if name != present and math.isfinite(found := break_even_days(classes[present], kept))
    )
    evidence = (
        f"{size(total)} in {count(len(situation.files), 'file')} cost {usd(bill)} a month in {present}; "
        f"idle days from which others pay: {ends or 'none'}"
    )
    if not moves:
        yield Settled("storage_tier", f"no file has been idle for long enough ({evidence})")
        return
    yield _advice(classes, present, moves, evidence)


def object_classes(situation: Situation) -> dict[str, Storage]:
    """Give the classes of object storage beside the machine that can be read at once."""
    place = situation.cost.instance.rsplit("/", 1)[0]
    known = situation.book.storage_classes(place.split("/", 1)[0])
    return {
        name: kept
        for name, kept in known.items()
        if name.startswith(f"{place}/") and kept.kind == "object" and not name.endswith(_OFFLINE)
    }


def present_class(situation: Situation, classes: Mapping[str, Storage]) -> str | None:
    """Name the class files are in: that of `cost.storage`, else the dearest one whose files cost nothing to read."""
    stated = f"{situation.cost.instance.rsplit('/', 1)[0]}/{situation.cost.storage.tier}"
    if stated in classes:
        return stated
    free = [name for name, kept in classes.items() if not kept.retrieval_usd_per_gb and not kept.minimum_days]
    return max(free, key=lambda name: classes[name].usd_per_gb_month, default=None)


_SHORTEST_IDLE_DAYS = 1 / 24


def _with_move(classes: Mapping[str, Storage], present: str, name: str, file: StoredFile) -> float:
    """Price a month in a class, the move spread over a year; a file that may go before the minimum time stays."""
    kept = classes[name]
    if name == present:
        return usd_per_month(kept, file.bytes, file.idle_days)
    if file.idle_days < kept.minimum_days:
        return math.inf
    return usd_per_month(kept, file.bytes, file.idle_days) + (kept.put_usd_per_1000 or 0.0) / 1000 / _MONTHS


def _advice(
    classes: Mapping[str, Storage], present: str, moves: Mapping[str, Sequence[StoredFile]], evidence: str
) -> Advice:
    saved = sum(
        _with_move(classes, present, present, file) - _with_move(classes, present, name, file)
        for name, files in moves.items()
        for file in files
    )
    parts = [
        f"{count(len(files), 'file')} ({size(sum(file.bytes for file in files))}) to {name.rsplit('/', 1)[-1]}"
        for name, files in moves.items()
    ]
    largest = max((file for files in moves.values() for file in files), key=lambda file: file.bytes)
    return Advice(
        "storage_tier",
        f"Move {', '.join(parts)}.",
        saved,
        f"{evidence}. The largest is {largest.path}, idle for {largest.idle_days:.0f} days.",
        (
            f"the files are kept in {present}, or will be",
            "a file idle for d days is read every d days from now on, and kept at least as long",
            "the system kept the time of the last read (a file system mounted noatime does not)",
        ),
        "reading more often than that costs more than is saved; so does removing a file before the minimum time",
        "storage",
    )
