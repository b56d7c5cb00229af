"""The positive class: which of two labels is looked for, so that what an error costs is counted the right way round."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from workbench.errors import ParamsError, Place, nearest

if TYPE_CHECKING:
    from workbench.model.roles import Task

KEY: Final = "ingest.positive"
_USUAL: Final = {"true": "false", "yes": "no", "1": "0", "y": "n", "t": "f"}
"""Words that say yes, each with the one that says no: where a target holds both, nobody need be asked."""


@dataclass(frozen=True)
class Suggestion:
    """The label that is probably looked for.

    Attributes:
        label: The label.
        reason: Why it, and how frequent it is.

    Example:
        >>> print(suggested(pl.Series(["paid", "paid", "paid", "defaulted"]), ("defaulted", "paid")))
        positive class: defaulted (the rarer, 25.0 %); false_negative in error_usd is one of them missed
    """

    label: str
    reason: str

    def __str__(self) -> str:
        """Say it in one line."""
        return f"positive class: {self.label} ({self.reason}); false_negative in error_usd is one of them missed"


def suggested(target: pl.Series, classes: tuple[str, ...]) -> Suggestion:
    """Suggest which of two labels is looked for: the usual word where there is one, the rarer label otherwise.

    Args:
        target: A target without missing values.
        classes: Its two labels; of two as frequent as each other the second.
    """
    first, second = classes
    plain = {label.casefold().removesuffix(".0"): label for label in classes}
    word = next((plain[yes] for yes, no in _USUAL.items() if plain.keys() == {yes, no}), None)
    share = {label: _share(target, label) for label in classes}
    label = word or (first if share[first] < share[second] else second)
    return Suggestion(label, f"{'the usual word' if word else 'the rarer'}, {100 * share[label]:.1f} %")


def with_positive(target: pl.Series, task: Task, classes: tuple[str, ...], positive: str) -> tuple[str, ...]:
    """Put the label that is looked for behind the other.

    Raises:
        ParamsError: The target has not two classes, or this is none of them.
    """
    if task != "binary":
        raise ParamsError(
            f"only a target of two classes has a positive one, and the task is {task}",
            place=Place(key=KEY, column=target.name),
            found=f"{positive!r}, and {target.n_unique():,} distinct values",
            hint="take the key out, or derive a target of two values",
        )
    label = _as_held(target, positive)
    if label not in classes:
        folded = {known.strip().casefold(): known for known in classes}
        alike = folded.get(positive.strip().casefold())
        raise ParamsError(
            "the target has no such label",
            place=Place(key=KEY, column=target.name),
            found=repr(positive),
            expected=" or ".join(map(repr, classes)),
            hint=f"did you mean {alike}?" if alike else nearest(positive, classes),
        )
    return (*(known for known in classes if known != label), label)


def _as_held(target: pl.Series, label: str) -> str | None:
    """Write a label as the target's own are written: 1 as 1.0 where it holds fractions."""
    if not target.dtype.is_numeric():
        return label
    held: str | None = pl.Series([label]).cast(target.dtype, strict=False).cast(pl.String)[0]
    return held


def _share(target: pl.Series, label: str) -> float:
    return int((target.cast(pl.String) == label).sum()) / max(target.len(), 1)
