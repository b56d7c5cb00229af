"""What the section `ingest.split` says of rows that belong together."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.params.ingest import SplitParams

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("split", "kept_whole"),
    [
        (SplitParams(by="group", group="patient"), "patient"),
        (SplitParams(by="random", group="patient"), None),
        (SplitParams(by="time", group="patient"), None),
        (SplitParams(), None),
    ],
)
def test_a_column_is_kept_whole_by_a_split_of_groups_alone(split: SplitParams, kept_whole: str | None) -> None:
    assert split.kept_whole == kept_whole
    assert "kept_whole" not in split.model_dump()


def test_nobody_else_says_when_groups_are_kept_whole() -> None:
    files = [*(ROOT / "workbench" / "cli").rglob("*.py"), *(ROOT / "notebooks").glob("*.ipynb")]
    assert [path.name for path in files if "split.group" in path.read_text(encoding="utf-8")] == []
