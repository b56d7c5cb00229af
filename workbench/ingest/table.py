"""The sources become one table: joined, derived, kept, labelled; every row and column accounted for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

from workbench.errors import FeatureError, ParamsError, Place, nearest
from workbench.ingest.accounting import Step, accounting_frame
from workbench.ingest.deriving import derive, keep, made_from, sources_of
from workbench.ingest.joining import join
from workbench.ingest.labels import assert_target, has_label, infer_labels
from workbench.ingest.parsing import holds_private_columns
from workbench.ingest.privacy import pseudonymize, secret_key
from workbench.ingest.quarantine import Fault, quarantine_frame
from workbench.ingest.splitting import assert_copies_stay_together
from workbench.ingest.suitability import flaw
from workbench.model.roles import Roles

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.ingest.parsing import Parsed
    from workbench.params.ingest import IngestParams

_ROW = "\x00row"
CLOCK = "the clock itself, which never comes again: with a format in the contract its hour, weekday and month are used"


@dataclass(frozen=True)
class Table:
    """One row per example, and what became of the others.

    Attributes:
        frame: Features, target, time, key and group; excluded columns are gone.
        roles: What each column is for.
        accounting: One line per step so far.
        quarantine: Rows set aside, by source, with the reason.
        types: Type of every column there ever was, those left out included.
    """

    frame: pl.DataFrame
    roles: Roles
    accounting: pl.DataFrame
    quarantine: Mapping[str, pl.DataFrame]
    types: Mapping[str, str]


@dataclass(frozen=True)
class _Draft:
    """The table on its way: each step gives a new one.

    Attributes:
        frame: The rows so far.
        steps: What became of the others.
        types: Type of every column there ever was, in order.
        ruled_out: Why columns are no features, by rule rather than by their values.
        faults: Rows set aside on the way.
    """

    frame: pl.DataFrame
    steps: tuple[Step, ...]
    types: Mapping[str, str] = field(default_factory=dict)
    ruled_out: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns there ever were, in order."""
        return tuple(self.types)


def build(parsed: Mapping[str, Parsed], params: IngestParams, environment: Mapping[str, str] | None = None) -> Table:
    """Make the table.

    Args:
        parsed: The rows of each source.
        params: What to make of them.
        environment: Where the secret of the pseudonyms is; the process's environment by default.

    Raises:
        ParamsError: params name a column that does not exist, or an expression fails.
        ContractError: A join is not what was declared.
        FeatureError: There is nothing to predict, or nothing to predict it from.
    """
    steps = tuple(_read_step(name, parsed[name]) for name in params.sources)
    draft = _joined(_Draft(_numbered(parsed[params.table], params), steps), parsed, params)
    draft = _kept(_derived(draft, params), params)
    draft = _labelled(draft, parsed[params.table], params)
    frame = _without_identities(draft.frame, params, environment)
    roles = _roles(draft, params)
    held = {roles.target, *roles.features, *_kept_anyway(params)}
    return Table(
        frame.select([name for name in frame.columns if name in held]),
        roles,
        accounting_frame(draft.steps),
        _quarantine(draft, parsed, params),
        draft.types,
    )


def _numbered(part: Parsed, params: IngestParams) -> pl.DataFrame:
    """Number the rows by their position in the source; bring them in order of time while they are narrow."""
    if part.positions is None:
        frame = part.frame.with_row_index(_ROW, offset=1)
    else:
        frame = part.frame.with_columns(part.positions.alias(_ROW))
    if params.split.by != "time" or params.time not in frame.columns or frame[params.time].is_sorted():
        return frame
    return frame.sort(params.time, maintain_order=True)


def _read_step(name: str, part: Parsed) -> Step:
    ignored = f"columns not in the contract, ignored: {', '.join(part.ignored)}" if part.ignored else ""
    return Step(f"read {name}", part.rows_read, part.frame.height, part.quarantine.height, note=ignored)


def _joined(draft: _Draft, parsed: Mapping[str, Parsed], params: IngestParams) -> _Draft:
    frame, steps, ruled_out = draft.frame, list(draft.steps), dict(draft.ruled_out)
    for item in params.joins:
        before = frame.height
        result = join(frame, parsed[item.source].frame, item, withhold=bool(params.pseudonymize))
        frame = result.frame
        if frame.height > before:
            assert_copies_stay_together(item.source, params.split, params.key)
        ruled_out |= {name: f"repeats {original!r} of the table" for name, original in result.copies.items()}
        grown = f"; {before:,} rows became {frame.height:,} by the declared {item.validate_}"
        note = f"{result.matched_rows / max(frame.height, 1):.2%} of rows matched"
        step = f"join {item.source}"
        steps.append(Step(step, frame.height, frame.height, note=note + (grown if frame.height != before else "")))
    return _Draft(frame, tuple(steps), {}, ruled_out)


def _derived(draft: _Draft, params: IngestParams) -> _Draft:
    frame = derive(draft.frame, params.derive)
    if params.target not in frame.columns:
        assert_target(frame.drop(_ROW), params.target)
    types = {name: str(dtype.base_type()) for name, dtype in frame.schema.items() if name != _ROW}
    _assert_named(tuple(types), params)
    steps = draft.steps
    if params.derive:
        steps += (Step("derive", frame.height, frame.height, note=", ".join(params.derive)),)
    return _Draft(frame, steps, types, _ruled_out(draft, params))


def _kept(draft: _Draft, params: IngestParams) -> _Draft:
    """Keep the rows that params want, without the columns that nobody needs any more."""
    held = {params.target, _ROW, *_kept_anyway(params)}
    names = [name for name in draft.frame.columns if name in held or name not in draft.ruled_out]
    if params.keep is None:
        return replace(draft, frame=draft.frame.select(names))
    rows = draft.frame.height
    frame = keep(draft.frame, params.keep, names)
    step = Step("keep", rows, frame.height, dropped=rows - frame.height, note=params.keep)
    return replace(draft, frame=frame, steps=(*draft.steps, step))


def _labelled(draft: _Draft, table: Parsed, params: IngestParams) -> _Draft:
    """Set aside rows without a label, and without a moment where rows are divided by time."""
    assert_target(draft.frame, params.target)
    checks = {"target": params.target}
    if params.time is not None and params.split.by == "time":
        checks["time"] = params.time
    frame, steps, faults = draft.frame, list(draft.steps), list(draft.faults)
    for what, name in checks.items():
        good = has_label(frame[name])
        bad = frame.height - int(good.sum())
        if bad:
            faults += _faults(frame.filter(~good)[_ROW], table, f"{what} missing", name)
            frame = frame.filter(good)
        steps.append(Step(what, frame.height + bad, frame.height, bad, note=name))
    if not frame.height:
        raise FeatureError("no row has a label and a time", place=Place(column=params.target))
    return replace(draft, frame=frame, steps=tuple(steps), faults=tuple(faults))


def _faults(rows: pl.Series, table: Parsed, reason: str, column: str) -> list[Fault]:
    indexes = rows.cast(pl.Int64) - 1 if table.positions is None else table.positions.search_sorted(rows)
    raws = table.frame[indexes].select(pl.struct(pl.all()).struct.json_encode()).to_series()
    return [Fault(row, reason, raw, column) for row, raw in zip(rows, raws, strict=True)]


def _quarantine(draft: _Draft, parsed: Mapping[str, Parsed], params: IngestParams) -> dict[str, pl.DataFrame]:
    quarantine = {name: part.quarantine for name, part in parsed.items()}
    if draft.faults:
        withhold = holds_private_columns(params.table, draft.columns, params)
        late = quarantine_frame(params.table, draft.faults, withhold=withhold)
        quarantine[params.table] = pl.concat([quarantine[params.table], late])
    return quarantine


def _without_identities(
    frame: pl.DataFrame, params: IngestParams, environment: Mapping[str, str] | None
) -> pl.DataFrame:
    if not params.pseudonymize:
        return frame
    key = secret_key(params.pseudonym_key, environment)
    return pseudonymize(frame, [name for name in params.pseudonymize if name in frame.columns], key)


def _roles(draft: _Draft, params: IngestParams) -> Roles:
    frame = draft.frame
    labels = infer_labels(frame[params.target], params.task, params.positive)
    reasons = dict(draft.ruled_out)
    if params.time in frame.columns and not frame.schema[params.time].is_temporal():
        reasons.setdefault(params.time, CLOCK)
    for name in frame.columns:
        found = None if name in reasons or name in {_ROW, params.target} else flaw(frame[name])
        if found is not None:
            reasons[name] = found[1]
    excluded = {name: reasons[name] for name in draft.columns if name in reasons}
    features = tuple(name for name in draft.columns if name not in excluded and name != params.target)
    if not features:
        listed = "; ".join(f"{name}: {reason}" for name, reason in list(excluded.items())[:5])
        raise FeatureError("no column is left to predict from", found=listed or None)
    return Roles(params.target, labels.task, labels.classes, features, params.time, params.key, excluded)


def _ruled_out(draft: _Draft, params: IngestParams) -> dict[str, str]:
    """Say why columns are no features whatever they hold; the first reason counts."""
    leaks = sources_of(params.target, params.derive)
    tainted = made_from(leaks | {params.target}, params.derive)
    rules = (
        dict.fromkeys(params.exclude, "excluded in params.yaml"),
        dict.fromkeys(params.key, "identifies a row"),
        dict.fromkeys((params.split.group,) if params.split.group else (), "names the groups of the split"),
        dict.fromkeys(sorted(leaks), f"the target {params.target!r} is made from it"),
        {name: f"made from {root!r}, which gives the target away" for name, root in tainted.items()},
        draft.ruled_out,
    )
    reasons: dict[str, str] = {}
    for rule in rules:
        reasons |= {name: reason for name, reason in rule.items() if name not in reasons and name != params.target}
    return reasons


def _kept_anyway(params: IngestParams) -> frozenset[str]:
    """Name the columns that stay in the table even when they are no features."""
    return frozenset(name for name in (params.time, params.split.group, *params.key) if name)


def _assert_named(columns: tuple[str, ...], params: IngestParams) -> None:
    """Refuse names of params that are no columns."""
    named = {
        "ingest.time": (params.time,),
        "ingest.key": params.key,
        "ingest.exclude": params.exclude,
        "ingest.pseudonymize": params.pseudonymize,
        "ingest.split.group": (params.split.group,),
    }
    for key, names in named.items():
        for name in names:
            if name is not None and name not in columns:
                raise ParamsError(f"no column {name!r}", place=Place(key=key), hint=nearest(name, columns))
    if params.target in (*params.exclude, *params.pseudonymize, *params.key):
        raise ParamsError("the target cannot be excluded, hidden or a key", place=Place(key="ingest.target"))
    _assert_nothing_leaks(params)


def _assert_nothing_leaks(params: IngestParams) -> None:
    """Refuse derived columns that would carry a hidden value past its pseudonym."""
    for name in params.derive:
        shown = sources_of(name, params.derive) & {*params.pseudonymize}
        if shown and name not in params.pseudonymize:
            raise ParamsError(
                f"it is made from a pseudonymized column: {min(shown)}",
                place=Place(key=f"ingest.derive.{name}"),
                hint=f"list {name} under ingest.pseudonymize as well, or derive it without {min(shown)}",
            )
