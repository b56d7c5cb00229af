"""The verdict in plain words, and what its interval and its power curve are not to be trusted with."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.evaluate.comparison import Comparison

FEW_FOR_POWER = 500
"""Rows of the rarer class below which simulated verdicts were rarer than the curve promises."""
_HOPEFUL = {"average_precision": "average precision", "usd_per_month": "dollars"}


def in_words(found: Comparison) -> str:
    """Say what a comparison found: better, worse, no difference worth acting on, or not enough evidence.

    Example:
        >>> from workbench.evaluate.comparison import Comparison
        >>> in_words(Comparison("mae", 0.1, -0.1, 0.3, "undecided", 400, rows=100))
        'not enough evidence: about 300 more rows would decide if the difference is as it looks'
    """
    if found.too_few:
        return f"not enough evidence: {found.too_few}{_more(found)}"
    if found.in_practice == "equivalent":
        sure = f"{found.verdict}, but " if found.verdict != "undecided" else ""
        return f"{sure}equivalent in practice: any difference is smaller than what is worthwhile"
    if found.verdict == "undecided":
        return f"not enough evidence{_needed(found)}"
    if not found.worthwhile or found.in_practice == found.verdict:
        return f"{found.verdict}, by a worthwhile difference" if found.worthwhile else found.verdict
    return f"{found.verdict}, though perhaps by less than what is worthwhile"


def bounds_in_words(found: Comparison) -> str:
    """Say why the ends are careful bounds, not an interval; empty where they are not."""
    if found.coverage is None or not found.coverage.why_careful:
        return ""
    return (
        f"{found.coverage.why_careful} no interval holds exactly {found.coverage.level:.0%} of truths: "
        "these are careful bounds, which hold at least so many and are mostly wider"
    )


def power_in_words(found: Comparison) -> str:
    """Say where the power curve promises too much; empty where it does not.

    By how much depends on how the scores of the two models differ, so that no correction by the rows alone holds:
    where less than half was promised, differences of simulated models were found 0.4 to 1.0 times as often with 20 rows
    of the rarer class, 0.5 to 1.4 times with 100, and 0.8 to 1.1 times with 500; four in five held to 5 points. Dollars
    of differences that were promised 11 % with 20 such rows were found 4 to 6 % of the time.
    """
    if found.metric not in _HOPEFUL or not 0 < found.rare < FEW_FOR_POWER:
        return ""
    return (
        f"with {found.rare} rows of the rarer class, chances below one half may be too hopeful for "
        f"{_HOPEFUL[found.metric]}, in simulations by up to twice; those near four in five held"
    )


def _needed(found: Comparison) -> str:
    if found.rows_to_decide is None:
        return ": these rows show no difference at all" if not found.difference else ""
    more = found.rows_to_decide - found.rows
    return f": about {more:,} more rows would decide if the difference is as it looks"


def _more(found: Comparison) -> str:
    more = (found.rows_to_decide or found.rows) - found.rows
    return f"; at least {more:,} more rows are needed" if more > 0 else ""
