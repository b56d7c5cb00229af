"""Reads what advice rests on; a part that is missing stays empty, and the advice about it says what it needs."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from workbench import artifacts, evaluate
from workbench.cost import PriceBook
from workbench.cost.advice import AGED, QUALITY, RUNS, Rewrites, Situation, Unused
from workbench.cost.advice.aging import aged_rows
from workbench.cost.compressing import SAMPLE_ROWS, rewrites
from workbench.errors import MissingArtifactError
from workbench.model import shared_out
from workbench.params import reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.artifacts.reading import Split
    from workbench.model import Roles
    from workbench.params.reading import Params

DECISION = "decisions/current.json"
METRICS = "data/evaluation/metrics.parquet"
PREDICTIONS = "data/evaluation/predictions.parquet"
PRESENT_WAY = "zstd level 3"
"""How tables are committed."""
_JUDGED: tuple[Split, ...] = ("validation", "test")


def situation() -> Situation:
    """Read the ledger, the candidates, what they were judged on, and what is stored.

    Raises:
        ParamsError: params.yaml is not valid.
        IntegrityError: A file is not what was committed.
    """
    params, roles = reading.read(), _roles()
    found: dict[str, Any] = {
        "now": dt.datetime.now(dt.UTC),
        "book": PriceBook.load(),
        "cost": params.cost,
        "advise": params.advise,
        "runs": runs_frame(artifacts.read_ledger().frame),
        "files": artifacts.stored_files(),
        "latency_p99_limit_ms": params.decide.limits.latency_p99_ms,
    }
    if roles is not None:
        found |= _judged(params, roles)
    return Situation(**found)


def runs_frame(ledger: pl.DataFrame) -> pl.DataFrame:
    """Take what advice looks at from the ledger's table, columns `RUNS`; a run without a readable start is no run."""
    named = {"digest": "work", "digest_but_workers": "work_but_workers"}
    started = pl.col("started").str.to_datetime(time_unit="us", time_zone="UTC", strict=False)
    told = [pl.col(named.get(name, name)).cast(dtype).alias(name) for name, dtype in RUNS.items() if name != "started"]
    return ledger.select(*told, started.alias("started")).select(*RUNS).drop_nulls("started")


def _roles() -> Roles | None:
    with suppress(MissingArtifactError):
        return artifacts.read_roles()
    return None


def _judged(params: Params, roles: Roles) -> Mapping[str, object]:
    """Read what is known of the candidates, in the order in which the stages leave it."""
    metric = evaluate.resolve_metric(roles.task, params.train.metric)
    found: dict[str, object] = {"metric": metric, "lower_is_better": evaluate.sign(metric) < 0}
    with suppress(MissingArtifactError):
        found["rewrites"] = _rewrites()
        found["candidates"] = candidates = artifacts.read_candidates()
        chosen, threshold = _chosen(candidates)
        found["chosen"] = chosen
        found["unused"] = _unused(chosen)
        found["quality"] = artifacts.read_frame(METRICS).select(*QUALITY)
        found["aged"] = _aged(params, roles, chosen, threshold)
    return found


def _rewrites() -> Rewrites:
    table = artifacts.read_split("train")
    now, *others = rewrites(table.slice(max(0, table.height // 2 - SAMPLE_ROWS // 2), SAMPLE_ROWS))
    files = artifacts.read_manifest_of("ingest").files
    return Rewrites(now, tuple(others), sum(e.bytes for path, e in files.items() if path.endswith(".parquet")))


def _chosen(candidates: pl.DataFrame) -> tuple[str, float | None]:
    """Name the candidate decided on, else the first of the table, which train puts in order of quality."""
    with suppress(MissingArtifactError):
        record = artifacts.read_json(DECISION)
        if isinstance(record, dict) and record.get("candidate") in candidates["id"]:
            return record["candidate"], record.get("threshold")
    return candidates["id"][0], None


def _unused(chosen: str) -> Unused:
    """List the features that no tree of a model splits on, and the size of their columns."""
    model = artifacts.read_model(chosen)
    used_by = [member.loaded.feature_importance("split", iteration=member.trees) for member in model.members]
    splits = shared_out(np.sum(used_by, axis=0), model.pairs)
    ends = [0]
    for feature in model.features:
        ends.append(ends[-1] + feature.width)
    used = {f.name: splits[begin:end].sum() for f, begin, end in zip(model.features, ends, ends[1:], strict=False)}
    names = tuple(name for name, times in used.items() if not times)
    return Unused(names, len(model.features), _column_bytes(names))


def _column_bytes(names: tuple[str, ...]) -> int:
    if not names:
        return 0
    import io  # noqa: PLC0415 - only for columns that are in question

    total = 0
    for split in ("train", "validation", "test"):
        target = io.BytesIO()
        artifacts.read_split(split).select(names).write_parquet(target)
        total += target.getbuffer().nbytes
    return total


def _aged(params: Params, roles: Roles, chosen: str, threshold: float | None) -> pl.DataFrame:
    predictions = artifacts.read_frame(PREDICTIONS)
    parts = []
    for split in _JUDGED:
        labels, by_candidate = evaluate.split_of(predictions, split)
        times = artifacts.read_split(split)[roles.time or roles.target]
        if not times.dtype.is_temporal() or chosen not in by_candidate or times.len() != labels.size:
            continue
        judged = labels, by_candidate[chosen]
        parts.append(aged_rows(split, times, roles.task, judged, threshold, params.cost.error_usd))
    return pl.concat(parts) if parts else pl.DataFrame(schema=AGED)
