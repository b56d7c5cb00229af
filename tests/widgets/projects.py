"""A small project whose stages left the tables a decision is taken on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.widgets import cases
from workbench import artifacts

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.model import Task

PARAMS = """\
# The whole pipeline.
ingest:
  sources: {flights: {path: flights.csv}}
  table: flights
  target: late
cost:
  instance: aws/us-east-1/m7i.large
  traffic: {requests_per_day: 1_000_000, rows_per_request: 1}  # measured in June
  error_usd: {false_positive: 0.002, false_negative: 0.01}
decide:
  limits: {latency_p99_ms: 4}    # promised to the shop
  candidate: auto                # or an id
  threshold: auto
"""


def decided(root: Path, count: int = 40, task: Task = "binary") -> Path:
    """Lay down params.yaml and what ingest, evaluate and decide commit; the explorer of `cases` sees the same."""
    ids = cases.names(count)
    (root / "params.yaml").write_text(PARAMS, encoding="utf-8")
    artifacts.commit("ingest", {"data/processed/roles.json": cases.roles(task).to_json()}, root=root)
    rates = cases.rates(ids, task=task)
    artifacts.commit("evaluate", {"data/evaluation/error_rates.parquet": rates}, root=root)
    table = cases.candidates(ids, task=task)
    artifacts.commit("decide", {"data/decision/candidates.parquet": table}, root=root)
    return root
