"""Values replaced by a keyed hash: equal stays equal, and nobody without the key gets back."""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import TYPE_CHECKING

import polars as pl

from workbench.errors import ParamsError, Place, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def secret_key(variable: str, environment: Mapping[str, str] | None = None) -> bytes:
    """Take the secret from the environment variable that params name; it is never shown.

    Raises:
        ParamsError: The variable is not set or empty.
    """
    secret = (os.environ if environment is None else environment).get(variable, "")
    if not secret:
        raise ParamsError(
            f"pseudonymizing needs a secret, but the environment variable {variable} is not set",
            place=Place(key="ingest.pseudonym_key"),
            hint=f"export {variable}=… with a long random text, and keep it: another secret gives other pseudonyms",
        )
    return secret.encode("utf-8", "surrogateescape")


def pseudonymize(table: pl.DataFrame, columns: Sequence[str], key: bytes) -> pl.DataFrame:
    """Replace the values of columns by their HMAC-SHA-256 in hexadecimal; missing values stay missing.

    Raises:
        ParamsError: There is no such column.
    """
    for name in columns:
        if name not in table.columns:
            place = Place(key="ingest.pseudonymize")
            raise ParamsError(f"no column {name!r}", place=place, hint=nearest(name, table.columns))
    return table.with_columns(_hashed(table[name], key) for name in columns)


def _hashed(series: pl.Series, key: bytes) -> pl.Series:
    texts = series.cast(pl.String)
    distinct = texts.drop_nulls().unique()
    hashes = [hmac.new(key, text.encode(), hashlib.sha256).hexdigest() for text in distinct]
    return texts.replace_strict(distinct, pl.Series(hashes, dtype=pl.String), return_dtype=pl.String)
