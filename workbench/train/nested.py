"""What the best of many candidates is worth on rows that did not choose it.

The candidate that looks best on some rows is the one whose luck on them was good, so its figure there promises too
much (Cawley and Talbot 2010, "On Over-fitting in Model Selection"). One half of the rows chooses, the other half
values the choice; what the figure loses on the way, divided by the root of two because all rows choose with less luck
than half of them, is the optimism of the choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.train.goal import HIGHER_IS_BETTER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from workbench.train.goal import Goal

REPEATS = 50
"""Divisions of the rows."""

FEWEST_REPEATS = 10

FEWEST_ROWS = 20


@dataclass(frozen=True)
class Nested:
    """The choice among candidates, valued by rows that did not make it.

    Attributes:
        chosen: Candidate best on all rows.
        value: Its metric on them.
        expected: The metric to expect of it on new rows.
        optimism: How much too good the value is, never below 0; in units of the metric.
        optimism_deviation: Standard deviation of that over the divisions of the rows.
        chosen_shares: Share of the halves on which each candidate was the best.
        values: The metric of each candidate on all rows.
        repeats: Divisions of the rows.
    """

    chosen: str
    value: float
    expected: float
    optimism: float
    optimism_deviation: float
    chosen_shares: Mapping[str, float]
    values: Mapping[str, float]
    repeats: int

    def table(self) -> pl.DataFrame:
        """Give a row per candidate."""
        names = list(self.values)
        return pl.DataFrame(
            {
                "candidate": names,
                "value": [self.values[name] for name in names],
                "chosen_share": [self.chosen_shares[name] for name in names],
                "chosen": [name == self.chosen for name in names],
            }
        )

    @property
    def sentence(self) -> str:
        """Say what to expect."""
        return (
            f"The best of {len(self.values)} candidates has {self.value:.4g} on the validation rows that chose it; on "
            f"new rows expect {self.expected:.4g}, for {self.optimism:.2g} of it is luck of the choice. "
            f"{self.chosen_shares[self.chosen]:.0%} of the halves of these rows choose it too."
        )


@dataclass(frozen=True)
class _Ranked:
    """Rows in the order of a candidate's predictions."""

    order: NDArray[np.int64]
    labels: NDArray[np.float64]
    predictions: NDArray[np.float64]


def nested_estimate(
    goal: Goal,
    labels: NDArray[np.float64],
    predictions: Mapping[str, NDArray[np.float64]],
    *,
    seed: int = 0,
    repeats: int = REPEATS,
    may_go_on: Callable[[], bool] = lambda: True,
) -> Nested | None:
    """Estimate the optimism of choosing the candidate with the best metric on validation rows.

    Early stopping on the same rows is not part of it: every candidate is taken as it is.

    Args:
        goal: Names the metric that decides.
        labels: Labels of the validation rows.
        predictions: Predictions on them, by candidate.
        seed: Seed of the divisions.
        repeats: How often to divide the rows.
        may_go_on: Asked before each division.

    Returns:
        The estimate; None with a single candidate, with too few rows to divide, where the metric is undefined, or
        where the budget allows too few divisions.
    """
    values = {name: goal.value(labels, each) for name, each in predictions.items()}
    if len(values) < 2 or labels.size < FEWEST_ROWS or not np.isfinite(list(values.values())).all():  # noqa: PLR2004
        return None
    ranked = [_ranked(labels, each) for each in predictions.values()]
    losses, choices = [], []
    for half in _halves(labels, goal, seed, repeats):
        if not may_go_on():
            break
        badness = [_badness(goal, ranked, rows) for rows in (half, ~half)]
        for choosing, valuing in (badness, badness[::-1]):
            choices.append(int(np.argmin(choosing)))
            losses.append(valuing[choices[-1]] - choosing[choices[-1]])
    if len(losses) < 2 * FEWEST_REPEATS or not np.isfinite(losses).all():
        return None
    optimism = max(0.0, float(np.mean(losses)) / 2**0.5)
    chosen = min(values, key=lambda name: goal.badness(values[name]))
    shares = np.bincount(choices, minlength=len(values)) / len(choices)
    return Nested(
        chosen=chosen,
        value=values[chosen],
        expected=values[chosen] + (-optimism if goal.metric in HIGHER_IS_BETTER else optimism),
        optimism=optimism,
        optimism_deviation=float(np.std(losses)) / 2**0.5,
        chosen_shares=dict(zip(values, shares.tolist(), strict=True)),
        values=values,
        repeats=len(losses) // 2,
    )


def _halves(labels: NDArray[np.float64], goal: Goal, seed: int, repeats: int) -> Iterator[NDArray[np.bool_]]:
    """Divide the rows by two again and again, each class too."""
    rng = np.random.default_rng(seed)
    classes = np.zeros(labels.size) if goal.task == "regression" else labels
    for _ in range(repeats):
        order = np.lexsort((rng.random(labels.size), classes))
        half = np.zeros(labels.size, dtype=bool)
        half[order[rng.integers(2) :: 2]] = True
        yield half


def _ranked(labels: NDArray[np.float64], predictions: NDArray[np.float64]) -> _Ranked:
    """Sort by prediction, once: metrics of ranks sort again, and what is sorted costs them little."""
    order = np.argsort(-predictions, kind="stable") if predictions.ndim == 1 else np.arange(labels.size)
    return _Ranked(order, labels[order], predictions[order])


def _badness(goal: Goal, ranked: Sequence[_Ranked], rows: NDArray[np.bool_]) -> list[float]:
    badness = []
    for each in ranked:
        taken = rows[each.order]
        badness.append(goal.badness(goal.value(each.labels[taken], each.predictions[taken])))
    return badness
