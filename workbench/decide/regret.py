"""Regret of choosing one candidate for every scenario.

For candidate `c` in scenario `s`, among those `A(s)` that keep to the limits there::

    regret(c, s) = usd_per_month(c, s) - min over a in A(s) of usd_per_month(a, s)

It is never below 0, and 0 for the best of each scenario. A candidate beyond a limit has none there: it is no choice. A
scenario in which nothing keeps to the limits says nothing about the choice and is left out.

The choice of *minimax regret* is the one whose greatest regret is smallest (Savage, *The theory of statistical
decision*, Journal of the American Statistical Association 46, 1951; Niehans 1948). It needs no probabilities. Where
there are some, the least *expected regret* is the least expected cost as well, for the best of each scenario costs the
same whatever is chosen; it is what knowing the scenario beforehand would be worth (the expected value of perfect
information: Raiffa and Schlaifer, *Applied Statistical Decision Theory*, 1961).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Regret:
    """Candidates (rows) against scenarios (columns).

    Attributes:
        usd: The regret per month; NaN where the candidate breaks a limit, or every candidate does.
        most: The greatest regret of each candidate; infinite for one that is within the limits nowhere.
        worst: The scenario of that regret, the first of equals.
        broken: In how many of the scenarios that count each candidate breaks a limit.
        expected: Expected regret by the probabilities; None without.
    """

    usd: Floats
    most: Floats
    worst: NDArray[np.intp]
    broken: NDArray[np.intp]
    expected: Floats | None

    @property
    def robust(self) -> int | None:
        """The candidate of minimax regret among those that break limits in the fewest scenarios.

        Equals are told apart by the expected or, without probabilities, the mean regret, then by their order. None
        where no candidate keeps to the limits anywhere.
        """
        if not np.isfinite(self.most).any():
            return None
        return self.order[0]

    @property
    def order(self) -> list[int]:
        """Candidates, the most robust first."""
        second = self.expected if self.expected is not None else _mean(self.usd)
        return [int(row) for row in np.lexsort((second, self.most, self.broken))]

    @property
    def likely(self) -> int | None:
        """The candidate of least expected regret, chosen among the same; None without probabilities."""
        if self.expected is None or not np.isfinite(self.most).any():
            return None
        return int(np.lexsort((self.most, self.expected, self.broken))[0])


def regret(usd: Floats, allowed: Flags, probabilities: Floats | None = None) -> Regret:
    """Compute the regret of every candidate in every scenario.

    Args:
        usd: What each candidate (row) costs a month in each scenario (column).
        allowed: Whether it keeps to the limits there.
        probabilities: Of the scenarios. Those of scenarios without a choice are left out, and what remains is
            taken relative to its sum; so are those in which a candidate breaks a limit, for that candidate.

    Example:
        >>> usd = np.array([[10.0, 50.0], [12.0, 20.0], [30.0, 15.0]])
        >>> found = regret(usd, np.ones((3, 2), dtype=bool))
        >>> found.usd.tolist(), found.robust
        ([[0.0, 35.0], [2.0, 5.0], [20.0, 0.0]], 1)
    """
    counts = allowed.any(axis=0)
    best = np.where(allowed, usd, np.inf).min(axis=0, initial=np.inf)
    given = allowed & counts
    least = np.where(counts, best, 0.0)
    amount = np.where(given, usd - least, np.nan)
    filled = np.where(given, amount, -np.inf)
    somewhere = given.any(axis=1)
    return Regret(
        usd=amount,
        most=np.where(somewhere, filled.max(axis=1, initial=-np.inf), np.inf),
        worst=filled.argmax(axis=1),
        broken=(~allowed & counts).sum(axis=1),
        expected=None if probabilities is None else _expected(amount, probabilities),
    )


def _expected(amount: Floats, probabilities: Floats) -> Floats:
    weights = np.where(np.isfinite(amount), probabilities, 0.0)
    total = weights.sum(axis=1)
    summed = (np.nan_to_num(amount) * weights).sum(axis=1)
    return np.asarray(np.divide(summed, total, out=np.full(total.shape, np.inf), where=total > 0))


def _mean(amount: Floats) -> Floats:
    return _expected(amount, np.ones(amount.shape[1]))
