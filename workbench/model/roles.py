"""What each column of a table is for."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Literal

from workbench.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping

Task = Literal["binary", "multiclass", "regression"]


@dataclass(frozen=True)
class Roles:
    """The columns of a table and what each is for.

    Attributes:
        target: Column to predict.
        task: Kind of prediction.
        classes: Class labels as text: of two the second is the positive one, more are sorted; empty for regression.
        features: Columns known at prediction time. The time column may be among them: the model takes the
            parts of it that recur (hour, weekday, …), never the clock itself.
        time: Column that orders the rows.
        key: Columns that identify a row.
        excluded: Why each column left out was left out.

    Example:
        >>> roles = Roles("late", "binary", ("false", "true"), ("hour",))
        >>> Roles.from_json(roles.to_json()) == roles
        True
    """

    target: str
    task: Task
    classes: tuple[str, ...]
    features: tuple[str, ...]
    time: str | None = None
    key: tuple[str, ...] = ()
    excluded: Mapping[str, str] = field(default_factory=dict)

    @property
    def meaning(self) -> str:
        """Say what is predicted and, of two classes, which error has which name.

        Example:
            >>> Roles("late", "binary", ("no", "yes"), ("hour",)).meaning.partition(";")[0]
            'positive class: yes, of late'
        """
        if self.task == "regression":
            return f"target: {self.target}, a quantity"
        if self.task == "multiclass":
            return f"target: {self.target}, {len(self.classes):,} classes"
        negative, positive = self.classes
        return (
            f"positive class: {positive}, of {self.target}; in error_usd a false_negative is {positive} taken for "
            f"{negative}, and a false_positive {negative} taken for {positive}"
        )

    def to_json(self) -> str:
        """Write as JSON, always the same bytes for the same roles."""
        return (
            json.dumps(asdict(self) | {"excluded": dict(self.excluded)}, ensure_ascii=False, indent=2, sort_keys=True)
            + "\n"
        )

    @classmethod
    def from_json(cls, text: str) -> Roles:
        """Read what `to_json` wrote.

        Raises:
            ModelError: The text is not that of roles.
        """
        tree = json.loads(text)
        if not isinstance(tree, dict) or set(tree) != {item.name for item in fields(cls)}:
            raise ModelError("this is no description of column roles", found=text[:80])
        for name in ("classes", "features", "key"):
            tree[name] = tuple(tree[name])
        return cls(**tree)
