"""Training, validation and test rows: by time, at random, or group by group."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from workbench.errors import FeatureError, ParamsError, Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.model.roles import Roles
    from workbench.params.ingest import SplitParams

_HASH_SPAN = 2**64
_EXPECTED_ROWS = 20
"""Where a part may expect fewer, chance could leave it empty."""


@dataclass(frozen=True)
class Splits:
    """The rows of a table, each in exactly one of three frames.

    Attributes:
        train: Rows to learn from.
        validation: Rows to choose by.
        test: Rows to report on.
    """

    train: pl.DataFrame
    validation: pl.DataFrame
    test: pl.DataFrame


def split_rows(frame: pl.DataFrame, roles: Roles, params: SplitParams) -> Splits:
    """Divide the rows.

    Args:
        frame: The table; where it is split by time, its time column has no missing value.
        roles: What its columns are for.
        params: How to divide; `group` names a column of `frame`.

    Raises:
        ParamsError: The split does not fit the data.
        FeatureError: A part has no row, or the training rows have one target value only.
    """
    if params.by == "time":
        splits = _by_time(frame, roles.time or "", params)
    else:
        keys = [params.group or ""] if params.by == "group" else list(roles.key)
        splits = _by_hash(frame, keys, params)
    _assert_usable(splits, roles, params)
    return splits


def assert_copies_stay_together(source: str, params: SplitParams, key: Sequence[str]) -> None:
    """Refuse to divide at random the copies of a row that a join made: test would hold rows of training.

    Raises:
        ParamsError: Rows are divided at random, and no key tells which of them are copies.
    """
    if params.by != "random" or key:
        return
    raise ParamsError(
        f"joining {source} makes several rows of one, and a random split would put them on both sides",
        place=Place(key="ingest.key"),
        found="no key",
        expected="the columns that tell one row of the table from another, so that its copies stay together",
        hint="or split by: group or by: time",
    )


def _by_time(frame: pl.DataFrame, time: str, params: SplitParams) -> Splits:
    ordered = frame if frame[time].is_sorted() else frame.sort(time, maintain_order=True)
    moments = ordered[time]
    _assert_orders_time(moments)
    if isinstance(params.validation, dt.datetime) and isinstance(params.test, dt.datetime):
        first, second = (_position(moments, moment) for moment in (params.validation, params.test))
        if first > second:
            raise ParamsError("test begins before validation", place=Place(key="ingest.split"), found=str(params.test))
    else:
        test, both = _shares(params)
        second = _tie_free(moments, round(len(moments) * (1 - test)))
        first = min(_tie_free(moments, round(len(moments) * (1 - both))), second)
    return Splits(ordered[:first], ordered[first:second], ordered[second:])


def _assert_orders_time(moments: pl.Series) -> None:
    """Refuse texts whose order is not that of time, such as 01-Apr-2013: the past would be tested on the future."""
    if moments.dtype == pl.String:
        shapes = moments.str.replace_all("[0-9]", "0").unique()
        if shapes.len() == 1 and shapes[0].startswith("0000"):
            return
    elif moments.dtype != pl.Boolean:
        return
    raise ParamsError(
        "the order of the time column is not that of time",
        place=Place(key="ingest.time", column=moments.name),
        found=f"{moments.dtype} values such as {moments[0]!r}",
        expected="dates, times or numbers, or texts of one form with the year first, such as 2013-05",
        hint="declare its format in the contract, such as {dtype: Date, format: '%d-%b-%Y'}, or split by: random",
    )


def _shares(params: SplitParams) -> tuple[float, float]:
    """Give the share of test, and of test and validation together."""
    if isinstance(params.test, dt.datetime) or isinstance(params.validation, dt.datetime):
        raise ParamsError("moments need by: time", place=Place(key="ingest.split"))
    return params.test, params.test + params.validation


def _position(moments: pl.Series, moment: dt.datetime) -> int:
    """Find the first row at or after a moment; a moment without a time zone is UTC where the column has one."""
    dtype = moments.dtype
    aware = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    if isinstance(dtype, pl.Datetime):
        value = pl.Series([aware.astimezone(dt.UTC).replace(tzinfo=None)], dtype=pl.Datetime("us"))
        return int(moments.search_sorted(value.dt.replace_time_zone(dtype.time_zone), side="left")[0])
    if dtype == pl.Date:
        whole = moment.date() + dt.timedelta(days=moment.time() > dt.time())
        return int(moments.search_sorted(whole, side="left"))
    raise ParamsError(
        "the time column holds no dates, so that it cannot be cut at a moment",
        place=Place(key="ingest.split", column=moments.name),
        found=dtype,
        hint="give shares instead, such as validation: 0.15",
    )


def _tie_free(moments: pl.Series, position: int) -> int:
    """Move a cut back to where the rows of one moment begin, so that they stay together."""
    if position >= len(moments):
        return len(moments)
    return int(moments.search_sorted(moments[position], side="left"))


def _by_hash(frame: pl.DataFrame, keys: Sequence[str], params: SplitParams) -> Splits:
    """Place each row by a seeded hash of its key, so that a row keeps its part when the data grow."""
    hashes = _hashes(frame, keys, params.seed)
    test, both = _shares(params)
    parts = _placed(hashes, test, both)
    return Splits(frame.filter(parts == 2), frame.filter(parts == 1), frame.filter(parts == 0))  # noqa: PLR2004 - train


def _placed(hashes: pl.Series, test: float, both: float) -> pl.Series:
    """Give 0 for test, 1 for validation, 2 for train; few rows are placed by rank so that no part stays empty."""
    count = hashes.n_unique()
    if count * min(test, both - test, 1 - both) >= _EXPECTED_ROWS or count < 3:  # noqa: PLR2004 - three parts
        return _cut(hashes / _HASH_SPAN, test, both)
    tested = max(1, round(test * count))
    validated = max(1, round((both - test) * count))
    position = (hashes.rank("dense").cast(pl.Float64) - 0.5) / count
    return _cut(position, tested / count, (tested + validated) / count)


def _cut(position: pl.Series, test: float, both: float) -> pl.Series:
    return (position >= test).cast(pl.Int8) + (position >= both).cast(pl.Int8)


def _hashes(frame: pl.DataFrame, keys: Sequence[str], seed: int) -> pl.Series:
    """Hash the key of each row, or its position where there is no key, the same on every machine and version."""
    if not keys:
        return _mixed_positions(frame.height, seed)
    texts = frame.select(
        pl.struct([pl.col(name).cast(pl.String) for name in keys]).struct.json_encode().alias("key")
    ).to_series()
    distinct = texts.unique()
    salt = seed.to_bytes(16, "little", signed=True)
    hashed = [
        int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8, salt=salt).digest(), "little") for text in distinct
    ]
    return texts.replace_strict(distinct, pl.Series(hashed, dtype=pl.UInt64), return_dtype=pl.UInt64)


def _mixed_positions(rows: int, seed: int) -> pl.Series:
    """Scramble row numbers by the finaliser of SplitMix64."""
    import numpy as np  # noqa: PLC0415 - a split by time does without

    start = int.from_bytes(hashlib.blake2b(str(seed).encode(), digest_size=8).digest(), "little")
    mixed = np.arange(1, rows + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(start)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return pl.Series(mixed ^ (mixed >> np.uint64(31)))


def _assert_usable(splits: Splits, roles: Roles, params: SplitParams) -> None:
    parts = {"train": splits.train, "validation": splits.validation, "test": splits.test}
    sizes = ", ".join(f"{name} {part.height:,}" for name, part in parts.items())
    for name, part in parts.items():
        if not part.height:
            raise FeatureError(
                f"the split leaves no row for {name}",
                place=Place(key="ingest.split"),
                found=f"by {params.by}: {sizes}",
                hint="choose other shares or moments, or bring more rows",
            )
    if splits.train[roles.target].n_unique() < 2:  # noqa: PLR2004 - one value teaches nothing
        raise FeatureError(
            "the training rows have one target value only",
            place=Place(key="ingest.split", column=roles.target),
            found=f"{splits.train[roles.target][0]!r} in all {splits.train.height:,} rows; {sizes}",
            hint="choose another split",
        )
