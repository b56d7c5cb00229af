"""Tables of scenarios for people."""

from __future__ import annotations

import shutil
import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
import typer

from workbench.charts.labels import UNKNOWN, fixed, percent, shown, text, usd
from workbench.cli.advising import NARROWEST, WIDEST
from workbench.cli.tables import Heading, show_table
from workbench.cost import RUNNING
from workbench.decide import hedging

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from workbench.decide.scenarios import Outcome, WhatIf

MOST_CHOICES = 12


def show_whatif(found: WhatIf, notes: Sequence[str]) -> None:
    """Print a line for each scenario, the regret of the most robust candidates, and what to make of it."""
    rows = hedging.best_of_each(found)
    chances = ["probability"] if rows["probability"].null_count() < rows.height else []
    words = [
        "scenario",
        "what differs",
        *chances,
        "candidate",
        "threshold",
        "USD per month",
        "running",
        "errors",
        "next",
    ]
    numbers = {"probability", "threshold", "USD per month", "running", "errors"}
    headings = [Heading(word, number=word in numbers) for word in words]
    show_table("scenarios", headings, [_scenario(row, with_chance=bool(chances)) for row in rows.to_dicts()])
    if found.regret is not None:
        _show_regret(found)
    width = min(WIDEST, max(NARROWEST, shutil.get_terminal_size((WIDEST, 24)).columns))
    for sentence in (hedging.advice(found), *notes):
        typer.echo(textwrap.fill(sentence, width, break_long_words=False, break_on_hyphens=False))


def _scenario(row: Mapping[str, Any], *, with_chance: bool) -> list[str]:
    chance = [percent(row["probability"])] if with_chance else []
    head = [shown(row["scenario"]), shown(row["changes"], 120), *chance]
    if row["candidate"] is None:
        return [*head, "none", UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, ""]
    running = sum(float(row[name] or 0.0) for name in RUNNING)
    after = "" if row["runner_up"] is None else f"{shown(row['runner_up'])} +{usd(row['runner_up_more_usd'])}"
    at = UNKNOWN if row["threshold"] is None else fixed(row["threshold"])
    return [
        *head,
        text(row["candidate"]),
        at,
        usd(row["usd_per_month"]),
        usd(running),
        usd(row["usd_errors_per_month"]),
        after,
    ]


def _show_regret(found: WhatIf) -> None:
    known = found.regret
    if known is None:
        return
    order, best = known.order, {outcome.best for outcome in found.outcomes}
    drawn = [row for place, row in enumerate(order) if place < MOST_CHOICES or row in best]
    sums = {"most": known.most} | ({} if known.expected is None else {"expected": known.expected})
    headings = [Heading("candidate", number=False), *(Heading(shown(name)) for name in (*found.names, *sums))]
    rows = [
        [text(found.ids[row]), *_cells(found, known.usd[row], row), *(usd(values[row]) for values in sums.values())]
        for row in drawn
    ]
    left = len(found.ids) - len(rows)
    notes = ["USD per month above the best of the scenario; a name is a limit that is broken."]
    show_table(
        "regret of one candidate for all",
        headings,
        rows,
        notes + ([f"{left} more candidates are not shown."] if left else []),
    )


def _cells(found: WhatIf, amounts: NDArray[np.float64], row: int) -> list[str]:
    return [
        usd(amount) if np.isfinite(amount) else _beyond(outcome, row)
        for amount, outcome in zip(amounts, found.outcomes, strict=True)
    ]


def _beyond(outcome: Outcome, row: int) -> str:
    return UNKNOWN if outcome.best is None else ", ".join(outcome.breaks(row))
