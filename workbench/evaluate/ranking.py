"""Average precision and ROC AUC for many row weightings at once, exact about ties.

Rows are sorted once per candidate. A weighting then needs only three sums per *block*, the set of
tied scores that holds at least one positive row: its positives, its negatives, and the negatives
scored between it and the block above. Those sums are a sparse matrix times the weights, which
costs one addition per row and weighting, without a sort or a search.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array


@dataclass(frozen=True)
class Ranking:
    """Rows in order of falling score, ready to be weighted.

    Attributes:
        positives: `(blocks, n)` indicator of the positive rows of each block.
        negatives: `(blocks, n)` indicator of the negative rows of each block or between it and the one above.
        tied: `(blocks, n)` indicator of the negative rows tied with positive ones.
    """

    positives: csr_array
    negatives: csr_array
    tied: csr_array

    def values(self, weights: NDArray[np.floating]) -> dict[str, NDArray[np.float64]]:
        """Score average precision and ROC AUC once for each column of weights.

        Args:
            weights: `(n, b)` row weights; whole numbers below 2**24 in total are summed exactly.

        Returns:
            For each metric its `b` values; NaN where the weights leave no row of a class.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            hits, alarms = self.positives @ weights, self.negatives @ weights
            found, total = np.cumsum(hits, axis=0), np.ones(weights.shape[0], weights.dtype) @ weights
            np.cumsum(alarms, axis=0, out=alarms)
            positive = hits.sum(axis=0, dtype=np.float64)
            negative = total - positive
            above = negative - np.einsum("kb,kb->b", hits, alarms, dtype=np.float64) / positive
            ties = np.einsum("kb,kb->b", hits, self.tied @ weights, dtype=np.float64) / positive
            alarms += found
            np.divide(found, np.maximum(alarms, np.finfo(alarms.dtype).tiny, out=alarms), out=found)
            precision = np.einsum("kb,kb->b", hits, found, dtype=np.float64) / positive
            auc = (above + ties / 2) / negative
        return {"average_precision": precision, "roc_auc": np.where(np.isfinite(auc), auc, np.nan)}


def rank(positive: NDArray[np.bool_], scores: NDArray[np.floating]) -> Ranking:
    """Sort rows by falling score and find the blocks.

    Args:
        positive: Whether each row is positive.
        scores: Score of each row.
    """
    order = np.argsort(-scores, kind="stable")
    hit = positive[order]
    starts = np.ones(order.size, dtype=bool)
    starts[1:] = np.diff(scores[order]) != 0
    group = np.cumsum(starts) - 1
    holds = np.zeros(int(group[-1]) + 1 if order.size else 0, dtype=bool)
    holds[group[hit]] = True
    block = (np.cumsum(holds) - holds)[group]
    blocks = int(holds.sum())
    counted = ~hit & (block < blocks)
    return Ranking(
        positives=_indicator(order, block, hit, blocks),
        negatives=_indicator(order, block, counted, blocks),
        tied=_indicator(order, block, counted & holds[group], blocks),
    )


def _indicator(order: NDArray[np.int64], block: NDArray[np.int64], chosen: NDArray[np.bool_], blocks: int) -> csr_array:
    """Build the matrix that sums the chosen rows of each block."""
    from scipy.sparse import csr_array  # noqa: PLC0415 - a quarter of a second that only scoring needs

    columns = order[chosen]
    ends = np.cumsum(np.bincount(block[chosen], minlength=blocks))
    data = np.ones(columns.size, dtype=np.float32)
    return csr_array((data, columns, np.append(0, ends)), shape=(blocks, order.size))
