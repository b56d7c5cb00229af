"""Turns boosters into candidates: singles, prefixes, bags and blends that no cheaper one beats."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import inf
from typing import TYPE_CHECKING

from workbench.train.blend import BLEND_SIZES, blend_weights, blended
from workbench.train.goal import CLIP
from workbench.train.grower import KEPT_SHARES
from workbench.train.hunt import Hunt, library
from workbench.train.plan import BASELINE_BOOSTER, CandidateRecord, MemberRecord, seat_name, trial_of
from workbench.train.portfolio import leaves_of
from workbench.train.running import CLEARLY, Field, Size, work_of
from workbench.train.validating import on_validation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from workbench.train.plan import CandidateKind

MOST_CANDIDATES = 40
"""More would take longer to measure and to read than their differences are worth."""


@dataclass(frozen=True)
class _Part:
    """One configuration in a candidate.

    Attributes:
        trial: The configuration.
        trees: Rounds of each of its boosters.
        weight: Its share of the prediction.
    """

    trial: str
    trees: int
    weight: float


@dataclass(frozen=True)
class _Rated:
    record: CandidateRecord
    work: float

    @property
    def size(self) -> Size:
        """What it is compared by."""
        return Size(self.work, self.record.loss)


def offer(hunt: Hunt) -> tuple[CandidateRecord, ...]:
    """Make candidates of what a search grew, best first.

    The baseline, the best single booster, bag and blends are always among them; every other one stays unless
    another does less work for a row at a clearly smaller loss. The loss decides, not the metric: it is
    proper and far less noisy than, say, average precision, by which the luckiest of many candidates would win.
    Of two with the same members one is enough: a blend of twelve from which four went is that of eight.
    Where too many are left, as on noise where all are alike, those that none beats at all come first.

    The order is by loss and metric on all judged rows. But the candidate of most boosters comes first unless another
    is clearly better, by more than the standard error of their difference: the best single one of many is partly lucky,
    a mean much less so (the rule of one standard error: Breiman et al., "Classification and Regression Trees", 1984).
    """
    every = (*_singles(hunt), *_bags(hunt), *_blends(hunt))
    records = list({record.members: record for record in every}.values())
    forced = {"baseline", *_bests(hunt, records)}
    leaves = {trial.booster: leaves_of(trial.settings) for trial in hunt.trials}
    rated = [_Rated(record, _work(record, leaves, len(hunt.jury.seats))) for record in records]
    field = Field(one.size for one in rated)
    kept = [one for one in rated if one.record.id in forced or not field.beats(one.size)]
    if len(kept) > MOST_CANDIDATES:
        best = _unbeaten(kept)
        kept.sort(key=lambda one: (one.record.id not in forced, one.record.id not in best, one.record.loss))
        kept = kept[:MOST_CANDIDATES]
    ranked = tuple(one.record for one in _ranked(kept, partial(_doubt, hunt)))
    hunt.offered = {record.id: hunt.offered[record.id] for record in ranked}
    return ranked


def _ranked(kept: list[_Rated], doubt: Callable[[CandidateRecord, CandidateRecord], float]) -> list[_Rated]:
    best = min(kept, key=lambda one: one.record.score).record
    averaged = [
        one
        for one in kept
        if (gap := one.record.score - best.score) <= CLEARLY * best.score or gap <= doubt(best, one.record)
    ]
    first = max(averaged, key=lambda one: (len(one.record.members), -one.record.score, one.record.id))
    rest = sorted(kept, key=lambda one: (one.record.score, -one.work, one.record.id))
    return [first, *(one for one in rest if one is not first)]


def _doubt(hunt: Hunt, best: CandidateRecord, other: CandidateRecord) -> float:
    """Give the standard error of the difference of two losses, as a share of the reference, as scores are."""
    goal, labels = hunt.bins.goal, hunt.jury.labels
    return goal.doubt(labels, _judged(hunt, best), _judged(hunt, other)) / max(hunt.reference[0], CLIP)


def _judged(hunt: Hunt, record: CandidateRecord) -> NDArray[np.float64]:
    snapshots = [hunt.snapshot(trial_of(member.booster), member.trees).judged for member in record.members]
    return blended(snapshots, [member.weight for member in record.members])


def _bests(hunt: Hunt, records: list[CandidateRecord]) -> Iterator[str]:
    """Name what is always offered: the best of each kind by loss, and the best blend by the metric."""
    for kind in ("single", "bag", "blend"):
        group = [record for record in records if record.kind == kind]
        if group:
            yield min(group, key=lambda one: (one.score, -len(one.members))).id
            yield min(group, key=lambda one: one.loss).id
    blends = [record for record in records if record.kind == "blend"]
    if blends:
        yield min(blends, key=lambda one: hunt.bins.goal.badness(one.validation)).id


def _singles(hunt: Hunt) -> Iterator[CandidateRecord]:
    for trial, grown in hunt.grown.items():
        for trees in grown.snapshots:
            whole = trees == grown.best_round
            name = "baseline" if trial == BASELINE_BOOSTER else trial
            kind: CandidateKind = "prefix" if not whole else "baseline" if name == "baseline" else "single"
            yield _record(hunt, name if whole else f"{name}-t{trees}", kind, [_Part(trial, trees, 1.0)])


def _bags(hunt: Hunt) -> Iterator[CandidateRecord]:
    if hunt.jury.bagging:
        for trial, grown in hunt.grown.items():
            yield _record(hunt, f"{trial}-bag", "bag", [_Part(trial, grown.best_round, 1.0)], bagged=True)


def _blends(hunt: Hunt) -> Iterator[CandidateRecord]:
    labels, every = hunt.jury.labels, library(hunt.grown)
    score = partial(hunt.bins.goal.score, reference=hunt.reference)
    ranked = sorted(every, key=lambda trial: (score(labels, every[trial]), trial))
    for size in dict.fromkeys(min(size, len(ranked)) for size in BLEND_SIZES if len(ranked) > 1):
        if size != min(BLEND_SIZES[0], len(ranked)) and hunt.clock.left <= 0:
            return
        weights = blend_weights(score, labels, {trial: every[trial] for trial in ranked[:size]}, hunt.seed)
        for share in (*KEPT_SHARES, 1.0):
            parts = [_Part(trial, hunt.grown[trial].nearest(share), weight) for trial, weight in weights.items()]
            name = f"blend-{size}" + ("" if share == 1.0 else f"-p{round(share * 100)}")
            yield _record(hunt, name, "blend", parts)
        if hunt.jury.bagging:
            parts = [_Part(trial, hunt.grown[trial].best_round, weight) for trial, weight in weights.items()]
            yield _record(hunt, f"blend-{size}-bags", "blend", parts, bagged=True)


def _record(hunt: Hunt, name: str, kind: CandidateKind, parts: list[_Part], *, bagged: bool = False) -> CandidateRecord:
    goal, jury = hunt.bins.goal, hunt.jury
    snapshots = [hunt.grown[part.trial].snapshots[part.trees] for part in parts]
    weights = [part.weight for part in parts]
    judged = blended([one.judged for one in snapshots], weights)
    loss, value = goal.loss(jury.labels, judged), goal.value(jury.labels, judged)
    members = tuple(_members(parts, len(jury.seats) if bagged else 1))
    hunt.offered[name] = on_validation(members, hunt.snapshot, jury)
    return CandidateRecord(
        id=name,
        kind=kind,
        members=members,
        loss=loss,
        score=goal.weighed(loss, value, hunt.reference),
        validation=goal.value(jury.validation_labels, hunt.offered[name]),
    )


def _members(parts: list[_Part], seats: int) -> Iterator[MemberRecord]:
    """List the boosters of each part: the one on all rows, or those of all seats in equal shares."""
    for part in parts:
        for seat in range(seats):
            yield MemberRecord(booster=seat_name(part.trial, seat), trees=part.trees, weight=part.weight / seats)


def _work(record: CandidateRecord, leaves: Mapping[str, int], seats: int) -> float:
    named = {seat_name(trial, seat): count for trial, count in leaves.items() for seat in range(seats)}
    return sum(work_of(member.trees, named[member.booster]) for member in record.members)


def _unbeaten(rated: list[_Rated]) -> set[str]:
    """Name the candidates with a smaller loss than every one that does no more work."""
    found: set[str] = set()
    least = inf
    for one in sorted(rated, key=lambda one: (one.work, one.record.loss)):
        if one.record.loss < least:
            least = one.record.loss
            found.add(one.record.id)
    return found
