"""Grows boosters round by round, in step, and remembers how they did on the rows they did not learn from."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from workbench.model import lightgbm
from workbench.train.heap import release_freed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    import lightgbm as lgb
    from numpy.typing import NDArray

    from workbench.train.goal import Goal

Settings = dict[str, float | int | bool | str]
"""LightGBM parameters of one trial, beside the fixed ones."""

WORTH_WAITING = 1e-5
"""Share of the first loss by which it must fall within the patience; or rows told apart perfectly would grow trees
for ever."""

FIRST_SNAPSHOT = 5
SNAPSHOT_STEP = 1.25


@dataclass(frozen=True)
class Seat:
    """What one booster of a trial learns from and is judged by.

    Attributes:
        learned: Rows to learn from.
        judged: Rows to be judged by.
        shared: Rows that the boosters of all seats predict, for their mean; None when there is one seat only.
    """

    learned: lgb.Dataset
    judged: lgb.Dataset
    shared: lgb.Dataset | None = None


@dataclass(frozen=True)
class Snapshot:
    """Predictions at one size.

    Attributes:
        judged: Of each booster on the rows it is judged by, one after the other.
        bagged: The mean over the boosters on the rows they share; None when there is one seat only.
    """

    judged: NDArray[np.float64]
    bagged: NDArray[np.float64] | None


@dataclass
class Growth:
    """The boosters of a trial as they grow: their best round, and their predictions at a few sizes.

    Attributes:
        boosters: One LightGBM booster per seat.
        rounds: Rounds grown so far.
        first_loss: Loss on the judged rows after the first round.
        mark_round: Round of the last fall worth waiting for.
        mark_loss: Loss at that round.
        best_round: Rounds at the least loss on the judged rows.
        best_loss: That loss.
        snapshots: Predictions by number of rounds.
        growing_seconds: CPU-seconds that adding trees took, without judging them.
        losses: Loss on the judged rows after each round.
    """

    boosters: tuple[lgb.Booster, ...]
    rounds: int = 0
    first_loss: float = float("inf")
    mark_round: int = 0
    mark_loss: float = float("inf")
    best_round: int = 0
    best_loss: float = float("inf")
    snapshots: dict[int, Snapshot] = field(default_factory=dict)
    growing_seconds: float = 0.0
    losses: list[float] = field(default_factory=list)

    @property
    def best(self) -> NDArray[np.float64]:
        """Predictions on the judged rows at the best round."""
        return self.snapshots[self.best_round].judged


def start(settings: Mapping[str, object], seats: Sequence[Seat]) -> Growth:
    """Begin one booster of no rounds for every seat."""
    release_freed()
    return Growth(tuple(_seated(settings, seat) for seat in seats))


def grow(
    growth: Growth, goal: Goal, labels: NDArray[np.float64], patience: int, may_go_on: Callable[[], bool], rounds: int
) -> None:
    """Add rounds until the loss on the judged rows stops falling, the budget is spent, or no split is left.

    There is always one round: without any split it holds the mean.
    """
    while not growth.rounds or (growth.rounds < rounds and may_go_on()):
        before = time.process_time()
        ended = [booster.update() for booster in growth.boosters]
        growth.growing_seconds += time.process_time() - before
        no_split_left = any(ended)  # such a booster has added no tree, and would be out of step from here on
        if no_split_left and growth.rounds:
            break
        growth.rounds += 1
        snapshot = _snapshot(growth.boosters)
        _note(growth, goal.loss(labels, snapshot.judged), snapshot)
        if no_split_left or growth.rounds - growth.mark_round >= patience:
            break


def regrow(
    settings: Mapping[str, object], dataset: lgb.Dataset, rounds: int, may_go_on: Callable[[], bool] = lambda: True
) -> lgb.Booster:
    """Grow so many rounds with no look at other rows; fewer when no split is left or it may not go on."""
    release_freed()
    booster: lgb.Booster = lightgbm().Booster(dict(settings), dataset)
    while booster.current_iteration() < rounds and may_go_on():
        if booster.update():
            break
    return booster


def repeat(settings: Mapping[str, object], seats: Sequence[Seat], rounds: int, sizes: Collection[int]) -> Growth:
    """Grow exactly so many rounds again, whatever the loss says: the same trees and predictions as the search grew.

    Args:
        settings: LightGBM parameters.
        seats: Who learns and is judged.
        rounds: Rounds to grow.
        sizes: Numbers of rounds at which predictions are taken.
    """
    growth = start(settings, seats)
    while growth.rounds < rounds:
        for booster in growth.boosters:
            booster.update()
        growth.rounds += 1
        if growth.rounds in sizes:
            growth.snapshots[growth.rounds] = _snapshot(growth.boosters)
    return growth


def _seated(settings: Mapping[str, object], seat: Seat) -> lgb.Booster:
    booster: lgb.Booster = lightgbm().Booster(dict(settings), seat.learned)
    booster.add_valid(seat.judged, "judged")
    if seat.shared is not None and seat.shared is not seat.judged:
        booster.add_valid(seat.shared, "shared")
    return booster


def _snapshot(boosters: Sequence[lgb.Booster]) -> Snapshot:
    """Take the predictions that LightGBM keeps up to date while it trains: no tree is walked again."""
    predictions = [_predictions(booster) for booster in boosters]
    judged = [each[0] for each in predictions]
    if len(boosters) == 1:
        return Snapshot(judged[0], None)
    return Snapshot(np.concatenate(judged), np.mean([each[-1] for each in predictions], axis=0))


def _predictions(booster: lgb.Booster) -> list[NDArray[np.float64]]:
    caught: list[NDArray[np.float64]] = []

    def catch(predictions: NDArray[np.float64], _: lgb.Dataset) -> tuple[str, float, bool]:
        caught.append(np.array(predictions))
        return "caught", 0.0, False

    booster.eval_valid(catch)
    return caught


def _note(growth: Growth, loss: float, snapshot: Snapshot) -> None:
    """Remember how the last round did."""
    growth.losses.append(loss)
    if growth.rounds == 1:
        growth.first_loss = loss
    if growth.rounds in _GRID:
        growth.snapshots[growth.rounds] = snapshot
    if loss < growth.best_loss or growth.rounds == 1:
        _forget(growth)
        growth.best_loss, growth.best_round = loss, growth.rounds
        growth.snapshots[growth.rounds] = snapshot
    if loss < growth.mark_loss - WORTH_WAITING * growth.first_loss or growth.rounds == 1:
        growth.mark_loss, growth.mark_round = loss, growth.rounds


def _forget(growth: Growth) -> None:
    """Drop the predictions of the best round so far, unless it is one of the sizes to keep."""
    if growth.best_round not in _GRID:
        growth.snapshots.pop(growth.best_round, None)


def _grid() -> frozenset[int]:
    sizes, size = set(), float(FIRST_SNAPSHOT)
    while size < 100_000:  # noqa: PLR2004 - more rounds than any budget buys
        sizes.add(round(size))
        size *= SNAPSHOT_STEP
    return frozenset(sizes)


_GRID = _grid()
