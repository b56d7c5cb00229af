"""How much of a loss is luck of the seed, and how much of what was learned holds on other rows."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.train.fitting import fit
from workbench.train.resampling import as_loss, ignorance, interval, resampled_means, row_losses

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from workbench.train.fitting import Bins, Fitted
    from workbench.train.goal import Goal
    from workbench.train.portfolio import Setup

FEWEST_SEEDS = 2

JUDGED_ROWS = 20_000
"""Training rows whose loss stands for all of them."""


@dataclass(frozen=True)
class SeedSpread:
    """The same configuration grown with several seeds.

    Attributes:
        seeds: The seeds.
        losses: Loss on the validation rows, one per seed.
        values: The metric that decides, one per seed.
        cpu_seconds: CPU-seconds of all that was fitted for it.
    """

    seeds: tuple[int, ...]
    losses: tuple[float, ...]
    values: tuple[float, ...]
    cpu_seconds: float

    @property
    def loss_deviation(self) -> float:
        """Standard deviation of the loss."""
        return float(np.std(self.losses, ddof=1))

    @property
    def value_deviation(self) -> float:
        """Standard deviation of the metric that decides."""
        return float(np.std(self.values, ddof=1))

    def table(self) -> pl.DataFrame:
        """Give a row per seed."""
        return pl.DataFrame({"seed": self.seeds, "loss": self.losses, "value": self.values})

    @property
    def sentence(self) -> str:
        """Say what the spread means for comparisons."""
        if len(set(self.losses)) == 1:
            return f"{len(self.seeds)} seeds give the same model: nothing in this configuration is random."
        return (
            f"Over {len(self.seeds)} seeds the loss spreads by {self.loss_deviation:.2g} (standard deviation) around "
            f"{np.mean(self.losses):.4g}, and the metric by {self.value_deviation:.2g} around "
            f"{np.mean(self.values):.4g}: two fits that differ by less than {2 * 2**0.5 * self.loss_deviation:.2g} in "
            "loss may differ by luck alone."
        )


@dataclass(frozen=True)
class Overfit:
    """The loss of one booster on rows it learned from and on others.

    Attributes:
        train_loss: Loss on rows it learned from.
        validation_loss: Loss on validation rows.
        gap: What the second is more.
        gap_low: Lower end of its 95 % interval.
        gap_high: Upper end.
        train_share: Loss on rows it learned from, as a share of the loss of knowing no feature.
        validation_share: The same of validation rows.
        excess: How much larger the second share is than the first.
        excess_error: Standard error of that.
        train_value: The metric that decides, on rows it learned from.
        validation_value: The same on validation rows.
    """

    train_loss: float
    validation_loss: float
    gap: float
    gap_low: float
    gap_high: float
    train_share: float
    validation_share: float
    excess: float
    excess_error: float
    train_value: float
    validation_value: float

    @property
    def relative_gap(self) -> float:
        """Give the gap as a share of the loss on validation rows."""
        return self.gap / self.validation_loss if self.validation_loss else 0.0

    def table(self) -> pl.DataFrame:
        """Give one row of all figures."""
        return pl.DataFrame([{**asdict(self), "relative_gap": self.relative_gap}])

    @property
    def sentence(self) -> str:
        """Say how much of what was learned does not hold on other rows."""
        more = "more" if self.gap >= 0 else "less"
        low, high = sorted((abs(self.gap_low), abs(self.gap_high)))
        span = f"{low:.2g} to {high:.2g} {more}"
        if self.gap_low < 0 < self.gap_high:
            span = f"{-self.gap_low:.2g} less to {self.gap_high:.2g} more"
        return (
            f"The loss is {self.train_loss:.4g} on rows learned from and {self.validation_loss:.4g} on validation "
            f"rows: {abs(self.gap):.2g} {more}, {abs(self.relative_gap):.0%} of it (95 % interval {span})."
        )


def seed_spread(
    bins: Bins,
    setup: Setup,
    seeds: Sequence[int],
    *,
    known: Sequence[tuple[int, Fitted]] = (),
    may_go_on: Callable[[], bool] = lambda: True,
) -> SeedSpread | None:
    """Grow one configuration with several seeds and judge each by the validation rows.

    Args:
        bins: The rows.
        setup: The configuration.
        seeds: Seeds to fit with.
        known: Seeds that it was fitted with already.
        may_go_on: Asked before and within every fit; a fit that it ends does not count.

    Returns:
        The spread over the seeds that the budget allowed; None if that is fewer than two.
    """
    fits = dict(known)
    spent = 0.0
    for seed in seeds:
        if seed in fits:
            continue
        if not may_go_on():
            break
        fitted = _fit(bins, setup, seed, may_go_on)
        spent += fitted.cpu_seconds
        if not may_go_on():
            break
        fits[seed] = fitted
    if len(fits) < FEWEST_SEEDS:
        return None
    losses, values = ([getattr(one, name) for one in fits.values()] for name in ("loss", "value"))
    return SeedSpread(tuple(fits), tuple(losses), tuple(values), spent)


def _fit(bins: Bins, setup: Setup, seed: int, may_go_on: Callable[[], bool]) -> Fitted:
    return fit(bins, setup.settings, patience=setup.patience, rounds=setup.rounds, seed=seed, may_go_on=may_go_on)


def overfitting(
    bins: Bins, setup: Setup, fitted: Fitted, *, seed: int = 0, may_go_on: Callable[[], bool] = lambda: True
) -> Overfit | None:
    """Grow a booster once more and judge it by rows it learns from.

    Args:
        bins: The rows.
        setup: The configuration.
        fitted: It, fitted to all training rows with the seed and judged by the validation rows.
        seed: Seed it was fitted with.
        may_go_on: Asked before every round.

    Returns:
        The two losses; None if the budget ended before the booster was as large as the other.
    """
    rows = bins.material.train_labels.size
    chosen = np.random.default_rng(seed).choice(rows, size=min(rows, JUDGED_ROWS), replace=False)
    again = fit(
        bins,
        setup.settings,
        judged_rows=np.sort(chosen),
        patience=fitted.best_round,
        rounds=fitted.best_round,
        seed=seed,
        may_go_on=may_go_on,
    )
    if again.rounds < fitted.best_round and not may_go_on():
        return None
    return overfitting_of(bins.goal, (again.labels, again.predictions), (fitted.labels, fitted.predictions), seed)


def overfitting_of(
    goal: Goal,
    learned: tuple[NDArray[np.float64], NDArray[np.float64]],
    others: tuple[NDArray[np.float64], NDArray[np.float64]],
    seed: int = 0,
) -> Overfit:
    """Compare predictions on rows learned from with those on others.

    Args:
        goal: What is minimised.
        learned: Labels and predictions of rows learned from.
        others: Labels and predictions of others.
        seed: Seed of the interval.
    """
    sides = [np.column_stack([row_losses(goal, *side), ignorance(goal, side[0])]) for side in (learned, others)]
    drawn = [resampled_means(points, seed + number) for number, points in enumerate(sides)]
    losses = [as_loss(goal, means[:, 0]) for means in drawn]
    shares = [_share(means) for means in drawn]
    train_loss, validation_loss = (goal.loss(*side) for side in (learned, others))
    train_share, validation_share = (float(_share(points.mean(axis=0, keepdims=True))[0]) for points in sides)
    return Overfit(
        train_loss,
        validation_loss,
        validation_loss - train_loss,
        *interval(losses[1] - losses[0]),
        train_share,
        validation_share,
        validation_share - train_share,
        float((shares[1] - shares[0]).std()),
        goal.value(*learned),
        goal.value(*others),
    )


def _share(means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the mean loss of rows, squared where errors are, over that of knowing no feature."""
    return np.asarray(means[:, 0] / np.maximum(means[:, 1], np.finfo(float).tiny))
