"""Turns boosters into candidates: singles, prefixes and blends that no cheaper one beats."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import inf, log2
from typing import TYPE_CHECKING

from workbench.train.blend import blend_weights, blended
from workbench.train.hunt import KEPT_SHARES, Hunt, library
from workbench.train.plan import CandidateRecord, MemberRecord

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from workbench.train.plan import TrialRecord

BLEND_SIZES = (2, 4, 8)
BASELINE_BOOSTER = "b00"

CLEARLY = 0.002
"""A share of the loss; a smaller difference on validation is taken for noise."""

MOST_CANDIDATES = 40
"""More would take longer to measure and to read than their differences are worth."""


@dataclass(frozen=True)
class _Rated:
    record: CandidateRecord
    work: float
    badness: float


def offer(hunt: Hunt) -> tuple[CandidateRecord, ...]:
    """Make candidates of what a search grew, best first.

    The baseline, the best single booster and the best blends are always among them; every other one stays unless
    another does less work for a row at a clearly smaller loss on validation. The loss decides, not the metric: it is
    proper and far less noisy than, say, average precision, by which the luckiest of many candidates would win.
    Where too many are left, as on noise where all are alike, those that none beats at all come first.
    """
    records = [*_singles(hunt), *_blends(hunt)]
    singles = [record for record in records if record.kind == "single"]
    blends = [record for record in records if record.kind == "blend"]
    forced = {"baseline", *(min(group, key=lambda one: one.loss).id for group in (singles, blends) if group)}
    forced |= {min(blends, key=lambda one: hunt.goal.badness(one.validation)).id} if blends else set()
    leaves = {trial.booster: _leaves(trial) for trial in hunt.trials}
    rated = [_Rated(record, _work(record, leaves), hunt.goal.badness(record.validation)) for record in records]
    kept = [one for one in rated if one.record.id in forced or not _beaten(one, rated)]
    if len(kept) > MOST_CANDIDATES:
        best = _unbeaten(kept)
        kept.sort(key=lambda one: (one.record.id not in forced, one.record.id not in best, one.record.loss))
        kept = kept[:MOST_CANDIDATES]
    return tuple(one.record for one in sorted(kept, key=lambda one: (one.badness, one.work, one.record.id)))


def _singles(hunt: Hunt) -> Iterator[CandidateRecord]:
    for booster, growth in hunt.growths.items():
        for trees in growth.snapshots:
            whole = trees == growth.best_round
            if booster == BASELINE_BOOSTER:
                name = "baseline" if whole else f"baseline-t{trees}"
            else:
                name = booster if whole else f"{booster}-t{trees}"
            kind = "prefix" if not whole else "baseline" if booster == BASELINE_BOOSTER else "single"
            yield _record(hunt, name, kind, {booster: (trees, 1.0)})


def _blends(hunt: Hunt) -> Iterator[CandidateRecord]:
    labels, every = hunt.material.validation_labels, library(hunt.growths)
    baseline = hunt.trials[0]
    score = partial(hunt.goal.score, reference=(baseline.loss, baseline.validation))
    ranked = sorted(every, key=lambda booster: (score(labels, every[booster]), booster))
    for size in sorted({min(size, len(ranked)) for size in BLEND_SIZES} - {1}):
        weights = blend_weights(score, labels, {booster: every[booster] for booster in ranked[:size]}, hunt.seed)
        for share in (*KEPT_SHARES, 1.0):
            members = {booster: (_cut(hunt, booster, share), weight) for booster, weight in weights.items()}
            name = f"blend-{size}" + ("" if share == 1.0 else f"-p{round(share * 100)}")
            yield _record(hunt, name, "blend", members)


def _cut(hunt: Hunt, booster: str, share: float) -> int:
    growth = hunt.growths[booster]
    return min(growth.snapshots, key=lambda size: abs(size - share * growth.best_round))


def _record(hunt: Hunt, name: str, kind: str, members: Mapping[str, tuple[int, float]]) -> CandidateRecord:
    predictions = [hunt.growths[booster].snapshots[trees] for booster, (trees, _) in members.items()]
    prediction = blended(predictions, [weight for _, weight in members.values()])
    labels = hunt.material.validation_labels
    return CandidateRecord.model_validate(
        {
            "id": name,
            "kind": kind,
            "members": [
                MemberRecord(booster=booster, trees=trees, weight=weight)
                for booster, (trees, weight) in members.items()
            ],
            "loss": hunt.goal.loss(labels, prediction),
            "validation": hunt.goal.value(labels, prediction),
        }
    )


def _work(record: CandidateRecord, leaves: Mapping[str, int]) -> float:
    """Count the nodes that a row passes, about: trees times their depth."""
    return sum(member.trees * log2(leaves[member.booster] + 1) for member in record.members)


def _leaves(trial: TrialRecord) -> int:
    return int(trial.settings.get("num_leaves", 31))


def _beaten(one: _Rated, rated: list[_Rated]) -> bool:
    return any(other.work < one.work and other.record.loss <= one.record.loss * (1 - CLEARLY) for other in rated)


def _unbeaten(rated: list[_Rated]) -> set[str]:
    """Name the candidates with a smaller loss than every one that does no more work."""
    found: set[str] = set()
    least = inf
    for one in sorted(rated, key=lambda one: (one.work, one.record.loss)):
        if one.record.loss < least:
            least = one.record.loss
            found.add(one.record.id)
    return found
