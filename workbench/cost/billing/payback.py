"""When one offer pays against another, in numbers and in a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.cost.billing.breakeven import EQUAL, Stretch, cheaper
from workbench.cost.billing.offers import most_requests
from workbench.money import usd

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbench.cost.billing.offers import Offer, Quantity
    from workbench.model import Task

MOST_USD_PER_ERROR = 1e6
MOST_RETRAINS = 3000.0
"""A hundred a day."""
_LISTED = 3
_ERRORS: Mapping[Task, tuple[Quantity, ...]] = {
    "binary": ("false_negative", "false_positive"),
    "multiclass": ("misclassified",),
    "regression": ("absolute_error",),
}
_WORDS: Mapping[Quantity, str] = {
    "false_negative": "a miss",
    "false_positive": "a false alarm",
    "misclassified": "a wrong class",
    "absolute_error": "a unit of error",
}
_MILLION, _BILLION = 1e6, 1e9


@dataclass(frozen=True)
class BreakEven:
    """Where one offer costs less than another, by one quantity, all else as stated.

    Attributes:
        quantity: The quantity.
        stated: Its value in params.yaml.
        low: The least value looked at.
        high: The greatest.
        stretches: Where the offer costs less, in order.
    """

    quantity: Quantity
    stated: float
    low: float
    high: float
    stretches: tuple[Stretch, ...]

    @property
    def around(self) -> Stretch | None:
        """The stretch that holds the stated value."""
        return next((part for part in self.stretches if part.low <= self.stated <= part.high), None)

    @property
    def is_everywhere(self) -> bool:
        """Whether the offer costs less at every value."""
        return self.stretches == (Stretch(self.low, self.high),)


def break_evens(offer: Offer, other: Offer, task: Task) -> tuple[BreakEven, ...]:
    """Find from what traffic, what price of an error and how many retrains an offer pays against another.

    Args:
        offer: The one that may pay, such as the larger model.
        other: The one it is held against.
        task: The task: its kinds of error.
    """
    params = offer.params
    ranges: dict[Quantity, tuple[float, float]] = {
        "requests_per_day": (params.traffic.requests_per_day, most_requests((offer, other))),
        **{name: (float(getattr(params.error_usd, name)), MOST_USD_PER_ERROR) for name in _ERRORS[task]},
        "retrains_per_month": (params.retrains_per_month, MOST_RETRAINS),
    }
    return tuple(
        BreakEven(name, stated, 0.0, high, cheaper(offer.by(name), other.by(name), 0.0, high))
        for name, stated, high in ((name, stated, max(stated, most)) for name, (stated, most) in ranges.items())
    )


def payback_sentence(offer: Offer, other: Offer, found: Sequence[BreakEven]) -> str:
    """Say when an offer pays against another; honest where it never does.

    Args:
        offer: The one that may pay.
        other: The one it is held against.
        found: Their break-evens.
    """
    less, name, rival = _less(offer, other), offer.name, other.name
    if less > 0:
        bounds = [_bound(item) for item in found if item.around and not item.is_everywhere]
        condition = f" as long as {_listed(bounds, 'and')}" if bounds else f", {_whatever(found)}"
        return f"{name} pays against {rival}: {usd(less)} a month less{condition}."
    if clauses := [clause for item in found if (clause := _clause(item))]:
        now = f"{usd(-less)} a month more than {rival}" if less else f"the same as {rival}"
        return f"{name} costs {now} as things stand; it would pay {_listed(clauses, 'or')}."
    now = f"{usd(-less)} a month more" if less else "the same"
    return f"{name} does not pay against {rival}: it costs {now}, {_whatever(found)}."


def _less(offer: Offer, other: Offer) -> float:
    """Give how much less a month of an offer costs; 0 where only rounding tells the two apart."""
    one, two = offer.usd(), other.usd()
    return 0.0 if abs(one - two) <= EQUAL * (one + two) else two - one


def count_words(count: float) -> str:
    """Write a large number in three digits.

    Example:
        >>> count_words(2_345_678), count_words(12_345), count_words(4e9)
        ('2.35 million', '12,300', '4 billion')
    """
    for scale, word in ((_BILLION, "billion"), (_MILLION, "million")):
        if count >= scale:
            return f"{float(f'{count / scale:.3g}'):,g} {word}"
    return f"{float(f'{count:.3g}'):,g}"


def _clause(item: BreakEven) -> str:
    """Say where an offer that does not pay as things stand would."""
    if not item.stretches or item.is_everywhere:
        return ""
    parts = [_stretch(item, part) for part in item.stretches]
    if len(parts) > _LISTED:
        parts = [parts[0], f"on {len(parts) - 2} more stretches", parts[-1]]
    return ", ".join(parts)


def _stretch(item: BreakEven, part: Stretch) -> str:
    low, high = (_value(item.quantity, end) for end in (part.low, part.high))
    open_below, open_above = part.low <= item.low, part.high >= item.high
    if item.quantity in _WORDS:
        subject = f"when {_WORDS[item.quantity]} costs"
        words = {(True, False): f"less than {high}", (False, True): f"more than {low}"}
        return f"{subject} {words.get((open_below, open_above), f'between {low} and {high}')}"
    unit = "requests a day" if item.quantity == "requests_per_day" else "retrains a month"
    words = {(True, False): f"below {high} {unit}", (False, True): f"from {low} {unit}"}
    return words.get((open_below, open_above), f"between {low} and {high} {unit}")


def _bound(item: BreakEven) -> str:
    """Say between which values an offer that pays goes on paying."""
    part = item.around or Stretch(item.low, item.high)
    low, high = (_value(item.quantity, end) for end in (part.low, part.high))
    subject = f"{_WORDS[item.quantity]} costs" if item.quantity in _WORDS else "there are"
    unit = {"requests_per_day": " requests a day", "retrains_per_month": " retrains a month"}.get(item.quantity, "")
    if part.low <= item.low:
        return f"{subject} {'less' if item.quantity in _WORDS else 'fewer'} than {high}{unit}"
    if part.high >= item.high:
        return f"{subject} more than {low}{unit}"
    return f"{subject} between {low} and {high}{unit}"


def _whatever(found: Sequence[BreakEven]) -> str:
    """Name the ranges in which nothing changes."""
    known = {item.quantity: item for item in found}
    parts = []
    if "requests_per_day" in known:
        parts.append(f"the traffic (looked at up to {count_words(known['requests_per_day'].high)} requests a day)")
    parts += [f"what {_WORDS[name]} costs" for name in known if name in _WORDS]
    if "retrains_per_month" in known:
        parts.append("how often it is trained")
    return f"whatever {_listed(parts, 'or')}"


def _value(quantity: Quantity, value: float) -> str:
    if quantity in _WORDS:
        return f"${_digits(value)}" if 0 < value < 1 else usd(value)
    return count_words(value) if quantity == "requests_per_day" else _digits(value)


def _digits(value: float) -> str:
    """Write three digits, never as a power of ten."""
    return f"{float(f'{value:.3g}'):,.12f}".rstrip("0").rstrip(".")


def _listed(parts: Sequence[str], word: str) -> str:
    return f" {word} ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)
