"""The sources become one table: joined, derived, kept, labelled; every row and column accounted for."""

from __future__ import annotations

from dataclasses import dataclass, field
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
from workbench.ingest.suitability import flaw
from workbench.model.roles import Roles

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from workbench.ingest.parsing import Parsed
    from workbench.params.ingest import IngestParams

_ROW = "\x00row"


@dataclass(frozen=True)
class Table:
    """One row per example, and what became of the others.

    Attributes:
        frame: Features, target, time, key and group; excluded columns are gone.
        roles: What each column is for.
        accounting: One line per step so far.
        quarantine: Rows set aside, by source, with the reason.
    """

    frame: pl.DataFrame
    roles: Roles
    accounting: pl.DataFrame
    quarantine: Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class _Draft:
    """The table on its way: each step gives a new one."""

    frame: pl.DataFrame
    steps: tuple[Step, ...] = ()
    copies: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()


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
    draft = _Draft(_numbered(parsed[params.table]), tuple(_read_step(name, parsed[name]) for name in params.sources))
    draft = _joined(draft, parsed, params)
    draft = _derived(draft, params)
    draft = _labelled(draft, parsed[params.table], params)
    if params.pseudonymize:
        key = secret_key(params.pseudonym_key, environment)
        draft = _Draft(pseudonymize(draft.frame, params.pseudonymize, key), draft.steps, draft.copies, draft.faults)
    roles = _roles(draft, params)
    used = _kept(roles, params)
    kept = [name for name in draft.frame.columns if name in used]
    quarantine = {name: part.quarantine for name, part in parsed.items()}
    if draft.faults:
        withhold = holds_private_columns(params.table, draft.frame.columns, params)
        late = quarantine_frame(params.table, draft.faults, withhold=withhold)
        quarantine[params.table] = pl.concat([quarantine[params.table], late])
    return Table(draft.frame.select(kept), roles, accounting_frame(draft.steps), quarantine)


def _numbered(part: Parsed) -> pl.DataFrame:
    if part.positions is None:
        return part.frame.with_row_index(_ROW, offset=1)
    return part.frame.with_columns(part.positions.alias(_ROW))


def _read_step(name: str, part: Parsed) -> Step:
    ignored = f"columns not in the contract, ignored: {', '.join(part.ignored)}" if part.ignored else ""
    return Step(f"read {name}", part.rows_read, part.frame.height, part.quarantine.height, note=ignored)


def _joined(draft: _Draft, parsed: Mapping[str, Parsed], params: IngestParams) -> _Draft:
    frame, steps, copies = draft.frame, list(draft.steps), dict(draft.copies)
    for item in params.joins:
        before = frame.height
        result = join(frame, parsed[item.source].frame, item, withhold=bool(params.pseudonymize))
        frame = result.frame
        copies |= result.copies
        grown = f"; {before:,} rows became {frame.height:,} by the declared {item.validate_}"
        note = f"{result.matched_rows / max(frame.height, 1):.2%} of rows matched"
        step = f"join {item.source}"
        steps.append(Step(step, frame.height, frame.height, note=note + (grown if frame.height != before else "")))
    return _Draft(frame, tuple(steps), copies)


def _derived(draft: _Draft, params: IngestParams) -> _Draft:
    frame, steps = draft.frame, list(draft.steps)
    rows = frame.height
    if params.derive:
        frame = derive(frame, params.derive)
        steps.append(Step("derive", rows, frame.height, note=", ".join(params.derive)))
    if params.keep is not None:
        frame = keep(frame, params.keep)
        steps.append(Step("keep", rows, frame.height, dropped=rows - frame.height, note=params.keep))
    return _Draft(frame, tuple(steps), draft.copies)


def _labelled(draft: _Draft, table: Parsed, params: IngestParams) -> _Draft:
    """Set aside rows without a label, and without a moment where rows are divided by time."""
    assert_target(draft.frame, params.target)
    checks = [("target missing", params.target)]
    if params.time is not None:
        _assert_column(draft.frame, params.time, "ingest.time")
        checks += [("time missing", params.time)] if params.split.by == "time" else []
    frame, steps, faults = draft.frame, list(draft.steps), list(draft.faults)
    for reason, name in checks:
        good = has_label(frame[name])
        bad = frame.height - int(good.sum())
        if bad:
            faults += _faults(frame.filter(~good), table, reason, name)
            frame = frame.filter(good)
        step = Step(reason.removesuffix(" missing"), frame.height + bad, frame.height, bad, note=name)
        steps.append(step)
    if not frame.height:
        raise FeatureError("no row has a label", place=Place(column=params.target))
    return _Draft(frame, tuple(steps), draft.copies, tuple(faults))


def _faults(rows: pl.DataFrame, table: Parsed, reason: str, column: str) -> list[Fault]:
    raws = rows.select(pl.struct(table.frame.columns).struct.json_encode()).to_series()
    return [Fault(row, reason, raw, column) for row, raw in zip(rows[_ROW], raws, strict=True)]


def _roles(draft: _Draft, params: IngestParams) -> Roles:
    frame = draft.frame
    for key, names in {"ingest.exclude": params.exclude, "ingest.key": params.key}.items():
        for name in names:
            _assert_column(frame, name, key)
    if params.split.group is not None:
        _assert_column(frame, params.split.group, "ingest.split.group")
    excluded = _excluded(draft, params)
    features = tuple(name for name in frame.columns if name not in excluded and name not in {params.target, _ROW})
    if not features:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in list(excluded.items())[:5])
        raise FeatureError("no column is left to predict from", found=reasons or None)
    labels = infer_labels(frame[params.target], params.task)
    return Roles(params.target, labels.task, labels.classes, features, params.time, params.key, excluded)


def _excluded(draft: _Draft, params: IngestParams) -> dict[str, str]:
    """Say why each column that is no feature is none; the first reason counts."""
    reasons = dict.fromkeys(params.exclude, "excluded in params.yaml")
    reasons |= {name: "identifies a row" for name in params.key if name not in reasons}
    if params.split.group and params.split.group not in reasons:
        reasons[params.split.group] = "names the groups of the split"
    leaks = sources_of(params.target, params.derive)
    _add(reasons, dict.fromkeys(sorted(leaks), f"the target {params.target!r} is made from it"))
    tainted = made_from(leaks | {params.target}, params.derive)
    _add(reasons, {name: f"made from {root!r}, which gives the target away" for name, root in tainted.items()})
    _add(reasons, {name: f"repeats {original!r} of the table" for name, original in draft.copies.items()})
    for name in draft.frame.columns:
        found = None if name in reasons or name == _ROW else flaw(draft.frame[name])
        if found is not None and name != params.target:
            reasons[name] = found[1]
    reasons.pop(params.target, None)
    return {name: reasons[name] for name in draft.frame.columns if name in reasons}


def _add(reasons: dict[str, str], more: Mapping[str, str]) -> None:
    for name, reason in more.items():
        reasons.setdefault(name, reason)


def _kept(roles: Roles, params: IngestParams) -> frozenset[str]:
    single = (name for name in (roles.time, params.split.group) if name)
    return frozenset((*roles.features, roles.target, *roles.key, *single))


def _assert_column(frame: pl.DataFrame, name: str, key: str) -> None:
    known: Iterable[str] = [column for column in frame.columns if column != _ROW]
    if name not in known:
        raise ParamsError(f"no column {name!r}", place=Place(key=key), hint=nearest(name, known))
