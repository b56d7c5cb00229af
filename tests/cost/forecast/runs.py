"""Made-up runs for the tests of forecasts."""

from __future__ import annotations

from dataclasses import replace

from workbench.artifacts import RunRecord

MACHINE = "here, 2 threads, 8 GiB"


def ended(stage: str = "evaluate", number: int = 0, **values: object) -> RunRecord:
    """Make a run that ended well."""
    record = RunRecord(
        run=f"{number:016x}",
        stage=stage,
        status="DONE",
        started=f"2026-11-25T00:00:{number:02d}.000Z",
        pid=1,
        process_started="1",
        wall_seconds=10.0,
        cpu_seconds=12.0,
        peak_rss_bytes=500_000_000,
        input_bytes=1_000_000,
        machine=MACHINE,
        dependencies={"data/processed": "a", "workbench/evaluate": "code"},
        params={f"{stage}.seed": 0},
    )
    return replace(record, **values)
