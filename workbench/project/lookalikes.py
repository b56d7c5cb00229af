"""What a person would read otherwise than ingest does: numbers and dates kept as texts, labels written several ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator

_NUMBER: Final = r"^\s*[-+]?[$€£¥]?\s*(?:\d{1,3}(?:[,.' ]\d{3})+|\d+)(?:[.,]\d+)?\s*[%$€£¥]?\s*$"
_DATE: Final = r"^\s*(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2}))(?:[T ].*)?$"
_CODE: Final = r"^0\d+$"
_MOSTLY: Final = 0.9
"""From this share of its values on a column is taken for what they look like."""
_SHOWN: Final = 3


def lookalikes(frame: pl.DataFrame, target: str) -> tuple[str, ...]:
    """Name the columns that look like numbers or dates but are texts, and the labels that differ in nothing but dress.

    Args:
        frame: The table as it is read.
        target: The column to predict.

    Example:
        >>> lookalikes(pl.DataFrame({"price": ["1.5", "1.5", "1.5", "$2"], "y": ["a", "b", "a", "b"]}), "y")
        ("'price' looks like numbers but is read as text: '1.5', '$2'",)
    """
    texts = {name: _counted(frame[name]) for name, dtype in frame.schema.items() if dtype == pl.String}
    told = [line for name, counted in texts.items() if name != target and (line := _told(name, counted))]
    return (*told, *(_labels(target, texts[target]) if target in texts else ()))


def _counted(series: pl.Series) -> pl.DataFrame:
    """Count the distinct values of a column, the most frequent first."""
    counted = series.drop_nulls().alias("text").value_counts(name="rows")
    return counted.sort("rows", "text", descending=[True, False])


def _told(name: str, counted: pl.DataFrame) -> str | None:
    for kind, pattern in (("dates", _DATE), ("numbers", _NUMBER)):
        if _share(counted, pattern) >= _MOSTLY and not _share(counted, _CODE):
            return f"{name!r} looks like {kind} but is read as text: {', '.join(map(repr, _unlike(counted)))}"
    return None


def _share(counted: pl.DataFrame, pattern: str) -> float:
    alike = counted.filter(pl.col("text").str.contains(pattern))
    return int(alike["rows"].sum()) / max(int(counted["rows"].sum()), 1)


def _unlike(counted: pl.DataFrame) -> list[str]:
    """Give a value of each of the most frequent ways of writing, in which a digit is as good as another."""
    way = pl.col("text").str.replace_all(r"\d+", "0")
    ways = counted.group_by(way.alias("way"), maintain_order=True).agg(pl.col("text").first(), pl.col("rows").sum())
    shown: list[str] = ways.sort("rows", descending=True, maintain_order=True)["text"].head(_SHOWN).to_list()
    return shown


def _labels(target: str, counted: pl.DataFrame) -> Iterator[str]:
    alike: dict[str, list[str]] = {}
    for label in counted["text"].to_list():
        alike.setdefault(label.strip().casefold(), []).append(label)
    for labels in alike.values():
        if len(labels) > 1:
            yield f"labels of {target!r} that differ only in case or spaces: {', '.join(map(repr, labels))}"
