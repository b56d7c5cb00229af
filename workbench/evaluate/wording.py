"""The verdict in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.evaluate.comparison import Comparison


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


def _needed(found: Comparison) -> str:
    if found.rows_to_decide is None:
        return ": these rows show no difference at all" if not found.difference else ""
    more = found.rows_to_decide - found.rows
    return f": about {more:,} more rows would decide if the difference is as it looks"


def _more(found: Comparison) -> str:
    more = (found.rows_to_decide or found.rows) - found.rows
    return f"; at least {more:,} more rows are needed" if more > 0 else ""
