"""The sides of a comparison: candidates of now, or of another git revision or DVC experiment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from workbench import artifacts, cost, evaluate
from workbench.errors import ArtifactError, MissingArtifactError, UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray

    from workbench.artifacts import Revision
    from workbench.model import Task
    from workbench.params.reading import Params

    Floats = NDArray[np.float64]

PREDICTIONS = "data/evaluation/predictions.parquet"
CANDIDATES = ("data/decision/candidates.parquet", "data/cost/candidates.parquet")
DECISION = "decisions/current.json"
WITHOUT_ERRORS = (
    "usd_serving_per_month",
    "usd_training_per_month",
    "usd_storage_per_month",
    "usd_egress_per_month",
)
UNPRICED_THRESHOLD = 0.5
INDEX = frozenset({"split", "row", "label"})


@dataclass(frozen=True)
class Origin:
    """Where sides are read from; each file is read once.

    Attributes:
        revision: The revision; None for the working tree.
    """

    revision: Revision | None = None

    @cached_property
    def predictions(self) -> pl.DataFrame:
        """Read the predictions of all candidates.

        Raises:
            ArtifactError: They are missing or damaged.
        """
        return self.frame(PREDICTIONS)

    @cached_property
    def costs(self) -> pl.DataFrame | None:
        """Read what the candidates cost; None where that is unknown."""
        for path in CANDIDATES:
            try:
                return self.frame(path)
            except ArtifactError:
                continue
        return None

    def frame(self, path: str) -> pl.DataFrame:
        """Read a table."""
        return self.revision.read_frame(path) if self.revision else artifacts.read_frame(path)

    def rows_digest(self, split: str) -> str | None:
        """Give the digest of the rows that a split holds; None where no ingest has said."""
        path = f"data/processed/{split}.parquet"
        if self.revision:
            return self.revision.sha256(path)
        try:
            entry = artifacts.read_manifest_of("ingest").files.get(path)
        except MissingArtifactError:
            return None
        return entry.sha256 if entry else None

    def rows(self, split: str) -> pl.DataFrame:
        """Read the rows of a split themselves."""
        return self.frame(f"data/processed/{split}.parquet")

    def __str__(self) -> str:
        """Say where, to stand behind a name."""
        return f" in {self.revision.name}" if self.revision else ""


@dataclass(frozen=True)
class Side:
    """One candidate as one revision, or the working tree, has it.

    Attributes:
        name: As it was asked for.
        candidate: Its id.
        origin: Where it is read from.
    """

    name: str
    candidate: str
    origin: Origin

    def of(self, split: str) -> tuple[Floats, Floats]:
        """Give the labels of a split, and the predictions for it.

        Raises:
            UsageError: There is no such split or candidate.
        """
        labels, predictions = evaluate.split_of(self.origin.predictions, split)
        if self.candidate not in predictions:
            hint = nearest(self.candidate, predictions) or "list: workbench candidates"
            raise UsageError(f"there is no candidate {self.candidate!r}{self.origin}", hint=hint)
        if not labels.size:
            known = ", ".join(self.origin.predictions["split"].unique(maintain_order=True))
            raise UsageError(f"there is no split {split!r}{self.origin}", expected=f"one of {known}")
        return labels, predictions[self.candidate]

    def point(self, task: Task, params: Params) -> evaluate.Point:
        """Find where it is operated: the threshold of least cost on validation, unless `decide.threshold` names one."""
        row = self._costed()
        parts = [row[name] for name in WITHOUT_ERRORS if row.get(name) is not None]
        whole = "usd_serving_per_month" in row and bool(parts) and bool(np.isfinite(parts).all())
        return evaluate.Point(self._threshold(task, params, row), float(sum(parts)) if whole else None)

    def _threshold(self, task: Task, params: Params, row: dict[str, float]) -> float | None:
        if task != "binary":
            return None
        if params.decide.threshold != "auto":
            return params.decide.threshold
        if not cost.priced_errors(task, params.cost.error_usd):
            return UNPRICED_THRESHOLD
        labels, predictions = evaluate.split_of(self.origin.predictions, "validation")
        if not labels.size:
            return row.get("threshold", UNPRICED_THRESHOLD)
        rates = evaluate.error_rates(task, labels, predictions[self.candidate])
        usd = cost.expected_error_usd(rates, params.cost.error_usd, 1.0)
        return float(rates["threshold"][int(np.argmin(usd))])

    def _costed(self) -> dict[str, float]:
        """Give the row of the table of candidates, empty where costs are unknown."""
        table = self.origin.costs
        found = None if table is None else table.filter(id=self.candidate)
        return found.row(0, named=True) if found is not None and found.height else {}


class Sides:
    """Finds sides; those of one revision share what is read."""

    def __init__(self) -> None:
        self._here = Origin()
        self._origins: dict[str, Origin] = {}

    def find(self, name: str) -> Side:
        """Resolve `CANDIDATE`, `REV` or `REV:CANDIDATE`; a revision alone stands for the candidate it decided on.

        Raises:
            UsageError: There is neither such a candidate nor such a revision.
            ArtifactError: Nothing was evaluated yet.
        """
        known = [column for column in self._here.predictions.columns if column not in INDEX]
        revision_name, colon, candidate = name.rpartition(":")
        if not colon and name in known:
            return Side(name, name, self._here)
        revision = artifacts.find_revision(revision_name if colon else name)
        if revision is None:
            hint = nearest(name, known) or "list: workbench candidates; name a revision as git or `dvc exp show` does"
            what = f"there is no revision {revision_name!r}" if colon else f"there is no candidate {name!r}"
            raise UsageError(what, hint=hint)
        origin = self._origins.setdefault(revision.commit, Origin(revision))
        return Side(name, candidate if colon else _decided(revision), origin)

    def others(self, first: Side, names: Sequence[str], *, with_all: bool) -> list[Side]:
        """Resolve the other sides; with all, every candidate beside the first one is among them."""
        sides = [self.find(name) for name in dict.fromkeys(names)]
        sides = [replace(side, name=f"{side.name}, again") if side.name == first.name else side for side in sides]
        if not with_all:
            return sides
        taken, revision = {side.name for side in sides}, first.origin.revision
        prefix = f"{first.name.rpartition(':')[0]}:" if revision else ""
        known = [column for column in first.origin.predictions.columns if column not in {*INDEX, first.candidate}]
        return sides + [Side(prefix + name, name, first.origin) for name in known if prefix + name not in taken]


def _decided(revision: Revision) -> str:
    try:
        return str(revision.read_json(DECISION)["candidate"])
    except (MissingArtifactError, KeyError, TypeError) as error:
        raise UsageError(
            f"the revision {revision.name} has decided on no candidate", hint=f"name one: {revision.name}:CANDIDATE"
        ) from error
