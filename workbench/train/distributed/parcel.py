"""The rows of a search as other processes take them: binned already, so that they give the same trees there."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.model import lightgbm
from workbench.train.booster import Seat
from workbench.train.grower import LocalGrower
from workbench.train.jury import Jury

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import lightgbm as lgb
    import numpy as np
    from numpy.typing import NDArray

    from workbench.train.goal import Goal
    from workbench.train.grower import Ground
    from workbench.train.material import Material

    Places = tuple[int, int, int | None]


@dataclass(frozen=True)
class Parcel:
    """What a process needs to grow trials, beside the files of binned rows.

    Attributes:
        material: What every trial shares, without values.
        goal: What is minimised.
        labels: Labels of the judged rows, seat after seat.
        judges: How many of them are those of the validation rows.
        seats: Which of the files each seat learns from, is judged by and shares.
    """

    material: Material
    goal: Goal
    labels: NDArray[np.float64]
    judges: int
    seats: tuple[Places, ...]


def pack(ground: Ground, jury: Jury, folder: Path) -> tuple[Parcel, tuple[Path, ...]]:
    """Write the binned rows of every seat into a folder, each set of rows once, as LightGBM keeps them."""
    sets: dict[int, lgb.Dataset] = {}

    def place(rows: lgb.Dataset) -> int:
        sets.setdefault(id(rows), rows)
        return list(sets).index(id(rows))

    seats = tuple(
        (place(seat.learned), place(seat.judged), None if seat.shared is None else place(seat.shared))
        for seat in jury.seats
    )
    files = tuple(folder / f"{number}.bin" for number in range(len(sets)))
    for path, rows in zip(files, sets.values(), strict=True):
        rows.save_binary(str(path))
    return Parcel(ground.material, ground.goal, jury.labels, jury.validation_labels.size, seats), files


def unpack(parcel: Parcel, files: Sequence[bytes], threads: int) -> LocalGrower:
    """Make what grows trials out of the files, as the process does that packed them.

    Args:
        parcel: What goes with the files.
        files: Their content.
        threads: Threads of each booster; the trees are the same with any number of them.
    """
    material = replace(parcel.material, extra={**parcel.material.extra, "num_threads": threads})
    settings = {**material.settings(parcel.goal), "num_threads": threads}
    sets = [_load(content, settings) for content in files]
    seats = tuple(
        Seat(sets[learned], sets[judged], None if shared is None else sets[shared])
        for learned, judged, shared in parcel.seats
    )
    jury = Jury(seats, parcel.labels, parcel.labels[: parcel.judges], bagging=False)
    return LocalGrower(_Here(material, parcel.goal), jury)


@dataclass(frozen=True)
class _Here:
    material: Material
    goal: Goal


def _load(content: bytes, settings: dict[str, object]) -> lgb.Dataset:
    with _file(content) as path:
        rows: lgb.Dataset = lightgbm().Dataset(path, params=settings)
        return rows.construct()


@contextmanager
def _file(content: bytes) -> Iterator[str]:
    """Give a path to read these bytes from; on Linux in memory alone, so that a killed worker leaves no rows behind."""
    if hasattr(os, "memfd_create"):
        with os.fdopen(os.memfd_create("rows"), "wb") as file:
            file.write(content)
            file.flush()
            yield f"/proc/self/fd/{file.fileno()}"
        return
    with tempfile.TemporaryDirectory(prefix="workbench-") as folder:
        path = Path(folder) / "rows.bin"
        path.write_bytes(content)
        yield str(path)
