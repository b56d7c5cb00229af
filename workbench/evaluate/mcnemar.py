"""McNemar's test: of the rows that only one of two candidates calls rightly, is it more often the same one?

McNemar, *Note on the Sampling Error of the Difference Between Correlated Proportions* (1947). With few such rows the
exact binomial test decides; with more, its mid-p form, which counts half of the probability of what was seen, errs at
the rate that it says and not below (Fagerland, Lydersen and Laake, *The McNemar Test for Binary Matched-Pairs Data*,
2013).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEW = 25
"""Rows on which the two part, below which the exact test decides."""


@dataclass(frozen=True)
class McNemar:
    """On how many rows only one of two is right, and how likely so uneven a split would be between equals.

    Attributes:
        only_a: Rows that only the first calls rightly.
        only_b: Rows that only the second calls rightly.
        p_value: Two-sided.
        method: `exact` or `mid-p`.
    """

    only_a: int
    only_b: int
    p_value: float
    method: Literal["exact", "mid-p"]

    def to_json(self) -> dict[str, object]:
        """Give it as JSON."""
        return {"only_a": self.only_a, "only_b": self.only_b, "p_value": self.p_value, "method": self.method}


def mcnemar(right_a: NDArray[np.bool_], right_b: NDArray[np.bool_]) -> McNemar:
    """Test whether two candidates are right equally often; the rows must be independent.

    Args:
        right_a: Whether the first is right, row by row.
        right_b: Whether the second is.

    Example:
        >>> import numpy as np
        >>> mcnemar(np.array([True] * 6), np.array([False] * 6))
        McNemar(only_a=6, only_b=0, p_value=0.03125, method='exact')
    """
    from scipy.special import bdtr  # noqa: PLC0415 - a quarter of a second that only this needs

    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    parted, fewer = only_a + only_b, min(only_a, only_b)
    if not parted:
        return McNemar(0, 0, 1.0, "exact")
    at_most = float(bdtr(fewer, parted, 0.5))
    if parted < FEW:
        return McNemar(only_a, only_b, min(1.0, 2.0 * at_most), "exact")
    just = at_most - (float(bdtr(fewer - 1, parted, 0.5)) if fewer else 0.0)
    return McNemar(only_a, only_b, min(1.0, 2.0 * at_most - just), "mid-p")
