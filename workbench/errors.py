"""Every error a user can cause, as one tree.

```text
WorkbenchError                  exit 1   the work failed
├── UsageError                  exit 2   a bad argument on the command line
├── ParamsError                 exit 2   params.yaml: unknown key, wrong type, missing value
├── SourceError                          a source cannot be opened or read
├── ContractError                        data break the contract: column, type, cardinality
├── FeatureError                         a column or label cannot become model input
├── ModelError                           a model file or model input is not what was trained
├── PriceError                           an instance or purchase option has no known price
├── DecisionError                        no candidate can be chosen
├── ArtifactError                        an artifact cannot be written or read
│   ├── MissingArtifactError             it was never committed
│   ├── IntegrityError                   its bytes are not those that were committed
│   └── StaleRunError                    a newer run of the stage owns it
└── StageError                           a stage did not end as DONE
    ├── StageFailedError                 a cell raised, or the kernel died
    ├── StageTimeoutError                the deadline passed
    └── StageKilledError                 it was interrupted or killed
```

The text of an error is one readable paragraph: what is wrong, where, what was found, what was
expected, and a hint.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Place:
    """Where an error was found; every part is optional.

    Attributes:
        file: Path as the user wrote it.
        line: One-based line of `file`.
        key: Dotted key of a parameter, such as `cost.traffic`.
        column: Name of a column.
        row: One-based row of a source, header not counted.
        cell: One-based code cell of a notebook.
    """

    file: str | None = None
    line: int | None = None
    key: str | None = None
    column: str | None = None
    row: int | None = None
    cell: int | None = None

    def __str__(self) -> str:
        """Render as `file:line, key k, column 'c', row r`."""
        where = self.file or ""
        if self.file and self.line is not None:
            where += f":{self.line}"
        parts = [
            where,
            f"key {self.key}" if self.key else "",
            f"column {self.column!r}" if self.column is not None else "",
            f"row {self.row:,}" if self.row is not None else "",
            f"cell {self.cell}" if self.cell is not None else "",
        ]
        return ", ".join(part for part in parts if part)


class WorkbenchError(Exception):
    """The root: one paragraph a user can act on.

    Args:
        problem: What is wrong, in one sentence without a full stop.
        place: Where it was found.
        found: What was there.
        expected: What should have been there.
        hint: What to do about it.

    Example:
        >>> print(WorkbenchError("unknown key", place=Place("params.yaml", 3, "train.sed"), hint="did you mean seed?"))
        params.yaml:3, key train.sed: unknown key. Hint: did you mean seed?
    """

    exit_code = 1

    def __init__(
        self,
        problem: str,
        *,
        place: Place | None = None,
        found: object = None,
        expected: object = None,
        hint: str | None = None,
    ) -> None:
        self.problem = problem
        self.place = place or Place()
        self.found = found
        self.expected = expected
        self.hint = hint
        super().__init__(problem)

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        """Survive pickling between processes, keyword arguments included."""
        return _rebuild, (type(self), self.problem, self.place, self.found, self.expected, self.hint)

    def __str__(self) -> str:
        """Render the paragraph."""
        where = str(self.place)
        sentences = [f"{where}: {self.problem}" if where else self.problem]
        if self.found is not None:
            sentences.append(f"Found: {self.found}")
        if self.expected is not None:
            sentences.append(f"Expected: {self.expected}")
        if self.hint:
            sentences.append(f"Hint: {self.hint}")
        return ". ".join(sentence.rstrip(".") if sentence is not sentences[-1] else sentence for sentence in sentences)


class UsageError(WorkbenchError):
    """A bad argument on the command line."""

    exit_code = 2


class ParamsError(WorkbenchError):
    """params.yaml holds an unknown key, a wrong type or lacks a value."""

    exit_code = 2


class SourceError(WorkbenchError):
    """A source cannot be opened or read."""


class ContractError(WorkbenchError):
    """Data break the contract: a column, a type or a cardinality."""


class FeatureError(WorkbenchError):
    """A column or a label cannot become model input."""


class ModelError(WorkbenchError):
    """A model file, or the frame given to a model, is not what was trained."""


class PriceError(WorkbenchError):
    """An instance or a purchase option has no known price."""


class DecisionError(WorkbenchError):
    """No candidate keeps to the limits, so that none can be chosen."""


class ArtifactError(WorkbenchError):
    """An artifact cannot be written or read."""


class MissingArtifactError(ArtifactError):
    """An artifact was never committed."""


class IntegrityError(ArtifactError):
    """The bytes of an artifact are not those that were committed."""


class StaleRunError(ArtifactError):
    """A newer run of the stage owns the artifacts; this one may not write."""


class StageError(WorkbenchError):
    """A stage did not end as DONE."""


class StageFailedError(StageError):
    """A cell raised, the kernel died, or nothing was committed."""


class StageTimeoutError(StageError):
    """The deadline of the stage passed."""


class StageKilledError(StageError):
    """The stage was interrupted or killed from outside."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Give a hint that names the closest known name, or None when nothing is close.

    Example:
        >>> nearest("sed", ["seed", "metric"])
        'did you mean seed?'
    """
    close = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else None


def _rebuild(
    kind: type[WorkbenchError], problem: str, place: Place, found: object, expected: object, hint: str | None
) -> WorkbenchError:
    return kind(problem, place=place, found=found, expected=expected, hint=hint)
