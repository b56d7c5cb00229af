"""Looks at a table once and settles what its parameters must say; what it settles was tried before it is written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from workbench.errors import FeatureError, Place, SourceError, UsageError, nearest
from workbench.ingest import SourceFile, infer_contract, ingest, inspect, parse, suggested
from workbench.ingest.deriving import derive
from workbench.ingest.labels import has_label, infer_labels
from workbench.params.ingest import IngestParams
from workbench.project.decimals import decimal_commas, has_decimal_commas
from workbench.project.fitting import Fit
from workbench.project.lookalikes import lookalikes

if TYPE_CHECKING:
    from workbench.ingest import Contract, Format, Inspection, Suggestion
    from workbench.ingest.suitability import Verdict

LEAST_ROWS = 30
ASIDE: tuple[Verdict, ...] = ("identifier", "constant", "leak", "empty", "unusable")
MISSING = ("NA", "N/A", "n/a", "#N/A", "NULL", "null", "None", "none", "NaN", "nan", "NAN", "?", "-", "--", ".")
UNLABELLED = ("NA", "N/A", "n/a", "#N/A", "NULL", "null", "NaN", "nan", "NAN", "?")
"""Those that are missing labels rather than a class of their own."""
INFINITE = ("inf", "-inf", "Inf", "-Inf", "Infinity", "-Infinity", "INF", "-INF")


@dataclass(frozen=True)
class Subject:
    """The table under examination.

    Attributes:
        source: Its bytes.
        path: Where the project will keep it.
        target: The column to predict.
    """

    source: SourceFile
    path: str
    target: str

    def params(self, **more: object) -> IngestParams:
        """Give parameters that read the table, `more` of them as given."""
        nulls = more.pop("null_values", ())
        sources = {self.source.name: {"path": self.path, "null_values": nulls}}
        tree = {"sources": sources, "table": self.source.name, "target": self.target}
        return IngestParams.model_validate(tree | more)


def examine(data: bytes, kind: Format, name: str, path: str, target: str, time: str | None) -> Fit:
    """Find the parameters that fit a table, and try them on it.

    Args:
        data: Its bytes, decompressed.
        kind: What they are.
        name: Name of the source.
        path: Where the project will keep it.
        target: The column to predict.
        time: The column that orders the rows; looked for when None.

    Raises:
        SourceError: The bytes are no table, or it has too few rows.
        UsageError: It has no such column.
        FeatureError: Nothing can be learnt from the target.
    """
    subject = Subject(SourceFile(name, data, kind), path, target)
    nulls, contract = _null_values(subject)
    parsed = parse(subject.source, contract, subject.params(null_values=nulls))
    frame = parsed.frame
    for column in filter(None, (target, time)):
        _assert_column(frame, column)
    _assert_rows(frame, name)
    decimals = decimal_commas(frame)
    derived = dict(decimals.values())
    target = decimals[target][0] if target in decimals else target
    subject = replace(subject, target=target)
    columns = frame.width
    frame = derive(frame, derived).drop(decimals)
    inspection = inspect(frame, target)
    _assert_labels(frame[target], name)
    aside = {column: f"texts with a decimal comma: read as {new!r}" for column, (new, _) in decimals.items()}
    aside |= {column: reason for column, reason in inspection.of(*ASIDE).items() if column != time}
    fit = Fit(
        source=name,
        path=path,
        target=target,
        task=inspection.task,
        task_reason=_task_reason(frame[target]),
        rows=frame.height,
        columns=columns,
        exclude=aside,
        derive=derived,
        null_values=nulls,
        unlabelled=int((~has_label(frame[target])).sum()),
        finite=not bool((~has_label(frame[target]) & frame[target].is_not_null()).any()),
        quarantined=parsed.quarantine.height,
        positive=_positive(frame[target]) if inspection.task == "binary" else None,
        remarks=lookalikes(frame, target),
    )
    return _split(subject, fit, inspection, contract, time)


def _split(subject: Subject, fit: Fit, inspection: Inspection, contract: Contract, time: str | None) -> Fit:
    """Divide by time where a column orders the rows and the parts hold every class, at random otherwise."""
    if time is not None:
        chosen = replace(fit, time=time, time_reason="as told by --time")
        _try(subject, chosen, contract)
        return chosen
    if inspection.time is not None:
        chosen = replace(fit, time=inspection.time, time_reason="it orders the rows: past rows predict later ones")
        try:
            _try(subject, chosen, contract)
        except FeatureError as error:
            fit = replace(fit, time_reason=f"not by time, column {inspection.time!r}: {error.problem}")
        else:
            return chosen
    _try(subject, fit, contract)
    return fit


def _try(subject: Subject, fit: Fit, contract: Contract) -> None:
    """Run ingest in memory as the project will.

    Raises:
        FeatureError: A part has no row, or a binary target has one class only in a part.
    """
    params = subject.params(
        null_values=fit.null_values,
        task=fit.task,
        positive=fit.positive.label if fit.positive else None,
        time=fit.time,
        exclude=tuple(fit.exclude),
        derive=dict(fit.derive),
        split={"by": "time" if fit.time else "random"},
    )
    result = ingest({subject.source.name: subject.source}, params, contract)
    if fit.task != "binary":
        return
    for part, rows in {"training": result.train, "validation": result.validation, "test": result.test}.items():
        if rows[fit.target].n_unique() < 2:  # noqa: PLR2004 - a binary target has two classes
            raise FeatureError(
                f"the {part} rows would hold one class only",
                place=Place(column=fit.target),
                found=f"{rows[fit.target][0]!r} in all {rows.height:,} of them",
                hint="bring more rows of the rarer class",
            )


def _positive(target: pl.Series) -> Suggestion:
    labelled = target.filter(has_label(target))
    return suggested(labelled, infer_labels(labelled, "binary").classes)


def _task_reason(target: pl.Series) -> str:
    kind = "texts" if target.dtype == pl.String else "truth values" if target.dtype == pl.Boolean else "numbers"
    return f"{target.filter(has_label(target)).n_unique():,} different {kind}"


def _null_values(subject: Subject) -> tuple[tuple[str, ...], Contract]:
    """Find the texts that stand for "missing".

    Those without which a column would be numbers or dates; and those that stand in place of a label.
    """
    plain = infer_contract({subject.source.name: subject.source}, subject.params())
    texts = _texts(plain, subject)
    if subject.source.format == "parquet" or not texts:
        return (), plain
    every = (*MISSING, *INFINITE)
    still = _texts(infer_contract({subject.source.name: subject.source}, subject.params(null_values=every)), subject)
    frame = parse(subject.source, plain, subject.params()).frame
    typed = [column for column in texts if column not in still or has_decimal_commas(frame[column], every)]
    held = {text for column in typed for text in frame[column].unique().to_list()}
    if subject.target in texts:
        labels = set(frame[subject.target].drop_nulls().unique())
        classes = labels - set(UNLABELLED)
        if len(classes) < 2:  # noqa: PLR2004 - what is left would be no choice, so that every text is a class
            classes = labels
        held = (held | labels) - classes if labels & set(UNLABELLED) else held - classes
    found = tuple(text for text in every if text in held)
    if not found:
        return (), plain
    return found, infer_contract({subject.source.name: subject.source}, subject.params(null_values=found))


def _texts(contract: Contract, subject: Subject) -> list[str]:
    columns = contract.sources[subject.source.name].columns
    return [name for name, column in columns.items() if column.dtype == "String"]


def _assert_column(frame: pl.DataFrame, name: str) -> None:
    if name not in frame.columns:
        known = ", ".join(frame.columns[:20]) + (" …" if frame.width > 20 else "")  # noqa: PLR2004 - enough to see
        raise UsageError(
            f"no column {name!r} in the data", expected=f"one of {known}", hint=nearest(name, frame.columns)
        )


def _assert_rows(frame: pl.DataFrame, name: str) -> None:
    if frame.height < LEAST_ROWS:
        raise SourceError(
            "too few rows to train, validate and test on",
            place=Place(name),
            found=f"{frame.height:,}",
            expected=f"at least {LEAST_ROWS}",
        )


def _assert_labels(target: pl.Series, name: str) -> None:
    known = int(has_label(target).sum())
    if known < LEAST_ROWS:
        raise FeatureError(
            "too few rows have a target to train, validate and test on",
            place=Place(name, column=target.name),
            found=f"{known:,} of {target.len():,}",
            expected=f"at least {LEAST_ROWS}",
        )
