"""Every subject looked at, and its advice in order of the dollars it saves."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, get_args

from workbench.cost.advice.batching import batch
from workbench.cost.advice.commitment import commitment
from workbench.cost.advice.compression import compression
from workbench.cost.advice.finding import Advice, Gap, Settled
from workbench.cost.advice.places import region
from workbench.cost.advice.repeats import cache
from workbench.cost.advice.retraining import retrain_less
from workbench.cost.advice.rightsizing import right_size
from workbench.cost.advice.serverless import serverless
from workbench.cost.advice.simpler import fewer_features, smaller_model
from workbench.cost.advice.spot import spot
from workbench.cost.advice.tiers import storage_tier
from workbench.cost.advice.workers import workers
from workbench.errors import UsageError, nearest
from workbench.params.advise import Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from workbench.cost.advice.finding import Finding
    from workbench.cost.advice.situation import Situation

SUBJECTS: Mapping[Subject, Callable[[Situation], Iterator[Finding]]] = {
    "right_size": right_size,
    "spot": spot,
    "commitment": commitment,
    "serverless": serverless,
    "storage_tier": storage_tier,
    "compression": compression,
    "smaller_model": smaller_model,
    "fewer_features": fewer_features,
    "batch": batch,
    "retrain_less": retrain_less,
    "cache": cache,
    "region": region,
    "workers": workers,
}
KEYS: tuple[Subject, ...] = get_args(Subject)


@dataclass(frozen=True)
class Advised:
    """What there is to say.

    Attributes:
        advice: Actions, the one that saves most first.
        too_small: Actions that save less than `least_usd_per_month`.
        settled: Subjects that offer nothing.
        gaps: Subjects about which too little is known.
        off: Subjects that were not looked at.
        least_usd_per_month: What an action has to save.
        notes: Prices that are stale.
    """

    advice: tuple[Advice, ...]
    too_small: tuple[Advice, ...]
    settled: tuple[Settled, ...]
    gaps: tuple[Gap, ...]
    off: tuple[Subject, ...]
    least_usd_per_month: float
    notes: tuple[str, ...] = ()

    @property
    def at_most_usd_per_month(self) -> float:
        """The best action on each bill: what can be had together, since two on one bill exclude each other."""
        best: dict[str, float] = {}
        for item in self.advice:
            best[item.bill] = max(best.get(item.bill, 0.0), item.usd_per_month)
        return sum(best.values())

    def to_json(self) -> dict[str, Any]:
        """Give it as plain values."""
        return {
            "advice": [{"rank": rank, **asdict(item)} for rank, item in enumerate(self.advice, start=1)],
            "at_most_usd_per_month": self.at_most_usd_per_month,
            "least_usd_per_month": self.least_usd_per_month,
            "too_small": [asdict(item) for item in self.too_small],
            "nothing_to_gain": [asdict(item) for item in self.settled],
            "not_enough_evidence": [asdict(item) for item in self.gaps],
            "off": list(self.off),
            "notes": list(self.notes),
        }


def checked_keys(names: Iterable[str]) -> tuple[Subject, ...]:
    """Let names through only if they are subjects.

    Raises:
        UsageError: One is none; names the nearest.
    """
    for name in names:
        if name not in KEYS:
            raise UsageError(
                f"there is no advice called {name!r}", expected=f"one of {', '.join(KEYS)}", hint=nearest(name, KEYS)
            )
    return tuple(key for key in KEYS if key in set(names))


def advise(situation: Situation, off: Collection[Subject] = ()) -> Advised:
    """Look at every subject that is not turned off.

    Args:
        situation: What is known.
        off: Subjects to leave alone, besides those of `advise.off`.

    Raises:
        PriceError: The machine of the parameters has no known price.
    """
    params = situation.advise
    silent = tuple(key for key in KEYS if key in {*off, *params.off})
    found = [finding for key, look in SUBJECTS.items() if key not in silent for finding in look(situation)]
    actions = sorted(
        (item for item in found if isinstance(item, Advice)), key=lambda item: (-item.usd_per_month, item.key)
    )
    return Advised(
        tuple(item for item in actions if item.usd_per_month >= params.least_usd_per_month),
        tuple(item for item in actions if item.usd_per_month < params.least_usd_per_month),
        tuple(item for item in found if isinstance(item, Settled)),
        tuple(item for item in found if isinstance(item, Gap)),
        silent,
        params.least_usd_per_month,
        _stale(situation),
    )


def _stale(situation: Situation) -> tuple[str, ...]:
    """Warn of old prices among those that advice rests on."""
    book, instance, today = situation.book, situation.cost.instance, situation.now.date()
    asked = [kind for kind in book.purchases(instance) if kind != "serverless"]
    warnings = [book.usd_per_hour(instance, kind).warning(today) for kind in asked]
    band = book.interruption(instance)
    warnings += [band.warning(today)] if band else []
    return tuple(warning for warning in warnings if warning)
