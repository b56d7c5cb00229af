"""Would more data help, and at what price? Losses at parts of the training rows, continued beyond all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.train.curve import LearningCurve, Outlook, Rung
from workbench.train.fitting import fit
from workbench.train.powerlaw import FEWEST_POINTS, fit_power_law
from workbench.train.resampling import as_loss, as_mean, interval, resampled_means, row_losses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from workbench.train.fitting import Bins, Fitted
    from workbench.train.goal import Goal
    from workbench.train.portfolio import Setup

STEPS: tuple[tuple[int, int], ...] = ((8, 4), (4, 2), (2, 1), (1, 1))
"""Parts of the rows, and how many boosters grow on different ones: each step costs about as much as the next."""

FEWEST_ROWS = 40
"""Parts of fewer rows say little about more rows than there are."""

AHEAD = 2
"""How many times the rows the forecast goes ahead."""

DEPARTURE = 0.4
"""Standard deviation of the logarithm of a gain over its forecast, beside the noise of the rows: curves follow no law
exactly. Measured on 18 curves of made-up tables whose doubled rows were there to be tried."""

DEAREST = 3.0
"""Most times the CPU-seconds that twice the rows are believed to cost: measured ones waver on small data."""


def learning_curve(  # noqa: PLR0913 - each is a choice of its own
    bins: Bins,
    setup: Setup,
    *,
    seed: int = 0,
    latest: bool = False,
    whole: Fitted | None = None,
    other_seeds: Sequence[float] = (),
    usd_per_cpu_second: float | None = None,
    may_go_on: Callable[[], bool] = lambda: True,
) -> LearningCurve | None:
    """Fit one configuration to an eighth, a quarter, a half and all of the training rows.

    Smaller parts lie within larger ones and hold every class in its proportion; of small parts several are taken. The
    configuration stays the one that suits all rows, so that small parts look somewhat worse than they need.

    Args:
        bins: The rows.
        setup: Configuration to fit.
        seed: Seed of the parts and of the boosters.
        latest: Whether training rows are in the order of time, so that a part is the latest of them; there is then
            one part of each size.
        whole: The configuration already fitted to all training rows and judged by the validation rows.
        other_seeds: Losses of the configuration fitted to all training rows with several seeds: what tells luck from
            rows where there is one part of each size.
        usd_per_cpu_second: Price of a CPU-second.
        may_go_on: Asked before and within every fit; a fit that it ends does not count.

    Returns:
        The curve as far as the budget went; None if it did not reach a single point.
    """
    labels = bins.material.train_labels
    measured: list[tuple[int, list[Fitted]]] = []
    for part, draws in STEPS:
        if labels.size // part < FEWEST_ROWS:
            continue
        parts = _parts(labels, bins.goal, part, 1 if latest else draws, seed=seed, latest=latest)
        known = whole if part == 1 else None
        fits = [known] if known else _fits(bins, setup, parts, seed, may_go_on)
        if not fits:
            break
        measured.append((labels.size // part, fits))
    if not measured:
        return None
    luck = _luck_of_the_part(bins.goal, measured, labels.size, other_seeds)
    return _curve(bins.goal, measured, luck, seed, usd_per_cpu_second)


def _parts(
    labels: NDArray[np.float64], goal: Goal, part: int, draws: int, *, seed: int, latest: bool
) -> Iterator[NDArray[np.int64]]:
    """Give parts of the rows; the draw of one number is the same order of the rows at every size."""
    rows = labels.size // part
    for draw in range(draws):
        order = np.arange(labels.size)[::-1] if latest else _order(labels, goal, seed + draw)
        chosen = np.sort(order[:rows])
        if np.ptp(labels[chosen]) > 0:
            yield chosen


def _order(labels: NDArray[np.float64], goal: Goal, seed: int) -> NDArray[np.int64]:
    """Order the rows at random so that the first ones, however many, hold the classes in their proportions."""
    rng = np.random.default_rng(seed)
    shuffled = rng.permutation(labels.size)
    if goal.task == "regression":
        return shuffled
    place = np.empty(labels.size)
    for label in np.unique(labels):
        members = shuffled[labels[shuffled] == label]
        place[members] = (np.arange(members.size) + rng.random()) / members.size
    return np.argsort(place, kind="stable")


def _fits(
    bins: Bins, setup: Setup, parts: Iterator[NDArray[np.int64]], seed: int, may_go_on: Callable[[], bool]
) -> list[Fitted]:
    fits: list[Fitted] = []
    for number, part in enumerate(parts):
        if not may_go_on():
            break
        fitted = fit(
            bins,
            setup.settings,
            train_rows=None if part.size == bins.material.train_labels.size else part,
            patience=setup.patience,
            rounds=setup.rounds,
            seed=seed + number,
            may_go_on=may_go_on,
        )
        if not may_go_on():
            break
        fits.append(fitted)
    return fits


def _curve(
    goal: Goal,
    measured: list[tuple[int, list[Fitted]]],
    luck: NDArray[np.float64],
    seed: int,
    usd_per_cpu_second: float | None,
) -> LearningCurve:
    points = np.column_stack(
        [np.mean([row_losses(goal, one.labels, one.predictions) for one in fits], axis=0) for _, fits in measured]
    )
    means = resampled_means(points, seed)
    means += luck * np.random.default_rng([seed, 0]).normal(size=means.shape)
    losses = as_loss(goal, np.maximum(means, 0.0))
    rungs = tuple(
        Rung(rows, len(fits), loss, *interval(drawn), float(np.mean([one.cpu_seconds for one in fits])))
        for (rows, fits), loss, drawn in zip(
            measured, as_loss(goal, points.mean(axis=0)).tolist(), losses.T, strict=True
        )
    )
    departures = np.exp(DEPARTURE * np.random.default_rng([seed, 1]).normal(size=len(losses)))
    return LearningCurve(rungs, _outlook(rungs, losses, departures, usd_per_cpu_second))


def _luck_of_the_part(
    goal: Goal, measured: list[tuple[int, list[Fitted]]], rows_of_all: int, other_seeds: Sequence[float]
) -> NDArray[np.float64]:
    """Estimate how far the mean row loss at each size would move had other rows, or another seed, been learned from.

    Sizes with several fits tell, and all rows with several seeds; the variance is taken to fall as the rows grow.
    """
    whole = as_mean(goal, np.array(other_seeds))
    squares, freedom = rows_of_all * float(np.sum((whole - whole.mean()) ** 2)) if whole.size else 0.0, 0
    freedom += max(0, whole.size - 1)
    for rows, fits in measured:
        means = [row_losses(goal, one.labels, one.predictions).mean() for one in fits]
        squares += rows * float(np.var(means)) * len(fits)
        freedom += len(fits) - 1
    per_row = squares / max(1, freedom)
    return np.array([np.sqrt(per_row / rows / len(fits)) for rows, fits in measured])


def _outlook(
    rungs: tuple[Rung, ...],
    losses: NDArray[np.float64],
    departures: NDArray[np.float64],
    usd_per_cpu_second: float | None,
) -> Outlook | None:
    if len(rungs) < FEWEST_POINTS:
        return None
    sizes = np.array([rung.rows for rung in rungs], dtype=np.float64)
    apart = np.maximum((losses - losses[:, -1:]).std(axis=0), 1e-12)
    apart[-1] = apart[:-1].min()
    law = fit_power_law(sizes, losses, 1 / apart**2)
    ahead = float(sizes[-1] * AHEAD)
    gains = (law.at(sizes[-1]) - law.at(ahead)) * departures
    now = rungs[-1]
    gain = float(np.median(gains))
    cpu_seconds = now.cpu_seconds * _dearer(rungs)
    extra = cpu_seconds - now.cpu_seconds
    return Outlook(
        int(ahead),
        now.loss - gain,
        *interval(losses[:, -1] - gains),
        gain,
        *interval(gains),
        cpu_seconds,
        extra,
        None if usd_per_cpu_second is None else extra * usd_per_cpu_second,
    )


def _dearer(rungs: tuple[Rung, ...]) -> float:
    """Give how many times the CPU-seconds grow when the rows double, from the last doubling measured."""
    ratio = rungs[-1].cpu_seconds / max(rungs[-2].cpu_seconds, 1e-9)
    return float(np.clip(ratio, 1.0, DEAREST))
