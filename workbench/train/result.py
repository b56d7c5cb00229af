"""What a search found, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from math import fsum
from typing import TYPE_CHECKING

import polars as pl

from workbench.model.encode import input_names
from workbench.train.goal import CLIP, HIGHER_IS_BETTER
from workbench.train.portfolio import BASELINE, DEFAULT_LEAVES, DEFAULT_RATE, WITH_PAIRS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from workbench.model import Model
    from workbench.train.clock import Unit
    from workbench.train.plan import CandidateKind, Finding, FindingKind, SearchPlan

_SHAPE = pl.Struct({"learning_rate": pl.Float64, "num_leaves": pl.Int64})


@dataclass(frozen=True)
class Candidate:
    """One model on offer.

    Attributes:
        id: Name of the candidate, safe as a folder name.
        kind: `baseline` (LightGBM's defaults), `single` booster, `prefix` of one, `bag` (one configuration
            grown on every fold), or `blend` of several.
        assemble: Puts the model together.
        trees: Boosting rounds of all members together.
        members: Number of boosters.
        train_cpu_seconds: CPU-seconds that its boosters took to train.
        metric: Name of the metric that decides.
        validation: That metric on validation.
    """

    id: str
    kind: CandidateKind
    assemble: Callable[[], Model] = field(repr=False, compare=False)
    trees: int
    members: int
    train_cpu_seconds: float
    metric: str
    validation: float

    @cached_property
    def model(self) -> Model:
        """The model, put together on first use: the texts of all candidates would outweigh the rows."""
        return self.assemble()


@dataclass(frozen=True)
class ProgressEvent:
    """How far a search is.

    Attributes:
        spent: Seconds or trials spent.
        budget: Seconds or trials it may spend.
        unit: What these two count.
        trials: Configurations tried so far.
        best: Best value of the metric on validation so far, of the mean of the leaders.
        metric: Name of that metric.
        gain_of_a_minute: Relative fall of the loss that another CPU-minute is forecast to buy; infinite while unknown.
    """

    spent: float
    budget: float
    unit: Unit
    trials: int
    best: float
    metric: str
    gain_of_a_minute: float

    def __str__(self) -> str:
        """Render for a progress bar."""
        more = f", another minute: {-self.gain_of_a_minute:+.2%} of the loss" if self.gain_of_a_minute < 1 else ""
        spent = f"{self.spent:.0f} of {self.budget:g} {self.unit}"
        return f"{self.metric} {self.best:.4g} after {self.trials} trials, {spent}{more}"


SIGNS = {"ratio": "/", "product": "*"}


@dataclass(frozen=True)
class SearchResult:
    """What the search found.

    Attributes:
        candidates: The models on offer, best first.
        trials: One row per configuration tried: what was tried and what came of it.
        plan: YAML-ready record of what the budget bought.
        baseline_id: Candidate trained with LightGBM's defaults and early stopping.
        best_id: Candidate that the judged rows rank first.
        spent_cpu_seconds: CPU-seconds this run took.
        spent: Seconds of the kind the budget counts; CPU-seconds for a budget of trials.
        budget: What it might spend.
        unit: What these two count.
        replayed: Whether the plan was replayed rather than searched anew.
        set_aside: Features that the search left out, with the reason.
        judged: Predictions of each candidate on the validation rows, by boosters that never saw them.
        proof: What shows that several processes grew one model, in sentences; empty where one process trained.
    """

    candidates: tuple[Candidate, ...]
    trials: pl.DataFrame
    plan: SearchPlan
    baseline_id: str
    best_id: str
    spent_cpu_seconds: float
    spent: float
    budget: float
    unit: Unit
    replayed: bool
    set_aside: dict[str, str]
    judged: Mapping[str, NDArray[np.float64]]
    proof: str = ""

    def findings(self, kind: FindingKind) -> tuple[Finding, ...]:
        """Give what the search found out about one question; nothing where the budget did not reach."""
        return tuple(finding for finding in self.plan.findings if finding.kind == kind)

    @property
    def baseline(self) -> Candidate:
        """The candidate trained with LightGBM's defaults."""
        return next(candidate for candidate in self.candidates if candidate.id == self.baseline_id)

    def judged_frame(self) -> pl.DataFrame:
        """Lay those predictions out, a column per candidate: `models/validation.parquet`."""
        return pl.DataFrame(dict(self.judged))

    def table(self) -> pl.DataFrame:
        """Lay the candidates out, one row each: `models/candidates.parquet`."""
        return pl.DataFrame(
            [
                {
                    "id": candidate.id,
                    "kind": candidate.kind,
                    "members": candidate.members,
                    "trees": candidate.trees,
                    "train_cpu_seconds": candidate.train_cpu_seconds,
                    "size_bytes": sum(len(data) for data in candidate.model.dumps().values()),
                    "metric": candidate.metric,
                    "validation": candidate.validation,
                }
                for candidate in self.candidates
            ]
        )

    @property
    def pairs_sentence(self) -> str:
        """Say which ratios and products trials saw beside the columns, and what these brought."""
        pairs = self.plan.pairs
        losses = {trial.name: trial.loss for trial in self.plan.trials}
        if not pairs or WITH_PAIRS.name not in losses:
            return "No trial saw ratios or products of columns."
        names = input_names(self.best.model.features)
        told = ", ".join(f"{names[one.left]} {SIGNS[one.kind]} {names[one.right]}" for one in pairs)
        change = losses[WITH_PAIRS.name] / max(losses[BASELINE.name], CLIP) - 1
        seen = sum(trial.pairs for trial in self.plan.trials) - 1
        more = f"{seen} of {len(self.plan.trials) - 2} further trials saw them" if seen else "no further trial saw them"
        return (
            f"Ratios and products of the strongest columns change the loss of LightGBM's defaults by {change:+.2%}, "
            f"so that {more}: {told}."
        )

    def tried(self) -> pl.DataFrame:
        """Lay out what was tried, the smallest loss first: what a reader wants to know of each trial."""
        settings = pl.col("settings").str.json_decode(_SHAPE)
        return self.trials.sort("loss").select(
            "booster",
            pl.col("name").alias("configuration"),
            settings.struct.field("learning_rate").fill_null(DEFAULT_RATE),
            settings.struct.field("num_leaves").fill_null(DEFAULT_LEAVES).alias("leaves"),
            pl.col("best_round").alias("rounds"),
            "loss",
            pl.col("validation").alias(self.plan.metric),
            "cpu_seconds",
        )

    def spending(self) -> pl.DataFrame:
        """Lay out what the trees of each part of the search took: `part`, `spent`, and `planned`, always null."""
        name, seconds = pl.col("name"), pl.col("cpu_seconds")
        part = (
            pl.when(name == BASELINE.name)
            .then(pl.lit("baseline"))
            .when(name == WITH_PAIRS.name)
            .then(pl.lit("ratios and products tried"))
            .when(name.str.contains("~", literal=True))
            .then(pl.lit("variants of the best"))
            .otherwise(pl.lit("portfolio"))
        )
        trials = self.trials.group_by(part.alias("part"), maintain_order=True).agg(seconds.sum().alias("spent"))
        again = pl.DataFrame({"part": ["refit"], "spent": [fsum(one.cpu_seconds for one in self.plan.refits)]})
        return pl.concat([trials, again]).with_columns(planned=pl.lit(None, pl.Float64))

    @property
    def best(self) -> Candidate:
        """The candidate that the judged rows rank first."""
        return next(candidate for candidate in self.candidates if candidate.id == self.best_id)

    @property
    def smaller_is_better(self) -> bool:
        """Whether the metric that decides is a loss."""
        return self.best.metric not in HIGHER_IS_BETTER

    def summary(self) -> dict[str, float]:
        """Give the numbers of `metrics/train.json`."""
        return {
            "candidates": len(self.candidates),
            "trials": self.trials.height,
            f"validation_{self.best.metric}": self.best.validation,
            f"baseline_{self.best.metric}": self.baseline.validation,
            "search_cpu_seconds": self.plan_cpu_seconds(),
        }

    def plan_cpu_seconds(self) -> float:
        """Give what the boosters cost when they were first trained, the same on every replay."""
        return float(self.trials["cpu_seconds"].sum())
