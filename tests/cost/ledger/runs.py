"""Small ledgers as frames."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from workbench import artifacts

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

MACHINE = "aws/us-east-1/m7i.large on_demand"


def ledger(root: Path, *runs: dict[str, object]) -> pl.DataFrame:
    """Write runs to a ledger and read its table; what is left out is that of a run that ended well."""
    for number, told in enumerate(runs):
        usual = {"status": "DONE", "started": f"2026-11-{number + 1:02}T10:00:00.000Z", "wall_seconds": 3600.0}
        record = artifacts.new_run(str(told.get("stage", "train")))
        artifacts.write_run(replace(record, **({"instance": MACHINE, "usd": 1.0} | usual | told)), root)
    return artifacts.read_ledger(root).frame
