"""The search itself: trial after trial while the budget lasts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from workbench.train.blend import BLEND_SIZES, offer_seconds
from workbench.train.distributed.choosing import ONE_PROCESS
from workbench.train.gain import gain_per_second
from workbench.train.grower import Begun
from workbench.train.packing import unpacked
from workbench.train.pairing import SHARE, clearly_better
from workbench.train.plan import BASELINE_BOOSTER, TrialRecord
from workbench.train.portfolio import (
    BASELINE,
    DEFAULT_LEAVES,
    DEFAULT_RATE,
    WITH_PAIRS,
    faster,
    leaves_of,
    rate_of,
)
from workbench.train.proposals import proposals
from workbench.train.refit import refit_seconds
from workbench.train.result import ProgressEvent
from workbench.train.running import Size, Standing, in_the_running, work_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from workbench.train.booster import Snapshot
    from workbench.train.clock import Clock
    from workbench.train.distributed.choosing import Engine
    from workbench.train.grower import Ground, Grower, Grown, Judges
    from workbench.train.pairing import Paired
    from workbench.train.portfolio import Setup

LEAST_RESERVE, MOST_RESERVE = 0.03, 0.12
"""Shares of the budget between which lies what is kept for blending and for writing the models down."""

TIMINGS = 3

TRIAL_SHARE = 0.25
"""Share of the budget that one trial should fit into; its learning rate is raised until it does."""

HOPELESS = 4.0
"""A trial forecast to need this many times what is left is not begun."""

STALE_TRIALS = 40
"""After this many trials in a row without a better one the rest of the budget is not spent."""

TICK = 0.001

LEADERS = 4
"""Boosters whose plain mean tells how far the search is."""

ROUNDS_MARGIN = 1.3
FORECAST_SECONDS = 60.0


@dataclass
class Hunt:
    """A search in progress.

    Attributes:
        bins: Rows to learn from and to judge by.
        jury: Who judges.
        grower: What grows the boosters.
        clock: What may be spent.
        seed: Seed of everything random.
        stop_below: Relative gain per dollar below which it stops.
        kept_share: Share of the budget that it leaves to the diagnosis.
        refit: Whether the best boosters will be grown again, for which it keeps time.
        on_progress: Told after each trial.
        engine: What grows the trials, and why that.
        paired: The rows with ratios and products beside the columns; None where no trial may see these.
        reserve: Seconds kept for the offer.
        promised: Seconds kept for growing the best boosters again.
        reference: Loss and metric of the baseline on the judged rows, to which scores are relative.
        begun: Trials that have begun.
        trials: What was tried.
        grown: What came of it, by booster; without trees where it can no longer be offered.
        standings: Where each trial stands.
        growing: Share of the seconds of each trial that its trees took.
        offered: Predictions of each candidate on the validation rows.
        stopped: Why it ended.
        interrupted: Whether it was stopped by hand.
    """

    bins: Ground
    jury: Judges
    grower: Grower
    clock: Clock
    seed: int
    stop_below: float = 0.0
    kept_share: float = 0.0
    refit: bool = False
    on_progress: Callable[[ProgressEvent], None] | None = None
    engine: Engine = ONE_PROCESS
    paired: Paired | None = None
    reserve: float = 0.0
    promised: float = 0.0
    reference: tuple[float, float] = (1.0, 1.0)
    begun: int = 0
    trials: list[TrialRecord] = field(default_factory=list)
    grown: dict[str, Grown] = field(default_factory=dict)
    standings: list[Standing] = field(default_factory=list)
    growing: dict[str, float] = field(default_factory=dict)
    offered: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    stopped: str = ""
    interrupted: bool = False

    def run(self) -> None:
        """Try the baseline, the portfolio and variants of the best until the budget is spent or nothing is gained.

        An interrupt by hand ends the search with what is done, once the baseline is.
        """
        try:
            self._search()
        except KeyboardInterrupt:
            if not self.trials:
                raise
            self.interrupt()

    def interrupt(self) -> None:
        """Note that somebody wanted an end."""
        self.interrupted, self.stopped = True, "interrupted by hand; the best so far is kept"

    def proof(self) -> str:
        """Say who grew the trials, and what was survived; nothing where one process did."""
        return ""

    def _search(self) -> None:
        for setup in proposals(self.bins, self.seed, self.trials, self):
            self.stopped = self._reason_to_stop(setup)
            if self.stopped:
                break
            fitted = self.grower.growable(self._fitted(setup))
            if not any((trial.settings, trial.pairs) == (fitted.settings, fitted.pairs) for trial in self.trials):
                self._try(self._begin(fitted))

    def choose_pairs(self) -> int:
        """Choose ratios and products by the baseline, and count them; none where trying them would cost too much."""
        if self.paired is None or self._left <= 0:
            return 0
        counted = self.clock.unit == "trials"
        dearer = inf if counted else SHARE * self.clock.limit / max(self.trials[0].seconds, TICK)
        return self.paired.choose(unpacked(self.grown[BASELINE_BOOSTER].texts[0]), dearer)

    def pairs_help(self) -> bool | None:
        """Say whether LightGBM's defaults do better with pairs; None where that is within its standard error."""
        plain, seeing = (self.grown[trial.booster].best.judged for trial in self.trials[:2])
        helped = clearly_better(self.bins.goal, self.jury.labels, seeing, than=plain)
        if helped is False and self.paired:
            self.paired.let_go()
        return helped

    @property
    def _left(self) -> float:
        return self.clock.left - self.reserve - self.promised - self.kept_share * self.clock.limit

    def _reason_to_stop(self, setup: Setup) -> str:
        if not self.trials:
            return ""
        return self._spent_out(setup) or self._worthless()

    def _spent_out(self, setup: Setup) -> str:
        if self.clock.unit == "trials":
            return "" if self.begun < self.clock.limit else "the budget of trials is spent"
        if self._left <= 0:
            return "the budget is spent"
        if self._forecast(faster(setup, HOPELESS)) >= HOPELESS * self._left:
            return "what is left of the budget is too little for another trial"
        return ""

    def _worthless(self) -> str:
        if self.clock.unit != "trials" and self._stale:
            return f"the last {STALE_TRIALS} trials brought nothing better"
        gain_per_usd = self._gain_per_second / self.clock.usd_per_cpu_second if self.clock.usd_per_cpu_second else inf
        if gain_per_usd < self.stop_below:
            return f"a dollar more would buy a gain of {gain_per_usd:.2g}, less than stop_below"
        return ""

    @property
    def _stale(self) -> bool:
        best = min(range(len(self.trials)), key=lambda number: self.trials[number].loss)
        return len(self.trials) - 1 - best >= STALE_TRIALS

    @property
    def _gain_per_second(self) -> float:
        """Give the relative fall of the loss that another CPU-second would buy; infinite while that is not known."""
        spent = np.cumsum([trial.cpu_seconds for trial in self.trials])
        return gain_per_second(spent, [trial.leaders_loss for trial in self.trials])

    def _fitted(self, setup: Setup) -> Setup:
        """Raise the learning rate until the trial is forecast to fit."""
        if not self.trials or self.clock.unit == "trials" or setup.rounds < BASELINE.rounds:
            return setup
        room = min(self._left / (2 if self.refit else 1), TRIAL_SHARE * self.clock.limit)
        return faster(setup, self._forecast(setup) / room)

    def _forecast(self, setup: Setup) -> float:
        """Forecast the seconds of a trial from those of the defaults on the same inputs."""
        alike = [trial for trial in self.trials if trial.name == WITH_PAIRS.name] if setup.pairs else []
        baseline = (alike or self.trials)[0]
        per_round = baseline.seconds / max(1, baseline.rounds)
        rate = rate_of(setup.settings)
        leaves = leaves_of(setup.settings)
        rounds = min(setup.rounds, ROUNDS_MARGIN * baseline.best_round * DEFAULT_RATE / rate + setup.patience)
        return float(per_round * rounds * (leaves / DEFAULT_LEAVES) ** 0.5)

    def _try(self, begun: Begun) -> None:
        if begun.setup.pairs and self.paired:
            self.paired.seat()  # which is no part of what the trial takes
        before, cpu_before = self.clock.spent, self.clock.spent_cpu_seconds
        grown = self.grower.grow(begun.setup, begun.seed, lambda: self._left)
        self._record(begun, grown, lambda: (self.clock.spent - before, self.clock.spent_cpu_seconds - cpu_before))

    def _begin(self, setup: Setup) -> Begun:
        number, self.begun = self.begun, self.begun + 1
        seed = int(np.random.SeedSequence([self.seed, number]).generate_state(1)[0] >> 1)
        return Begun(number, setup, seed)

    def _record(self, begun: Begun, grown: Grown, took: Callable[[], tuple[float, float]]) -> None:
        """Write a trial down that has ended.

        Args:
            begun: What was tried.
            grown: What came of it.
            took: Tells the seconds that it took, of the kind that is counted, and the CPU-seconds.
        """
        goal, booster = self.bins.goal, f"b{begun.number:02d}"
        self.grown[booster] = grown
        best = grown.best.judged
        leaders = self._leaders(best)
        labels = self.jury.validation_labels
        validation = goal.value(labels, self.jury.on_validation(best))
        leaders_loss = goal.loss(self.jury.labels, leaders)
        leaders_validation = goal.value(labels, self.jury.on_validation(leaders))
        seconds, cpu_seconds = took()
        record = TrialRecord(
            booster=booster,
            name=begun.setup.name,
            seed=begun.seed,
            settings=begun.setup.settings,
            pairs=begun.setup.pairs,
            rounds=grown.rounds,
            best_round=grown.best_round,
            segment_rounds=grown.segment_rounds,
            loss=grown.loss,
            validation=validation,
            leaders_loss=leaders_loss,
            leaders_validation=leaders_validation,
            seconds=round(seconds, 3),
            cpu_seconds=round(cpu_seconds, 3),
        )
        self.trials.append(record)
        if len(self.trials) == 1:
            self._measure(best)
        self._rank(record, grown)
        if self.refit:
            self.growing[booster] = min(1.0, grown.growing_seconds / max(record.cpu_seconds, TICK))
            self.promised = refit_seconds(self.trials, self.growing, self.bins.material)
        self._tell()

    def _rank(self, trial: TrialRecord, grown: Grown) -> None:
        """Note where a trial stands, and let go of the trees of those that can no longer be offered."""
        goal, labels, leaves = self.bins.goal, self.jury.labels, leaves_of(trial.settings)
        sizes = [Size(work_of(trees, leaves), goal.loss(labels, one.judged)) for trees, one in grown.snapshots.items()]
        score = goal.score(labels, grown.best.judged, self.reference)
        self.standings.append(Standing(trial.booster, score, tuple(sizes)))
        running = in_the_running(self.standings, max(BLEND_SIZES))
        for booster in self.grown.keys() - running - {BASELINE_BOOSTER}:
            out = self.grown[booster]
            self.grown[booster] = replace(out, texts=(), snapshots={out.best_round: out.best})

    def snapshot(self, trial: str, trees: int) -> Snapshot:
        """Give the predictions of a trial at one of its kept sizes."""
        return self.grown[trial].snapshots[trees]

    def _measure(self, predictions: NDArray[np.float64]) -> None:
        """Take the baseline as the reference, and learn from how long that takes what the offer will."""
        goal, labels = self.bins.goal, self.jury.labels
        before = self.clock.spent
        self.reference = goal.loss(labels, predictions), goal.value(labels, predictions)
        for _ in range(TIMINGS):
            goal.score(labels, predictions, self.reference)
        one = (self.clock.spent - before) / TIMINGS
        if self.clock.unit != "trials":
            shares = np.array([LEAST_RESERVE, MOST_RESERVE]) * self.clock.limit
            self.reserve = float(np.clip(offer_seconds(one, labels.size), *shares))

    def _leaders(self, newest: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the plain mean of the best boosters so far: about what a blend would predict."""
        ranked = sorted(self.trials, key=lambda trial: trial.loss)[: LEADERS - 1]
        return np.asarray(np.mean([newest, *(self.grown[one.booster].best.judged for one in ranked)], axis=0))

    def _tell(self) -> None:
        if self.on_progress is None:
            return
        counted = self.clock.unit == "trials"
        best = min((trial.leaders_validation for trial in self.trials), key=self.bins.goal.badness)
        self.on_progress(
            ProgressEvent(
                spent=float(len(self.trials)) if counted else self.clock.spent,
                budget=self.clock.limit,
                unit=self.clock.unit,
                trials=len(self.trials),
                best=best,
                metric=self.bins.goal.metric,
                gain_of_a_minute=self._gain_per_second * FORECAST_SECONDS,
            )
        )


def library(grown: dict[str, Grown]) -> dict[str, NDArray[np.float64]]:
    """Give the predictions on the judged rows of each trial at its best."""
    return {name: one.best.judged for name, one in grown.items()}
