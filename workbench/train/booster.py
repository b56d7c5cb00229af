"""Grows one booster round by round, and remembers how it did on validation on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from workbench.model import lightgbm

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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


@dataclass
class Growth:
    """A booster as it grows: its best round, and predictions on validation at a few sizes.

    Attributes:
        booster: The LightGBM booster.
        rounds: Rounds grown so far.
        first_loss: Loss on validation after the first round.
        mark_round: Round of the last fall worth waiting for.
        mark_loss: Loss at that round.
        best_round: Rounds at the least loss on validation.
        best_loss: That loss.
        snapshots: Predictions on validation by number of rounds.
    """

    booster: lgb.Booster
    rounds: int = 0
    first_loss: float = float("inf")
    mark_round: int = 0
    mark_loss: float = float("inf")
    best_round: int = 0
    best_loss: float = float("inf")
    snapshots: dict[int, NDArray[np.float64]] = field(default_factory=dict)


def start(settings: Mapping[str, object], datasets: tuple[lgb.Dataset, lgb.Dataset]) -> Growth:
    """Begin a booster of no rounds."""
    booster = lightgbm().Booster(dict(settings), datasets[0])
    booster.add_valid(datasets[1], "validation")
    return Growth(booster)


def grow(
    growth: Growth, goal: Goal, labels: NDArray[np.float64], patience: int, may_go_on: Callable[[], bool], rounds: int
) -> None:
    """Add rounds until the loss on validation stops falling, the budget is spent, or no split is left.

    There is always one round: without any split it holds the mean.
    """
    while not growth.rounds or (growth.rounds < rounds and may_go_on()):
        no_split_left = growth.booster.update()
        if no_split_left and growth.rounds:
            break
        growth.rounds += 1
        predictions = _on_validation(growth.booster)
        _note(growth, goal.loss(labels, predictions), predictions)
        if no_split_left or growth.rounds - growth.mark_round >= patience:
            break


def regrow(settings: Mapping[str, object], dataset: lgb.Dataset, rounds: int) -> lgb.Booster:
    """Grow exactly so many rounds, with no look at validation: the same trees as the search grew."""
    booster: lgb.Booster = lightgbm().Booster(dict(settings), dataset)
    for _ in range(rounds):
        booster.update()
    return booster


def _on_validation(booster: lgb.Booster) -> NDArray[np.float64]:
    """Take the predictions that LightGBM keeps up to date while it trains: no tree is walked again."""
    caught: list[NDArray[np.float64]] = []

    def catch(predictions: NDArray[np.float64], _: lgb.Dataset) -> tuple[str, float, bool]:
        caught.append(np.array(predictions))
        return "caught", 0.0, False

    booster.eval_valid(catch)
    return caught[0]


def _note(growth: Growth, loss: float, predictions: NDArray[np.float64]) -> None:
    """Remember how the last round did."""
    if growth.rounds == 1:
        growth.first_loss = loss
    if growth.rounds in _GRID:
        growth.snapshots[growth.rounds] = predictions
    if loss < growth.best_loss or growth.rounds == 1:
        _forget(growth)
        growth.best_loss, growth.best_round = loss, growth.rounds
        growth.snapshots[growth.rounds] = predictions
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
