"""Ratios and products of two numbers of a row, which a tree could only approach step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


LARGEST = 1e300
"""What LightGBM takes an infinite value for when it makes bins."""


@dataclass(frozen=True)
class Pair:
    """Two inputs that become one more.

    Attributes:
        kind: `ratio` divides the left by the right, `product` multiplies them.
        left: Position of one among the inputs that columns become.
        right: Position of the other.
    """

    kind: Literal["ratio", "product"]
    left: int
    right: int


def widened(values: NDArray[np.float64], pairs: Sequence[Pair]) -> NDArray[np.float64]:
    """Append one column per pair.

    Zero by zero is missing (NaN), as is what has a missing part. Any other division by zero, and what is beyond the
    range of numbers, is as large as LightGBM takes numbers to be, so that it stays on its side of each split.

    Args:
        values: `(rows, inputs)` what columns became.
        pairs: What to append.

    Returns:
        `(rows, inputs + pairs)`, or the values themselves where there is no pair.

    Example:
        >>> import numpy as np
        >>> widened(np.array([[6.0, 3.0], [0.0, 0.0]]), [Pair("ratio", 0, 1), Pair("product", 0, 1)])
        array([[ 6.,  3.,  2., 18.],
               [ 0.,  0., nan,  0.]])
    """
    if not pairs:
        return values
    inputs = values.shape[1]
    wide = np.empty((len(values), inputs + len(pairs)), order="F")
    wide[:, :inputs] = values
    with np.errstate(all="ignore"):
        for place, pair in enumerate(pairs, start=inputs):
            left, right = values[:, pair.left], values[:, pair.right]
            made = left / right if pair.kind == "ratio" else left * right
            wide[:, place] = np.clip(made, -LARGEST, LARGEST)
    return wide


def shared_out(amounts: NDArray[np.float64], pairs: Sequence[Pair]) -> NDArray[np.float64]:
    """Give either input of a pair half of what the pair has, along the last axis, and leave the pairs out.

    Example:
        >>> import numpy as np
        >>> shared_out(np.array([1.0, 0.0, 4.0]), [Pair("ratio", 0, 1)])
        array([3., 2.])
    """
    inputs = amounts.shape[-1] - len(pairs)
    shares = amounts[..., :inputs].astype(np.float64)
    for place, pair in enumerate(pairs, start=inputs):
        for side in (pair.left, pair.right):
            shares[..., side] += amounts[..., place] / 2
    return shares
