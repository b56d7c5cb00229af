"""What scenarios come to, as tables and in words: which candidate to take where nobody knows what will come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.decide.regret import regret
from workbench.decide.scenarios import SPLIT
from workbench.money import usd

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workbench.decide.regret import Regret
    from workbench.decide.scenarios import Outcome, WhatIf

_ALIKE_USD = 0.005
"""Dollars a month below which two choices cost the same to whoever pays."""
_AS_STATED = "as stated"
"""What `workbench.params.scenarios` calls the terms that nothing changes; kept apart so that no stage depends on it."""
_FEWEST = 2
_MUCH_LESS = 0.5


def best_of_each(found: WhatIf) -> pl.DataFrame:
    """Give one row for each scenario.

    Returns:
        `scenario`, `changes`, `probability`, `candidate`, `threshold`, `usd_per_month` and its parts, `runner_up`,
        `runner_up_more_usd` and `needs`: the least change of a limit where nothing keeps to the limits.
    """
    return pl.DataFrame([_row(outcome) for outcome in found.outcomes], schema=_SCENARIO)


def every_choice(found: WhatIf) -> pl.DataFrame:
    """Give one row for each scenario and candidate.

    Returns:
        `scenario`, `id`, `threshold`, `usd_per_month` and its parts, `regret_usd` (null beyond a limit, and where there
        is no regret at all) and `breaks`: the limits it is beyond, separated by commas.
    """
    parts = []
    for column, outcome in enumerate(found.outcomes):
        table, rows = outcome.weighed.table, range(len(found.ids))
        amounts = None if found.regret is None else found.regret.usd[:, column]
        parts.append(
            table.select(
                pl.lit(outcome.terms.name).alias("scenario"),
                "id",
                "threshold",
                "usd_per_month",
                *(pl.col(name).cast(pl.Float64) for name in SPLIT),
                pl.Series("regret_usd", amounts if amounts is not None else [None] * len(rows), pl.Float64),
                pl.Series("breaks", [", ".join(outcome.breaks(row)) for row in rows], pl.String),
            ).with_columns(pl.col("regret_usd").fill_nan(None))
        )
    return pl.concat(parts)


def one_for_all(found: WhatIf) -> pl.DataFrame:
    """Give one row for each candidate, the most robust first.

    Returns:
        `id`, `most_regret_usd` and the scenario it is felt `in_scenario`, `expected_regret_usd` (null without
        probabilities), `best_in`: in how many scenarios it is best, and `breaks`: which limit in which scenario.
        Without a row where there is no regret.
    """
    known = found.regret
    if known is None:
        return pl.DataFrame(schema=_CHOICE)
    best = [outcome.best for outcome in found.outcomes]
    rows = [
        (
            found.ids[row],
            float(known.most[row]) if np.isfinite(known.most[row]) else None,
            found.names[known.worst[row]] if np.isfinite(known.most[row]) and known.most[row] > 0 else None,
            float(known.expected[row]) if known.expected is not None and np.isfinite(known.expected[row]) else None,
            best.count(row),
            _broken(found, row),
        )
        for row in known.order
    ]
    return pl.DataFrame(rows, schema=_CHOICE, orient="row")


def advice(found: WhatIf) -> str:
    """Say which candidate to take for all scenarios, and what that may cost, in sentences for someone who signs."""
    return " ".join(sentence for sentence in _sentences(found) if sentence)


def _sentences(found: WhatIf) -> Iterator[str]:
    for outcome in found.outcomes:
        if outcome.infeasible:
            name = _where([outcome.terms.name])
            yield f"No candidate keeps to the limits {name}: {outcome.infeasible.sentence}"
    yield _best(found)
    if found.regret is None:
        yield (
            f"No error has a price (cost.error_usd) {_where(found.unpriced)}, so that dollars would favour the "
            "smallest model and regret says nothing."
        )
        return
    if found.regret.robust is None:
        yield "No candidate keeps to the limits in any scenario: there is nothing to choose from."
        return
    if len({outcome.best for outcome in found.outcomes}) > 1:
        yield _robust(found, found.regret, found.regret.robust)
        yield _blame(found, found.regret, found.regret.robust)
        yield _hedge(found, found.regret, found.regret.robust)
        yield _likely(found, found.regret)
    yield _kept(found)


def _best(found: WhatIf) -> str:
    """Say which candidate is best where."""
    where: dict[int, list[str]] = {}
    for outcome in found.outcomes:
        if outcome.best is not None:
            where.setdefault(outcome.best, []).append(outcome.terms.name)
    if not where:
        return ""
    if len(where) == 1 and len(found.names) > 1 and all(outcome.best is not None for outcome in found.outcomes):
        return f"{found.ids[next(iter(where))]} is best in every scenario: it is the choice for all of them."
    parts = [f"{found.ids[row]} {_where(names)}" for row, names in where.items()]
    return f"Best is {'; '.join(parts)}."


def _robust(found: WhatIf, known: Regret, row: int) -> str:
    name, most, where = found.ids[row], known.most[row], _where([found.names[known.worst[row]]])
    if most < _ALIKE_USD:
        says = "costs no more than the best"
    else:
        says = f"costs at most {usd(most)} a month more than the best ({where}), the least that any can promise"
    if not known.broken[row]:
        return f"{name} is the robust choice: whatever comes, it {says}{_kept_to(found)}."
    elsewhere = says.removesuffix(", the least that any can promise")
    fewest = f"{name} breaks fewest: {_broken(found, row)}"
    return f"No candidate keeps to the limits in every scenario. {fewest}. Elsewhere it {elsewhere}."


def _kept_to(found: WhatIf) -> str:
    if not any(outcome.weighed.ratios for outcome in found.outcomes):
        return ""
    where = "wherever any does" if any(outcome.infeasible for outcome in found.outcomes) else "everywhere"
    return f", and it keeps to the limits {where}"


def _blame(found: WhatIf, known: Regret, row: int) -> str:
    """Say which one scenario makes most of the regret: without it another choice would promise much less."""
    most, usd_, allowed = float(known.most[row]), found.usd, found.allowed
    if most < _ALIKE_USD or len(found.names) <= _FEWEST:
        return ""
    without = [regret(np.delete(usd_, at, 1), np.delete(allowed, at, 1)) for at in range(len(found.names))]
    firsts = [rest.order[0] for rest in without]
    pairs = zip(firsts, without, strict=True)
    left = [float(rest.most[new]) if new != row and not rest.broken[new] else np.inf for new, rest in pairs]
    at = int(np.argmin(left))
    if left[at] > most * _MUCH_LESS:
        return ""
    says = f"would cost at most {usd(left[at])}" if left[at] >= _ALIKE_USD else "would cost no more than the best"
    return f"Most of that is the price of {found.names[at]}: without it {found.ids[firsts[at]]} {says}."


def _hedge(found: WhatIf, known: Regret, row: int) -> str:
    """Say what being robust costs today, and what the best of today risks."""
    today = found.outcomes[0].best
    if today is None or today == row:
        return ""
    more = float(found.usd[row, 0] - found.usd[today, 0])
    if known.broken[today] > known.broken[row]:
        risk = f"would break {_broken(found, today)}"
    else:
        where = _where([found.names[known.worst[today]]])
        risk = f"could come to cost {usd(known.most[today])} more than the best ({where})"
    return f"As stated it costs {usd(max(more, 0.0))} a month more than {found.ids[today]}, which {risk}."


def _likely(found: WhatIf, known: Regret) -> str:
    row = known.likely
    if row is None or known.expected is None:
        return ""
    amount, name = float(known.expected[row]), found.ids[row]
    among = " of those that keep to the limits everywhere" if known.broken.any() and not known.broken[row] else ""
    least = f"By the stated probabilities {name} costs least on average{among}"
    said = f"{least}: {usd(amount)} a month above the best of each"
    if known.broken[row]:
        return f"{said}, where it keeps to the limits."
    return f"{said}, which is what knowing beforehand would be worth."


def _kept(found: WhatIf) -> str:
    """Say what holding on to the present decision risks, threshold and all."""
    kept, known = found.kept, found.regret
    if kept is None or known is None:
        return ""
    row = found.ids.index(kept.candidate)
    at = "" if kept.threshold is None else f" at {kept.threshold:.4g}"
    here = np.isfinite(known.usd[row])
    broken = _broken(found, row)
    tail = f" It breaks {broken}." if broken else ""
    if not here.any():
        return f"Keeping {kept.candidate}{at}, as decided, keeps to the limits nowhere."
    tuned = found.usd[row]
    more = np.where(here, known.usd[row] + np.array(found.kept_usd) - tuned, -np.inf)
    worst = int(np.argmax(more))
    back = found.kept_usd[worst] - tuned[worst]
    if more[worst] < _ALIKE_USD:
        return f"Keeping {kept.candidate}{at}, as decided, costs no more than the best.{tail}"
    said = f"Keeping {kept.candidate}{at}, as decided, costs at most {usd(float(more[worst]))} more than the best"
    moved = f"; moving its threshold alone wins back {usd(float(back))} of that" if back >= _ALIKE_USD else ""
    return f"{said} ({_where([found.names[worst]])}){moved}.{tail}"


def _broken(found: WhatIf, row: int) -> str:
    """Say which limits a candidate breaks in the scenarios where another keeps to all."""
    parts = [
        f"{' and '.join(outcome.breaks(row))} {_where([outcome.terms.name])}"
        for outcome in found.outcomes
        if outcome.best is not None and outcome.breaks(row)
    ]
    return _listed(parts)


def _where(names: Sequence[str]) -> str:
    """Say in which scenarios: `as stated and in launch`."""
    others = [name for name in names if name != _AS_STATED]
    stated = [_AS_STATED] if _AS_STATED in names else []
    return " and ".join([*stated, *([f"in {_listed(others)}"] if others else [])])


def _listed(parts: Sequence[str]) -> str:
    *first, last = parts or [""]
    return f"{', '.join(first)} and {last}" if first else last


def _row(outcome: Outcome) -> dict[str, object]:
    terms, weighed, best = outcome.terms, outcome.weighed, outcome.best
    row: dict[str, object] = dict.fromkeys(_SCENARIO)
    row |= {"scenario": terms.name, "changes": terms.words, "probability": terms.probability}
    if outcome.infeasible:
        row["needs"] = outcome.infeasible.sentence
    if best is None:
        return row
    known = weighed.table.row(best, named=True)
    row |= {name: known[name] for name in ("threshold", "usd_per_month", *SPLIT)} | {"candidate": known["id"]}
    if len(weighed.ranking) > 1:
        second = int(weighed.ranking[1])
        row |= {"runner_up": weighed.ids[second]}
        row |= {"runner_up_more_usd": weighed.usd_per_month(second) - weighed.usd_per_month(best)}
    return row


_DOLLARS = {name: pl.Float64() for name in ("usd_per_month", *SPLIT)}
_SCENARIO: dict[str, pl.DataType] = {
    "scenario": pl.String(),
    "changes": pl.String(),
    "probability": pl.Float64(),
    "candidate": pl.String(),
    "threshold": pl.Float64(),
    **_DOLLARS,
    "runner_up": pl.String(),
    "runner_up_more_usd": pl.Float64(),
    "needs": pl.String(),
}
_CHOICE: dict[str, pl.DataType] = {
    "id": pl.String(),
    "most_regret_usd": pl.Float64(),
    "in_scenario": pl.String(),
    "expected_regret_usd": pl.Float64(),
    "best_in": pl.Int64(),
    "breaks": pl.String(),
}
