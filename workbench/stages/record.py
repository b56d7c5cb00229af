"""Writes down a run: what it starts from, what it used, how it ended."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import asdict, fields, replace
from typing import TYPE_CHECKING, Any, cast

from workbench import artifacts
from workbench.artifacts import CellUse, RunRecord
from workbench.errors import ArtifactError, ParamsError, PriceError
from workbench.params.tree import leaves

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from workbench.cost.metering.meter import Usage
    from workbench.params.cost import CostParams
    from workbench.stages.outcome import Outcome
    from workbench.stages.preflight import Plan
    from workbench.stages.provenance import Revision

_RESERVE = ".workbench/reserve"
_RESERVE_BYTES = 262_144
_SECONDS_PER_HOUR = 3600
_KEPT_SNAPSHOTS = 100


def begun(record: RunRecord, plan: Plan, revision: Revision, digests: Mapping[str, str]) -> RunRecord:
    """Add what the run starts from."""
    params = plan.params.params.model_dump(by_alias=True, mode="json")
    run = plan.params.params.run
    return replace(
        record,
        owner=run.owner or revision.owner,
        tags=run.tags,
        repro=os.environ.get(artifacts.REPRO_VARIABLE),
        git_revision=revision.git_revision,
        git_dirty=revision.git_dirty,
        dependencies=digests,
        params={".".join(path): value for path, value in leaves(params)},
        origins=plan.params.origins,
        instance=f"{plan.params.params.cost.instance} {plan.params.params.cost.purchase}",
    )


def metered(record: RunRecord, usage: Usage, usd_per_hour: float | None) -> RunRecord:
    """Add what the run has used and what its time costs."""
    return replace(
        record,
        wall_seconds=round(usage.wall_seconds, 3),
        cpu_seconds=round(usage.cpu_seconds, 3),
        peak_rss_bytes=usage.peak_rss_bytes,
        read_bytes=usage.read_bytes,
        written_bytes=usage.written_bytes,
        gpu_seconds=round(usage.gpu_seconds or 0.0, 3),
        mean_rss_bytes=usage.mean_rss_bytes,
        mean_pss_bytes=usage.mean_pss_bytes,
        network_bytes=usage.network_bytes,
        gpu_peak_bytes=usage.gpu_peak_bytes,
        energy_joules=None if usage.energy_joules is None else round(usage.energy_joules, 3),
        energy_basis=usage.energy_basis,
        usd=None if usd_per_hour is None else usage.wall_seconds / _SECONDS_PER_HOUR * usd_per_hour,
        forecast=_priced(record.forecast, usd_per_hour),
    )


def with_elsewhere(record: RunRecord, cpu_seconds: float, cost: CostParams, root: Path) -> RunRecord:
    """Add what workers outside the process tree used, at a thread's share of the price of the same machine."""
    from workbench.cost.pricing.prices import PriceBook  # noqa: PLC0415 - see `usd_per_hour`

    told = replace(record, elsewhere_cpu_seconds=round(cpu_seconds, 3))
    if not told.elsewhere_cpu_seconds or record.usd is None:
        return told
    per_second = PriceBook.load(root).usd_per_cpu_second(cost.instance, cost.purchase)
    return replace(told, usd=record.usd + told.elsewhere_cpu_seconds * per_second)


def _priced(forecast: Mapping[str, float], usd_per_hour: float | None) -> Mapping[str, float]:
    """Price the time that was forecast; the price was not known yet when the run began."""
    if usd_per_hour is None or "wall_seconds" not in forecast:
        return forecast
    return {**forecast, "usd": forecast["wall_seconds"] / _SECONDS_PER_HOUR * usd_per_hour}


def ended(record: RunRecord, outcome: Outcome) -> RunRecord:
    """Add how the run ended."""
    return replace(record, status=outcome.status, cell=outcome.cell, error=outcome.problem or None)


def usd_per_hour(cost: CostParams, root: Path) -> float | None:
    """Price the machine that runs the stage; None when the price book does not know it, or is not valid."""
    from workbench.cost.pricing.prices import PriceBook  # noqa: PLC0415 - read while the kernel starts, not before

    try:
        return PriceBook.load(root).usd_per_hour(cost.instance, cost.purchase).usd_per_hour
    except (ParamsError, PriceError):  # a price must not end a run; `workbench prices` tells what is wrong
        return None


def to_news(record: RunRecord) -> dict[str, object]:
    """Render a record for the guard's pipe."""
    return asdict(record)


def from_news(news: Mapping[str, object], cells: object = None) -> RunRecord:
    """Read a record from the guard's pipe.

    Args:
        news: The record as it began.
        cells: What the cells that have ended used; None when none has.
    """
    known = {item.name for item in fields(RunRecord)}
    record = RunRecord(**{key: value for key, value in news.items() if key in known})  # type: ignore[arg-type]  # checked by the writer
    return replace(record, cells=tuple(CellUse(**use) for use in cast("list[dict[str, Any]]", cells or news["cells"])))


def snapshot(record: RunRecord, plan: Plan) -> Path:
    """Keep the parameters of the run, which its notebook and a later `debug` read."""
    folder = plan.root / ".workbench" / "runs"
    _forget_oldest(folder)
    return artifacts.write_text(f".workbench/runs/{record.run}/params.yaml", plan.params.text, plan.root)


def reserve(root: Path) -> None:
    """Set bytes of the disk aside, so that the end of a run can be written down when the disk is full."""
    path = root / _RESERVE
    with suppress(OSError):
        if not path.is_file() or path.stat().st_size < _RESERVE_BYTES:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(os.urandom(_RESERVE_BYTES))  # not zeros: some file systems keep those for nothing


def finish(record: RunRecord, root: Path) -> None:
    """Put the end of the run on record, with the bytes set aside if need be.

    Raises:
        ArtifactError: The record cannot be written.
    """
    try:
        artifacts.finish_run(record, root)
    except ArtifactError:
        (root / _RESERVE).unlink(missing_ok=True)
        artifacts.finish_run(record, root)
        reserve(root)


def _forget_oldest(folder: Path) -> None:
    """Keep the parameters of the newest runs only."""
    with suppress(OSError):
        snapshots = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)
        for old in snapshots[: max(0, len(snapshots) - _KEPT_SNAPSHOTS)]:
            for path in old.iterdir():
                path.unlink(missing_ok=True)
            old.rmdir()
