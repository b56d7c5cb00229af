"""`costs --diff REV`: what one full run of the pipeline costs here and at another revision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.charts.labels import number, usd
from workbench.cli.tables import Heading, show_json, show_table
from workbench.cost.ledger.change import change, evidence
from workbench.cost.ledger.money import usd as dollars

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.cost.ledger.change import Change, Evidence

_SHORT_REVISION = 9


def show_change(revision: str, *, reprice: bool, as_json: bool) -> None:
    """Print the difference by stage, and what it comes to in a month of retraining.

    Raises:
        UsageError: git knows no such revision.
    """
    from workbench.cli.ledgering import priced_anew, read_ledger  # noqa: PLC0415 - that module reads this one
    from workbench.params.reading import read  # noqa: PLC0415 - only here
    from workbench.params.root import find_root  # noqa: PLC0415 - only here
    from workbench.stages.lineage import lineage, stages_at  # noqa: PLC0415 - only here
    from workbench.stages.pipeline import Pipeline  # noqa: PLC0415 - only here

    root = find_root()
    there, here = lineage(root, revision), lineage(root, "HEAD")
    runs, _ = read_ledger()
    runs = priced_anew(runs)[0] if reprice else runs
    stages = Pipeline.read(root).notebooks()
    changes = change(
        evidence(runs, there), evidence(runs, here, with_changes=True), stages_at(root, there[0].revision), stages
    )
    retrains = read(root).cost.retrains_per_month
    if as_json:
        show_json(_tree(revision, changes, retrains))
        return
    headings = [Heading("stage", number=False), Heading(f"at {revision}"), Heading("here"), Heading("difference")]
    headings += [Heading(f"measured at {revision} by", number=False), Heading("measured here by", number=False)]
    rows = [_row(item) for item in changes]
    show_table(f"one full run of the pipeline, against {revision}", headings, rows, _notes(revision, changes, retrains))


def _tree(revision: str, changes: Sequence[Change], retrains: float) -> dict[str, object]:
    missing = [item.stage for item in changes if item.nano_usd is None]
    nano = sum(item.nano_usd or 0 for item in changes)
    return {
        "against": revision,
        "usd_per_run": None if missing else dollars(nano),
        "retrains_per_month": retrains,
        "usd_per_month": None if missing else dollars(nano) * retrains,
        "known_usd_per_run": dollars(nano),
        "without_evidence": missing,
        "stages": [
            {
                "stage": item.stage,
                "difference_usd": item.usd,
                "is_new": item.is_new,
                "is_gone": item.is_gone,
                "before": _evidence(item.before),
                "after": _evidence(item.after),
            }
            for item in changes
        ],
    }


def _evidence(found: Evidence | None) -> dict[str, object] | None:
    if found is None:
        return None
    return {
        "usd": None if found.nano_usd is None else dollars(found.nano_usd),
        "run": found.run,
        "started": found.started,
        "git_revision": found.git_revision,
        "commits_back": found.commits_back,
        "changed": found.changed,
    }


def _row(item: Change) -> tuple[str, ...]:
    difference = item.usd
    told = "—" if difference is None else ("none" if difference == 0 else f"{difference:+.6f}")
    sides = (_cost(item.before, missing=item.is_new), _cost(item.after, missing=item.is_gone))
    return (item.stage, *sides, told, _told(item.before), _told(item.after))


def _cost(found: Evidence | None, *, missing: bool) -> str:
    if found is None or found.nano_usd is None:
        return "no such stage" if missing else "—"
    return usd(dollars(found.nano_usd))


def _told(found: Evidence | None) -> str:
    """Name the run a figure rests on, and how far from the revision it was."""
    if found is None:
        return ""
    back = f", {found.commits_back} commit{'s' * (found.commits_back > 1)} before" if found.commits_back else ""
    changed = ", tree changed" if found.changed else ""
    return f"{found.run} at {found.git_revision[:_SHORT_REVISION]}{back}{changed}"


def _notes(revision: str, changes: Sequence[Change], retrains: float) -> list[str]:
    missing = [item.stage for item in changes if item.nano_usd is None]
    nano = sum(item.nano_usd or 0 for item in changes)
    month = dollars(nano) * retrains
    month_of = f"a month of retraining, {number(retrains)} full runs,"
    if not changes or len(missing) == len(changes):
        notes = [f"nothing is known: no stage ran and ended well both here and at {revision} or before"]
    elif nano == 0:
        notes = [f"this branch leaves {month_of} at the same price"]
    else:
        word = "dearer" if nano > 0 else "cheaper"
        notes = [f"this branch makes {month_of} {usd(abs(month))} {word} than {revision}"]
    if missing and len(missing) < len(changes):
        notes.append(f"not in it, for want of a priced run on both sides: {', '.join(missing)}")
    if any(item.before and item.after and item.before.run == item.after.run for item in changes):
        notes.append("the same run on both sides: the stage did not run again since, so that nothing tells it apart")
    return notes
