"""Within which values of each assumption the choice stays, and where another candidate takes over.

The rules of `ranges`, exactly. For every assumption of `assumptions`, all else as stated:

1. The value is multiplied by the fourth root of 2 until the candidate recommended is another one (or none, where
   nothing keeps to the limits), forty times at most: up to 1,024 times what is stated. In the same way it is divided.
   Whole numbers are rounded down, move by 1 at least, and go down to 1; `prices` starts at 1.
2. Between the last value with the same choice and the first with another one, the middle is taken (the root of the
   product; for whole numbers half of the sum, rounded down), and whichever end it is like moves there: thirty times, or
   until whole numbers are neighbours.
3. The end of the range is the last value with the same choice; what is recommended just beyond is named.

A change of the choice and back between two steps is not seen. `break_even` looks at two candidates only. There the
values of traffic, of the price of an error and of retraining come from the straight pieces of both bills
(`workbench.cost.billing.breakeven`), exactly and with nothing overlooked; the others follow the rules above.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.cost.billing.offers import Offer
from workbench.cost.billing.payback import break_evens
from workbench.cost.erring import priced_errors
from workbench.cost.month import month_of, work_of
from workbench.decide.assumptions import Assumption, assumptions, moved
from workbench.decide.sensitivity import NOTHING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.cost.billing.payback import BreakEven
    from workbench.decide.sensitivity import Ground

STEP = 2**0.25
STEPS = 40
_HALVINGS = 30
_MEASURED = ("cost.traffic.requests_per_day", "cost.retrains_per_month")
_ERROR = "cost.error_usd."


@dataclass(frozen=True)
class End:
    """Where a range ends.

    Attributes:
        value: The last value with the same choice.
        choice: What is recommended just beyond; `nothing` where no candidate keeps to the limits.
    """

    value: float
    choice: str


@dataclass(frozen=True)
class Range:
    """The values of one assumption with which the choice stays.

    Attributes:
        assumption: The assumption.
        low: Where it ends below; None where it does not as far as was looked.
        high: Where it ends above.
        looked_low: The least value looked at.
        looked_high: The greatest.
    """

    assumption: Assumption
    low: End | None
    high: End | None
    looked_low: float
    looked_high: float

    @property
    def sentence(self) -> str:
        """Say the range in words."""
        words, parts = self.assumption.words, []
        if self.low:
            parts.append(f"below {_figures(self.low.value)} {self.low.choice} would be chosen")
        if self.high:
            parts.append(f"above {_figures(self.high.value)} {self.high.choice} would be chosen")
        looked = f"from {_figures(self.looked_low)} to {_figures(self.looked_high)}"
        said = " and ".join(parts) or f"the choice stays {looked}, as far as was looked"
        return f"{words[0].upper()}{words[1:]}, stated as {_figures(self.assumption.stated)}: {said}."


def ranges(on: Ground) -> tuple[Range, ...]:
    """Find within which values of each assumption the choice stays; see the module.

    Returns:
        One for each assumption, in their order; empty where no candidate keeps to the limits as stated.
    """
    weighed = on.weighed()
    if weighed.best is None:
        return ()
    kept = weighed.ids[weighed.best]
    return tuple(_range(on, item, kept) for item in assumptions(on.terms, on.task))


def break_even(on: Ground, candidate: str, rival: str) -> tuple[Range, ...]:
    """Find the values of each assumption at which a rival overtakes a candidate, were there only these two.

    Args:
        on: What the decision rests on.
        candidate: The recommended one.
        rival: Such as the runner-up.

    Returns:
        As `ranges`. Empty where the rival costs less as stated, or the candidate does not keep to the limits.
    """
    rows = sorted(on.rates.ids.index(name) for name in (candidate, rival))
    two = replace(on, candidates=on.candidates[rows], rates=on.rates.only(rows))
    weighed = two.weighed()
    if weighed.best is None or weighed.ids[weighed.best] != candidate:
        return ()
    exact: dict[str, BreakEven] = {}
    if on.params.threshold == "auto" and priced_errors(on.task, on.terms.cost.error_usd):
        offers = [_offer(two, two.rates.ids.index(name)) for name in (candidate, rival)]
        exact = {str(item.quantity): item for item in break_evens(offers[0], offers[1], on.task)}
    return tuple(
        _exactly(item, known, rival)
        if (known := exact.get(_quantity(item.key))) and known.around
        else _range(two, item, candidate)
        for item in assumptions(on.terms, on.task)
    )


def ranges_table(found: Sequence[Range]) -> pl.DataFrame:
    """Give ranges as a table: `assumption`, `stated`, `low`, `low_choice`, `high`, `high_choice`."""
    rows = [
        (
            item.assumption.words,
            item.assumption.stated,
            item.low.value if item.low else None,
            item.low.choice if item.low else None,
            item.high.value if item.high else None,
            item.high.choice if item.high else None,
        )
        for item in found
    ]
    schema = {"assumption": pl.String, "stated": pl.Float64, "low": pl.Float64, "low_choice": pl.String}
    return pl.DataFrame(rows, schema=schema | {"high": pl.Float64, "high_choice": pl.String}, orient="row")


@dataclass(frozen=True)
class _Search:
    """The search for the ends of one range."""

    on: Ground
    item: Assumption
    kept: str

    def choice(self, value: float) -> str:
        weighed = self.on.weighed(moved(self.on.terms, self.item.key, value))
        return NOTHING if weighed.best is None else weighed.ids[weighed.best]

    def end(self, *, upwards: bool) -> tuple[End | None, float]:
        """Go out step by step until the choice is another; give the end, and how far was looked."""
        inside = self.item.stated
        for _ in range(STEPS):
            outside = self._next(inside, upwards=upwards)
            if outside == inside:
                break
            choice = self.choice(outside)
            if choice != self.kept:
                return self._between(inside, outside, choice), outside
            inside = outside
        return None, inside

    def _between(self, inside: float, outside: float, choice: str) -> End:
        """Halve the way to the first value with another choice."""
        for _ in range(_HALVINGS):
            middle = float((inside + outside) // 2) if self.item.is_whole else float(np.sqrt(inside * outside))
            if (self.item.is_whole and abs(inside - outside) <= 1) or middle in {inside, outside}:
                break
            found = self.choice(middle)
            if found == self.kept:
                inside = middle
            else:
                outside, choice = middle, found
        return End(inside, choice)

    def _next(self, value: float, *, upwards: bool) -> float:
        following = value * STEP if upwards else value / STEP
        if not self.item.is_whole:
            return following
        whole = float(np.floor(following))
        return max(whole, value + 1) if upwards else max(1.0, min(whole, value - 1))


def _range(on: Ground, item: Assumption, kept: str) -> Range:
    search = _Search(on, item, kept)
    (low, looked_low), (high, looked_high) = search.end(upwards=False), search.end(upwards=True)
    return Range(item, low, high, looked_low, looked_high)


def _quantity(key: str) -> str:
    return key.rsplit(".", 1)[-1] if key in _MEASURED or key.startswith(_ERROR) else ""


def _exactly(item: Assumption, known: BreakEven, rival: str) -> Range:
    """Read the range off the stretch of a break-even that holds the stated value."""
    around = known.around
    low = End(around.low, rival) if around and around.low > known.low else None
    high = End(around.high, rival) if around and around.high < known.high else None
    return Range(item, low, high, known.low, known.high)


def _offer(on: Ground, row: int) -> Offer:
    """Make a candidate the offer that bills are held against each other by."""
    errors = on.terms.cost.error_usd
    meant = type(errors)(**{name: getattr(errors, name) for name in priced_errors(on.task, errors)})
    cost = on.terms.cost.model_copy(update={"error_usd": meant})
    month = month_of(cost, on.prices, on.terms.limits.latency_p99_ms)
    return Offer(on.rates.ids[row], cost, month, work_of(on.candidates[[row]]), on.rates.validation.table(row))


def _figures(value: float) -> str:
    return f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"  # noqa: PLR2004 - more digits than four
