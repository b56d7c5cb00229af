"""What the profile of a model depends on: its bytes, the rows it scored, the code, the machine, the versions."""

from __future__ import annotations

import hashlib
import platform
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING

from workbench.cost.metering.host import machine
from workbench.cost.profiling import MOST_BATCH_ROWS, SCORING_THREADS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import polars as pl

    from workbench.model import Model

_RESTS_ON = ("lightgbm", "numpy", "polars")
_SCORING, _MEASURING = "workbench.model", ("apart.py", "profiling.py")


@dataclass(frozen=True)
class Basis:
    """What a profile depends on.

    Attributes:
        model_sha256: Digest of the model's files.
        rows_sha256: Digest of the rows that it scored.
        code_sha256: Digest of the code that scored and measured them.
        machine: Processor, hardware threads and memory.
        scoring_threads: Threads that scored.
        versions: Versions of Python and of the libraries it rests on.
    """

    model_sha256: str
    rows_sha256: str
    code_sha256: str
    machine: str
    scoring_threads: int
    versions: str


def bases(models: Mapping[str, Model], frame: pl.DataFrame) -> dict[str, Basis]:
    """Give what the profile of each model depends on, if it were measured here and now.

    Args:
        models: The models by id.
        frame: Rows to score.
    """
    versions = ", ".join([f"python {platform.python_version()}", *(f"{name} {version(name)}" for name in _RESTS_ON)])
    code, rows = _code_sha256(), dict[tuple[str, ...], str]()
    found = {}
    for name, model in models.items():
        needed = tuple(feature.name for feature in model.features)
        rows[needed] = rows.get(needed) or _rows_sha256(frame, needed)
        found[name] = Basis(_model_sha256(model), rows[needed], code, machine(), SCORING_THREADS, versions)
    return found


def _model_sha256(model: Model) -> str:
    return _digest(sorted(model.dumps().items()))


def _rows_sha256(frame: pl.DataFrame, needed: Sequence[str]) -> str:
    """Digest the rows that a model scores, as far as it reads them; holds for one version of Polars."""
    sample = frame.select(name for name in frame.columns if name in needed).head(MOST_BATCH_ROWS)
    hashed = sample.hash_rows(seed=0).to_numpy().tobytes() if sample.width else b""
    return _digest([(repr(sample.schema), hashed)])


def _code_sha256() -> str:
    measuring = [files("workbench.cost") / name for name in _MEASURING]
    return _digest([*_sources(), *((path.name, path.read_bytes()) for path in measuring)])


def _sources() -> Iterator[tuple[str, bytes]]:
    for item in sorted(files(_SCORING).iterdir(), key=lambda item: item.name):
        if item.name.endswith(".py"):
            yield item.name, item.read_bytes()


def _digest(parts: Sequence[tuple[str, bytes]]) -> str:
    digest = hashlib.sha256()
    for name, data in parts:
        digest.update(f"{name}\n{len(data)}\n".encode())
        digest.update(data)
    return digest.hexdigest()
