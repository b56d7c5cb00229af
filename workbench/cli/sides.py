"""The sides of a comparison: candidates of now, or of another git revision or DVC experiment."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from workbench import artifacts, cost, evaluate
from workbench.cost.month import NEEDED
from workbench.decide.expectation import UNPRICED_THRESHOLD
from workbench.errors import MissingArtifactError, UsageError, nearest

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
INDEX = frozenset({"split", "row", "label"})


@dataclass(frozen=True)
class Origin:
    """Where sides are read from; each file is read once.

    Attributes:
        params: params.yaml of the working tree: the terms on which all sides are priced.
        revision: The revision; None for the working tree.
    """

    params: Params
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
        """Price what the candidates take, whatever a run priced it at.

        None where they were never profiled, or by a version that noted less.

        Raises:
            ArtifactError: The table of candidates is damaged.
            PriceError: Something that is used has no known price.
        """
        for path in CANDIDATES:
            with suppress(MissingArtifactError):
                frame, limit = self.frame(path), self.params.decide.limits.latency_p99_ms
                if set(NEEDED) <= set(frame.columns):
                    return cost.price_candidates(frame, self.params.cost, cost.PriceBook.load(), limit)
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

    def check(self) -> None:
        """See that there is such a candidate, before any row is looked at.

        Raises:
            UsageError: There is none.
        """
        known = [name for name in self.origin.predictions.columns if name not in INDEX]
        if self.candidate not in known:
            hint = nearest(self.candidate, known) or "list: workbench candidates"
            raise UsageError(f"there is no candidate {self.candidate!r}{self.origin}", hint=hint)

    def of(self, split: str) -> tuple[Floats, Floats]:
        """Give the labels of a split, and the predictions for it.

        Raises:
            UsageError: There is no such split or candidate.
        """
        self.check()
        labels, predictions = evaluate.split_of(self.origin.predictions, split)
        if not labels.size:
            known = ", ".join(self.origin.predictions["split"].unique(maintain_order=True))
            raise UsageError(f"there is no split {split!r}{self.origin}", expected=f"one of {known}")
        return labels, predictions[self.candidate]

    def point(self, task: Task) -> evaluate.Point:
        """Find where it is operated, and what a month of running it costs."""
        costs = self.origin.costs
        if costs is None or not (row := costs.filter(id=self.candidate)).height:
            return evaluate.Point(self._threshold(task), None)
        usd = float(cost.running_usd(row).item())
        return evaluate.Point(self._threshold(task), usd if np.isfinite(usd) else None)

    def _threshold(self, task: Task) -> float | None:
        """Give the threshold of least cost on validation, or the one that `decide.threshold` names for it."""
        params = self.origin.params
        if task != "binary":
            return None
        chosen = params.decide.candidate  # of this working tree: another revision's of the same name is another model
        is_its_own = chosen == "auto" or (chosen == self.candidate and self.origin.revision is None)
        if params.decide.threshold != "auto" and is_its_own:
            return params.decide.threshold
        labels, predictions = evaluate.split_of(self.origin.predictions, "validation")
        if not labels.size or not cost.priced_errors(task, params.cost.error_usd):
            return UNPRICED_THRESHOLD
        rates = evaluate.error_rates(task, labels, predictions[self.candidate])
        usd = cost.expected_error_usd(rates, params.cost.error_usd, 1.0)
        return float(rates["threshold"][int(np.argmin(usd))])


class Sides:
    """Finds sides; those of one revision share what is read."""

    def __init__(self, params: Params) -> None:
        self._params = params
        self._here = Origin(params)
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
        origin = self._origins.setdefault(revision.commit, Origin(self._params, revision))
        return Side(name, candidate if colon else _decided(revision), origin)

    def others(self, first: Side, names: Sequence[str], *, with_all: bool) -> list[Side]:
        """Resolve the other sides; with all, every candidate beside the first one is among them."""
        sides = [self.find(name) for name in dict.fromkeys(names)]
        sides = [replace(side, name=f"{side.name}, again") if side.name == first.name else side for side in sides]
        if not with_all:
            return sides
        taken, revision = {side.name for side in sides}, first.origin.revision
        prefix = f"{revision.name}:" if revision else ""
        known = [column for column in first.origin.predictions.columns if column not in {*INDEX, first.candidate}]
        return sides + [Side(prefix + name, name, first.origin) for name in known if prefix + name not in taken]


def _decided(revision: Revision) -> str:
    try:
        return str(revision.read_json(DECISION)["candidate"])
    except (MissingArtifactError, KeyError, TypeError) as error:
        raise UsageError(
            f"the revision {revision.name} has decided on no candidate", hint=f"name one: {revision.name}:CANDIDATE"
        ) from error
