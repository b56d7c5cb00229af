"""The search itself: trial after trial while the budget lasts."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from workbench.train.booster import Growth, grow, start
from workbench.train.plan import TrialRecord
from workbench.train.portfolio import BASELINE, DEFAULT_RATE, Setup, faster, portfolio, variants
from workbench.train.result import ProgressEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import lightgbm as lgb
    from numpy.typing import NDArray

    from workbench.train.clock import Clock
    from workbench.train.goal import Goal
    from workbench.train.material import Material

RESERVE_SHARE = 0.04
"""Share of the budget kept for blending and for writing the models down."""

TRIAL_SHARE = 0.25
"""Share of the budget that one trial should fit into; its learning rate is raised until it does."""

HOPELESS = 4.0
"""A trial forecast to need this many times what is left is not begun."""

STALE_TRIALS = 40
"""After this many trials in a row without a better one the rest of the budget is not spent."""

KEPT_SHARES = (0.1, 0.25, 0.5)
"""Sizes, as shares of the best round, at which a booster is offered too."""

BASELINE_LEAVES = 31
ROUNDS_MARGIN = 1.3


@dataclass
class Hunt:
    """A search in progress.

    Attributes:
        goal: What to minimise.
        material: Rows to learn from and to judge by.
        clock: What may be spent.
        seed: Seed of everything random.
        on_progress: Told after each trial, and now and then within one.
        trials: What was tried.
        growths: The boosters, by id.
        interrupted: Whether it was stopped by hand.
    """

    goal: Goal
    material: Material
    clock: Clock
    seed: int
    on_progress: Callable[[ProgressEvent], None] | None
    trials: list[TrialRecord] = field(default_factory=list)
    growths: dict[str, Growth] = field(default_factory=dict)
    interrupted: bool = False

    def run(self) -> None:
        """Try the baseline, the portfolio and variants of the best until the budget is spent or nothing is gained.

        An interrupt by hand ends the search with what is done, once the baseline is.
        """
        datasets = self.material.datasets(self.goal)
        try:
            for setup in self._setups():
                if not self._affordable(setup):
                    break
                self._try(self._fitted(setup), datasets)
        except KeyboardInterrupt:
            if not self.trials:
                raise
            self.interrupted = True

    def _setups(self) -> Iterator[Setup]:
        known: dict[str, Setup] = {}
        for setup in chain([BASELINE], portfolio(self.material.train_labels.size)):
            known[setup.name] = setup
            yield setup
        ranked = sorted(self.trials, key=lambda trial: trial.loss)
        full = [trial.name for trial in ranked if known[trial.name].rounds >= BASELINE.rounds]
        yield from variants(
            [known[name] for name in full[:4] if name != BASELINE.name] or list(known.values()), self.seed
        )

    @property
    def _left(self) -> float:
        reserve = RESERVE_SHARE * (self.clock.cpu_seconds or 0.0)
        return self.clock.left - reserve

    def _affordable(self, setup: Setup) -> bool:
        if not self.trials:
            return True
        if self.clock.trials is not None:
            return len(self.trials) < self.clock.trials
        return not self._stale and self._left > 0 and self._forecast(faster(setup, HOPELESS)) < HOPELESS * self._left

    @property
    def _stale(self) -> bool:
        best = min(range(len(self.trials)), key=lambda number: self.trials[number].loss)
        return len(self.trials) - 1 - best >= STALE_TRIALS

    def _fitted(self, setup: Setup) -> Setup:
        """Raise the learning rate until the trial is forecast to fit."""
        if not self.trials or self.clock.cpu_seconds is None or setup.rounds < BASELINE.rounds:
            return setup
        room = min(self._left, TRIAL_SHARE * self.clock.cpu_seconds)
        return faster(setup, self._forecast(setup) / room)

    def _forecast(self, setup: Setup) -> float:
        """Forecast the CPU-seconds of a trial from those of the baseline."""
        baseline = self.trials[0]
        per_round = baseline.cpu_seconds / max(1, baseline.rounds)
        rate = float(setup.settings.get("learning_rate", DEFAULT_RATE))
        leaves = float(setup.settings.get("num_leaves", BASELINE_LEAVES))
        rounds = min(setup.rounds, ROUNDS_MARGIN * baseline.best_round * DEFAULT_RATE / rate + setup.patience)
        return float(per_round * rounds * (leaves / BASELINE_LEAVES) ** 0.5)

    def _try(self, setup: Setup, datasets: tuple[lgb.Dataset, lgb.Dataset]) -> None:
        before = self.clock.spent
        number = len(self.trials)
        seed = int(np.random.SeedSequence([self.seed, number]).generate_state(1)[0] >> 1)
        growth = start({**self.material.settings(self.goal), "seed": seed, **setup.settings}, datasets)
        labels = self.material.validation_labels
        grow(growth, self.goal, labels, setup.patience, self._may_go_on, setup.rounds)
        _thin(growth)
        booster = f"b{number:02d}"
        self.growths[booster] = growth
        value = self.goal.value(labels, growth.snapshots[growth.best_round])
        record = TrialRecord(
            booster=booster,
            name=setup.name,
            seed=seed,
            settings=setup.settings,
            rounds=growth.rounds,
            best_round=growth.best_round,
            loss=growth.best_loss,
            validation=value,
            cpu_seconds=round(self.clock.spent - before, 3),
        )
        self.trials.append(record)
        self._tell()

    def _may_go_on(self) -> bool:
        return self._left > 0

    def _tell(self) -> None:
        if self.on_progress is None:
            return
        best = min((trial.validation for trial in self.trials), key=self.goal.badness)
        counted = self.clock.trials is not None
        spent = float(len(self.trials)) if counted else self.clock.spent
        budget = float(self.clock.trials or self.clock.cpu_seconds or 0)
        self.on_progress(ProgressEvent(spent, budget, len(self.trials), best, self.goal.metric))


def library(growths: dict[str, Growth]) -> dict[str, NDArray[np.float64]]:
    """Give the predictions on validation of each booster at its best."""
    return {name: growth.snapshots[growth.best_round] for name, growth in growths.items()}


def _thin(growth: Growth) -> None:
    """Keep the predictions at the best round and near the shares of it that are offered too."""
    sizes = np.array(sorted(size for size in growth.snapshots if size <= growth.best_round))
    wanted = {int(sizes[np.abs(sizes - share * growth.best_round).argmin()]) for share in KEPT_SHARES}
    wanted.add(growth.best_round)
    growth.snapshots = {size: growth.snapshots[size] for size in sorted(wanted)}
