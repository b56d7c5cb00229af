"""A cheaper candidate that is not shown to be worse, and features that the model never looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from workbench.cost.advice.finding import Advice, Gap, Settled
from workbench.cost.advice.serving import NEEDS_CANDIDATES, profiles, served
from workbench.cost.advice.tiers import object_classes, present_class
from workbench.cost.advice.usage import stage_usd_per_hour, stage_uses
from workbench.cost.advice.wording import count, share, size
from workbench.cost.month import price_candidates
from workbench.cost.month import running_usd as month_running_usd
from workbench.cost.upkeep import BYTES_PER_GB
from workbench.money import usd

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from workbench.cost.advice.finding import Finding
    from workbench.cost.advice.situation import Situation, Unused

_SHOWN = 6


def smaller_model(situation: Situation) -> Iterator[Finding]:
    """Find the cheapest candidate whose interval on validation overlaps that of the best."""
    if served(situation) is None:
        yield Gap("smaller_model", NEEDS_CANDIDATES)
        return
    judged = situation.quality.filter(split="validation", metric=situation.metric or "").drop_nulls()
    if judged.is_empty() or situation.chosen not in judged["id"]:
        yield Gap("smaller_model", "metrics with intervals on validation: run the stage evaluate")
        return
    usd_of, errors = running_usd(situation), errors_usd(situation)
    equal = as_good_as_best(judged, lower_is_better=situation.lower_is_better)
    known = [name for name in equal if name in usd_of]
    cheapest = min(known, key=lambda name: (usd_of[name] + errors[name], name != situation.chosen), default="")
    if cheapest in {"", situation.chosen}:
        reason = f"none of the {count(len(equal), 'candidate')} that validation does not tell from the best"
        yield Settled("smaller_model", f"{reason} costs less than {situation.chosen}, errors included")
        return
    yield _cheaper(situation, judged, cheapest, len(equal))


def as_good_as_best(judged: pl.DataFrame, *, lower_is_better: bool) -> tuple[str, ...]:
    """List the candidates whose interval overlaps that of the best, the best included.

    Args:
        judged: `id`, `value`, `low` and `high` of one metric on one split.
        lower_is_better: Whether less of it is better.
    """
    ordered = judged.sort("value", "id", descending=[not lower_is_better, False])
    best = ordered.row(0, named=True)
    overlaps = pl.col("low") <= best["high"] if lower_is_better else pl.col("high") >= best["low"]
    return tuple(ordered.filter(overlaps)["id"])


def running_usd(situation: Situation) -> dict[str, float]:
    """Give what each candidate costs in a month without errors, whatever it was priced for before."""
    priced = price_candidates(profiles(situation), situation.cost, situation.book, situation.latency_p99_limit_ms)
    return dict(zip(priced["id"], month_running_usd(priced), strict=True))


def errors_usd(situation: Situation) -> dict[str, float]:
    """Give what the errors of each candidate cost in a month; 0 while none has a price."""
    table = situation.candidates
    errors = table["usd_errors_per_month"].fill_null(0.0) if "usd_errors_per_month" in table.columns else 0.0
    return dict(table.select("id", pl.lit(errors)).iter_rows())


def _cheaper(situation: Situation, judged: pl.DataFrame, cheapest: str, equals: int) -> Finding:
    chosen, usd_of, errors = str(situation.chosen), running_usd(situation), errors_usd(situation)
    rows = {row["id"]: row for row in situation.candidates.iter_rows(named=True)}
    value = {row["id"]: row for row in judged.iter_rows(named=True)}
    dearer = errors[cheapest] - errors[chosen]
    saved = usd_of[chosen] - usd_of[cheapest] - dearer
    now, then = value[chosen], value[cheapest]
    evidence = (
        f"{situation.metric} on validation {then['value']:.4f} ({then['low']:.4f} to {then['high']:.4f}) against "
        f"{now['value']:.4f} ({now['low']:.4f} to {now['high']:.4f}); serving and training {usd(usd_of[cheapest])} "
        f"instead of {usd(usd_of[chosen])} a month{_trees(rows, cheapest, chosen)}; "
        f"{count(equals, 'candidate')} overlap with the best"
    )
    if dearer:
        evidence += f"; errors {usd(abs(dearer))} {'more' if dearer > 0 else 'less'}"
    return Advice(
        "smaller_model",
        f"Serve {cheapest} instead of {chosen}.",
        saved,
        f"{evidence}.",
        (
            "overlapping intervals mean that validation does not tell the two apart",
            "the rows to come are like those of validation",
        ),
        f"it may be worse after all: `workbench compare {cheapest} {chosen}` tells how many rows would decide",
        "serving",
    )


def _trees(rows: Mapping[str, Mapping[str, float | None]], one: str, other: str) -> str:
    trees = rows[one].get("trees"), rows[other].get("trees")
    return f"; {trees[0]:,} trees instead of {trees[1]:,}" if trees[0] is not None and trees[1] is not None else ""


def fewer_features(situation: Situation) -> Iterator[Finding]:
    """Look for features that no tree of the chosen model splits on: they are read, kept and trained on for nothing."""
    unused = situation.unused
    if unused is None:
        yield Gap("fewer_features", "a trained model: run the stage train")
        return
    if not unused.names:
        yield Settled("fewer_features", f"{situation.chosen} uses all of its {unused.features} features")
        return
    yield _without(situation, unused)


def _without(situation: Situation, unused: Unused) -> Advice:
    classes = object_classes(situation)
    present = present_class(situation, classes)
    space = unused.bytes / BYTES_PER_GB * classes[present].usd_per_gb_month if present else 0.0
    part = len(unused.names) / unused.features
    hours = sum(use.hours_per_month for use in stage_uses(situation) if use.stage == "train")
    training = part * hours * stage_usd_per_hour(situation)
    shown = ", ".join(unused.names[:_SHOWN]) + (", …" if len(unused.names) > _SHOWN else "")
    return Advice(
        "fewer_features",
        f"Leave out {count(len(unused.names), 'feature')} (ingest.exclude): {shown}.",
        space + training,
        f"no tree of {situation.chosen} splits on them: {share(part)} of its features, {size(unused.bytes)} of the "
        "tables.",
        (
            "the time of training grows with the number of features",
            "what the model does not look at today it will not miss tomorrow",
        ),
        "a source joined only for them may be left out too, but a later table may need them again",
        "stages",
        0.0,
        space + training,
    )
