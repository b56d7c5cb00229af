"""What else could have been chosen, for the record of a decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from workbench.widgets.applying import MOST_ALTERNATIVES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.decide import Decision

_SHOWN = ("candidate", "threshold", "usd_per_month", "usd_more_per_month", "within_limits")


def alternatives_of(decision: Decision) -> tuple[Mapping[str, float | str | None], ...]:
    """Give the candidates that cost least beside the one chosen, those within the limits first.

    Each with its threshold, its dollars a month, and how many more these are than those of the choice.
    """
    others = (
        decision.table.filter(pl.col("id") != decision.candidate)
        .sort(~pl.col("within_limits"), "usd_per_month", maintain_order=True, nulls_last=True)
        .head(MOST_ALTERNATIVES)
        .with_columns(candidate="id", usd_more_per_month=pl.col("usd_per_month") - decision.usd_per_month)
    )
    return tuple(others.select(_SHOWN).iter_rows(named=True))
