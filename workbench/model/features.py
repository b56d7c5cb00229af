"""What a model knows about one column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["numeric", "boolean", "categorical", "time"]


@dataclass(frozen=True)
class Feature:
    """One column as a model takes it.

    Attributes:
        name: Column of the frame.
        kind: How its values become numbers.
        categories: Known categories, sorted; others count as unseen and are treated as missing.
        parts: Recurring parts of a time that become one number each, such as `hour`.
        dtype: Polars data type it was trained on.
    """

    name: str
    kind: Kind
    categories: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    dtype: str = ""
