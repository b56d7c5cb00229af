"""What a change of the project does to the cost of one full run of its pipeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from workbench.cost.ledger.amounts import nano
from workbench.cost.ledger.money import usd

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Commit:
    """A commit in a line of ancestors.

    Attributes:
        revision: Its hash.
        committed: When, ISO 8601 UTC.
    """

    revision: str
    committed: str


@dataclass(frozen=True)
class Evidence:
    """The run that tells what a stage costs at a revision.

    Attributes:
        run: Its id.
        started: When it began, ISO 8601 UTC.
        nano_usd: What it cost, in billionths of a dollar; None when unpriced.
        git_revision: The commit it began from.
        commits_back: How many commits that one lies before the revision that was asked for.
        changed: Whether tracked files differed from that commit: the run belongs between it and the next one.
    """

    run: str
    started: str
    nano_usd: int | None
    git_revision: str
    commits_back: int
    changed: bool


@dataclass(frozen=True)
class Change:
    """A stage at two revisions.

    Attributes:
        stage: The stage.
        before: Its evidence at the first; None where there is none.
        after: Its evidence at the second; None where there is none.
        is_new: The first has no such stage, so that it cost nothing there.
        is_gone: The second has none.
    """

    stage: str
    before: Evidence | None
    after: Evidence | None
    is_new: bool = False
    is_gone: bool = False

    @property
    def nano_usd(self) -> int | None:
        """What one run costs more, in billionths of a dollar; None where one side is not known."""
        before = 0 if self.is_new else _cost(self.before)
        after = 0 if self.is_gone else _cost(self.after)
        return None if before is None or after is None else after - before

    @property
    def usd(self) -> float | None:
        """The same in dollars."""
        return None if self.nano_usd is None else usd(self.nano_usd)


def _cost(found: Evidence | None) -> int | None:
    return None if found is None else found.nano_usd


def evidence(runs: pl.DataFrame, line: Sequence[Commit], *, with_changes: bool = False) -> Mapping[str, Evidence]:
    """Find for each stage the run that tells what it costs at a revision.

    It is the newest run that ended well at that revision or, where the stage did not run there, at its nearest
    ancestor, as what did not run again was as it had been. A run in a changed working tree counts before its commit and
    after the next one, provided it began before that one was made.

    Args:
        runs: As `artifacts.read_ledger` gives them.
        line: The revision and its ancestors, the nearest first.
        with_changes: Whether changes on top of the revision count as well: the working tree.

    Returns:
        By stage; one without evidence has no entry.
    """
    back = {commit.revision: number for number, commit in enumerate(line)}
    until = {commit.revision: line[number - 1].committed for number, commit in enumerate(line) if number}
    here = "9999" if with_changes else ""
    ran = (
        runs.filter(pl.col("status") == "DONE", pl.col("git_revision").is_in(list(back)))
        .with_columns(
            pl.col("git_revision").replace_strict(back, return_dtype=pl.Int64).alias("back"),
            pl.col("git_revision").replace_strict(until, default=here, return_dtype=pl.String).alias("until"),
            pl.col("git_dirty").fill_null(value=False).alias("changed"),
            nano("usd").alias("nano_usd"),
        )
        .filter(~pl.col("changed") | (pl.col("started") < pl.col("until")))
        .with_columns((2 * pl.col("back") - pl.col("changed").cast(pl.Int64)).alias("distance"))
        .sort("distance", "started", "run", descending=[False, True, False])
        .unique("stage", keep="first", maintain_order=True)
    )
    columns = ("run", "started", "nano_usd", "git_revision", "back", "changed")
    return {stage: Evidence(*told) for stage, *told in ran.select("stage", *columns).iter_rows()}


def change(
    before: Mapping[str, Evidence],
    after: Mapping[str, Evidence],
    stages_before: Sequence[str],
    stages_after: Sequence[str],
) -> tuple[Change, ...]:
    """Put two revisions side by side, stage by stage.

    Args:
        before: Evidence at the first revision.
        after: Evidence at the second.
        stages_before: Stages of the pipeline at the first revision.
        stages_after: Stages of the pipeline at the second.
    """
    both = dict.fromkeys([*stages_after, *stages_before])
    return tuple(
        Change(
            stage,
            before.get(stage) if stage in stages_before else None,
            after.get(stage) if stage in stages_after else None,
            is_new=stage not in stages_before,
            is_gone=stage not in stages_after,
        )
        for stage in both
    )
