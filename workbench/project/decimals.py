"""Numbers written with a decimal comma: ingest keeps them as texts, so a new project derives numbers from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Collection

_NUMBER = r"^-?(?:[0-9]+|[0-9]{1,3}(?:\.[0-9]{3})+)(?:,[0-9]+)?$"
_DECIMAL = r",[0-9]+$"
_THOUSANDS = r"^-?[1-9][0-9]{0,2},[0-9]{3}$"
_A_FEW = 100


def decimal_commas(frame: pl.DataFrame) -> dict[str, tuple[str, str]]:
    r"""Find the columns whose every text is a number with a decimal comma: by name, a new name and its expression.

    Example:
        >>> decimal_commas(pl.DataFrame({"price": ["1,5", "1.200,25"], "sold": ["1,200", "3,000"]}))
        {'price': ('price_number', 'CAST(REPLACE(REPLACE("price", \'.\', \'\'), \',\', \'.\') AS DOUBLE)')}
    """
    found: dict[str, tuple[str, str]] = {}
    for name, dtype in frame.schema.items():
        if dtype == pl.String and has_decimal_commas(frame[name]):
            taken = {*frame.columns, *(new for new, _ in found.values())}
            identifier = '"' + name.replace('"', '""') + '"'
            expression = f"CAST(REPLACE(REPLACE({identifier}, '.', ''), ',', '.') AS DOUBLE)"
            found[name] = (_free(f"{name.strip()}_number", taken), expression)
    return found


def has_decimal_commas(texts: pl.Series, missing: Collection[str] = ()) -> bool:
    """Tell whether every text is a number with a decimal comma; "1,200" alone could be thousands and proves nothing.

    Args:
        texts: The column.
        missing: Texts that would mean "missing".
    """
    known = texts.drop_nulls()
    if missing:
        known = known.filter(~known.is_in(list(missing)))
    if not known.len() or not known.head(_A_FEW).str.contains(_NUMBER).all():  # a cheap no
        return False
    distinct = known.unique()
    sure = distinct.str.contains(_DECIMAL) & ~distinct.str.contains(_THOUSANDS)
    return bool(distinct.str.contains(_NUMBER).all() and sure.any())


def _free(name: str, taken: Collection[str]) -> str:
    return name if name not in taken else _free(f"{name}_", taken)
