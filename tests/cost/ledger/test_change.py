"""Which run tells what a stage costs at a revision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cost.ledger.runs import ledger
from workbench.cost.ledger.change import Commit, change, evidence

if TYPE_CHECKING:
    from pathlib import Path

OLD, MIDDLE, NEW = (
    Commit(letter * 40, f"2026-11-{day:02}T00:00:00.000Z") for letter, day in (("a", 1), ("b", 10), ("c", 20))
)
LINE = (NEW, MIDDLE, OLD)


def run(usd: float | None, commit: Commit, day: int, **told: object) -> dict[str, object]:
    return {"usd": usd, "git_revision": commit.revision, "started": f"2026-11-{day:02}T10:00:00.000Z"} | told


def test_the_nearest_ancestor_that_ran_the_stage_tells(tmp_path: Path) -> None:
    runs = ledger(
        tmp_path,
        run(1.0, OLD, 2),
        run(2.0, MIDDLE, 11),
        run(2.5, MIDDLE, 12),
        run(9.0, MIDDLE, 13, status="FAILED"),
        run(8.0, OLD, 25),
        run(7.0, Commit("d" * 40, ""), 26),
        run(None, NEW, 21, stage="cost"),
    )
    found = evidence(runs, LINE)
    assert set(found) == {"train", "cost"}
    assert (found["train"].nano_usd, found["train"].commits_back) == (2_500_000_000, 1)
    assert found["cost"].nano_usd is None
    assert evidence(runs, LINE[2:])["train"].nano_usd == 8_000_000_000


def test_a_changed_tree_belongs_before_the_commit_it_became(tmp_path: Path) -> None:
    runs = ledger(
        tmp_path,
        run(1.0, MIDDLE, 11),
        run(2.0, MIDDLE, 15, git_dirty=True),
        run(1.0, MIDDLE, 16),
        run(3.0, MIDDLE, 21, git_dirty=True),
        run(4.0, NEW, 22, git_dirty=True),
    )
    assert evidence(runs, LINE)["train"].nano_usd == 2_000_000_000, "the later one began when the commit was made"
    assert evidence(runs, LINE[1:])["train"].nano_usd == 1_000_000_000
    assert evidence(runs, LINE, with_changes=True)["train"].nano_usd == 4_000_000_000


def test_a_difference_needs_both_sides(tmp_path: Path) -> None:
    runs = ledger(
        tmp_path,
        run(1.0, OLD, 2),
        run(1.5, NEW, 21),
        run(0.5, NEW, 21, stage="cost"),
        run(0.25, OLD, 2, stage="strip"),
        run(0.75, NEW, 21, stage="decide"),
    )
    before, after = evidence(runs, LINE[2:]), evidence(runs, LINE)
    found = {
        item.stage: item.usd
        for item in change(before, after, ["train", "cost", "strip"], ["train", "cost", "decide", "release"])
    }
    assert found == {"train": 0.5, "cost": None, "decide": 0.75, "release": None, "strip": -0.25}
