"""The JSON of the reading commands: stable names, missing values null."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench import artifacts
from workbench.errors import ArtifactError, MissingArtifactError, Place

if TYPE_CHECKING:
    from collections.abc import Mapping

DECISION = "decisions/current.json"
CANDIDATE_KEYS = (
    "id",
    "on_frontier",
    "within_limits",
    "usd_per_month",
    "usd_per_million_rows",
    "train_cpu_seconds",
    "latency_p50_ms",
    "latency_p99_ms",
    "rows_per_second",
    "size_bytes",
)
SPLITS = ("validation", "test")


def candidates_json() -> dict[str, Any]:
    """Give what `candidates --json` prints, from the widest table there is.

    Raises:
        ArtifactError: Nothing was trained yet, or the table is damaged.
    """
    rows = artifacts.read_candidates().iter_rows(named=True)
    return {"candidates": [_candidate(row) for row in rows], "decision": _decision()}


def decision_json() -> dict[str, Any]:
    """Give what `decide --json` prints: the decision as it was committed.

    Raises:
        ArtifactError: Nothing was decided yet, or the record is damaged.
    """
    record = artifacts.read_json(DECISION)
    if not isinstance(record, dict):
        raise ArtifactError("the decision is no JSON object", place=Place(DECISION), hint="rerun `dvc repro decide`")
    return record


def _candidate(row: Mapping[str, object]) -> dict[str, object]:
    metrics = {split: _metrics(row, f"{split}_") for split in SPLITS}
    if not metrics["validation"] and row.get("metric"):
        metrics["validation"] = {str(row["metric"]): row.get("validation")}
    known = {key: row.get(key) for key in CANDIDATE_KEYS}
    nested = {key for key in row if key.startswith(tuple(f"{split}_" for split in SPLITS))}
    more = {key: value for key, value in row.items() if key not in known and key not in nested}
    return known | {"metrics": metrics} | more


def _metrics(row: Mapping[str, object], prefix: str) -> dict[str, object]:
    return {key.removeprefix(prefix): value for key, value in row.items() if key.startswith(prefix)}


def _decision() -> dict[str, object] | None:
    try:
        record = decision_json()
    except MissingArtifactError:
        return None
    return {key: record.get(key) for key in ("candidate", "threshold", "usd_per_month")}
