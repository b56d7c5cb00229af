"""Why no candidate keeps to the limits, and what the least change would be."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10
from typing import TYPE_CHECKING

import numpy as np

from workbench.decide.limits import limited_quantities, overruns

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl
    from numpy.typing import NDArray

    from workbench.params.cost import CostParams
    from workbench.params.decide import Limits

    Floats = NDArray[np.float64]

_FIGURES = 3
_WHOLE = frozenset({"size_bytes", "peak_rss_bytes"})


@dataclass(frozen=True)
class Relaxation:
    """One limit, relaxed just as far as a candidate needs.

    Attributes:
        limit: Its name in `decide.limits`.
        stated: What it is.
        needed: What the candidate has: the limit must be no less.
        bound: `needed` rounded up to three digits: what to write in params.yaml.
        ratio: `needed` in units of `stated`.
        candidate: The candidate that would keep to the limits then.
        usd_per_month: All that it costs in a month; None where the table does not say.
    """

    limit: str
    stated: float
    needed: float
    bound: float
    ratio: float
    candidate: str
    usd_per_month: float | None


@dataclass(frozen=True)
class Infeasibility:
    """Limits that no candidate keeps to.

    Attributes:
        candidates: How many there are.
        broken: How many break each stated limit.
        alone: Every limit that would do if it alone were relaxed: the least change first, by `ratio`; where two change
            alike, the one whose candidate costs less.
        together: The changes that the closest candidate needs: the one whose worst ratio is least.
    """

    candidates: int
    broken: Mapping[str, int]
    alone: tuple[Relaxation, ...]
    together: tuple[Relaxation, ...]

    @property
    def closest(self) -> str:
        """The candidate whose worst overrun is least."""
        return self.together[0].candidate

    @property
    def sentence(self) -> str:
        """Say what to change, the least change first."""
        if not self.alone:
            parts = " and ".join(_change(item) for item in self.together)
            return f"no limit is enough alone; {self.closest} is closest: raise {parts}, or train smaller models."
        first, *rest = [f"raise {_change(item)}, which lets {item.candidate} in" for item in self.alone]
        more = "".join(f"; or {part}" for part in rest)
        return f"{first}{' (the least change)' if rest else ''}{more}; or train smaller models."


def infeasibility(candidates: pl.DataFrame, cost: CostParams, limits: Limits) -> Infeasibility | None:
    """Explain why no candidate keeps to the limits.

    For each limit the candidates that keep to all the others are looked at; the one of them that overruns this limit
    least says how far it would have to be relaxed, alone. Dollars are those of the table: a wider latency limit can
    change how many machines a candidate needs, so that a decision taken anew may cost less or more.

    Args:
        candidates: Priced candidates, such as `data/cost/candidates.parquet` or the table of a decision.
        cost: Traffic, by which latency is judged.
        limits: The limits.

    Returns:
        None where a candidate keeps to the limits, or there is none at all.
    """
    quantities = limited_quantities(candidates, cost)
    ratios = overruns(quantities, limits)
    within = {limit: ratio <= 1 for limit, ratio in ratios.items()}
    if not candidates.height or not ratios or np.logical_and.reduce(list(within.values())).any():
        return None
    relaxed = _Relaxing(candidates, quantities, ratios, limits)
    alone = [relaxed.least(limit, _others(within, limit)) for limit in ratios]
    found = sorted((item for item in alone if item), key=lambda item: (item.ratio, item.usd_per_month or 0.0))
    closest = int(np.argmin(np.max(list(ratios.values()), axis=0)))
    return Infeasibility(
        candidates=candidates.height,
        broken={limit: int((~kept).sum()) for limit, kept in within.items()},
        alone=tuple(found),
        together=tuple(relaxed.by(limit, closest) for limit, kept in within.items() if not kept[closest]),
    )


def rounded_up(value: float) -> float:
    """Round up to three digits, and never below the value.

    Example:
        >>> rounded_up(7.4281), rounded_up(271_650_816), rounded_up(0.5)
        (7.43, 272000000.0, 0.5)
    """
    unit = floor(log10(value)) - _FIGURES + 1
    mantissa = ceil(value / 10**unit) if unit >= 0 else ceil(value * 10**-unit)
    while float(f"{mantissa}e{unit}") < value:
        mantissa += 1
    down = float(f"{mantissa - 1}e{unit}")
    return down if down >= value else float(f"{mantissa}e{unit}")


@dataclass(frozen=True)
class _Relaxing:
    """What relaxations are made of."""

    candidates: pl.DataFrame
    quantities: Mapping[str, Floats]
    ratios: Mapping[str, Floats]
    limits: Limits

    def by(self, limit: str, row: int) -> Relaxation:
        needed = float(self.quantities[limit][row])
        bound = float(ceil(needed)) if limit in _WHOLE and needed < 10**_FIGURES else rounded_up(needed)
        usd = float(self.candidates["usd_per_month"][row]) if "usd_per_month" in self.candidates.columns else None
        return Relaxation(
            limit=limit,
            stated=float(getattr(self.limits, limit)),
            needed=needed,
            bound=bound,
            ratio=float(self.ratios[limit][row]),
            candidate=str(self.candidates["id"][row]),
            usd_per_month=usd,
        )

    def least(self, limit: str, others: NDArray[np.bool_]) -> Relaxation | None:
        ratio = np.where(others, self.ratios[limit], np.inf)
        row = int(np.argmin(ratio))
        return self.by(limit, row) if np.isfinite(ratio[row]) else None


def _others(within: Mapping[str, NDArray[np.bool_]], limit: str) -> NDArray[np.bool_]:
    rest = [kept for name, kept in within.items() if name != limit]
    return np.asarray(np.all([np.ones_like(within[limit]), *rest], axis=0))


def _change(item: Relaxation) -> str:
    return f"{item.limit} from {_digits(item.stated)} to {_digits(item.bound)}"


def _digits(value: float) -> str:
    return f"{value:,.12g}"
