"""Which candidates keep to the limits, and which limit each of the others breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.cost import running_usd, tail_ms

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl
    from numpy.typing import NDArray

    from workbench.params.cost import CostParams
    from workbench.params.decide import Limits

    Floats = NDArray[np.float64]


def limited_quantities(candidates: pl.DataFrame, cost: CostParams) -> dict[str, Floats]:
    """Give for each limit the quantity of every candidate that it bounds.

    `latency_p99_ms` is the 99th percentile of one request of the traffic on a free machine, by the line of
    `workbench.cost.request_ms` through 1 and 100 rows; `usd_per_month` is everything but errors.
    """
    column = {name: candidates[name].to_numpy().astype(np.float64) for name in _NEEDED}
    requests, rows = cost.traffic.requests_per_day, cost.traffic.rows_per_request
    return {
        "latency_p99_ms": tail_ms(column, cost.serving, rows, requests, alone=cost.purchase == "serverless"),
        "usd_per_month": running_usd(candidates).to_numpy(),
        "size_bytes": column["size_bytes"],
        "peak_rss_bytes": column["peak_rss_bytes"],
    }


def overruns(quantities: Mapping[str, Floats], limits: Limits) -> dict[str, Floats]:
    """Give for each stated limit the ratio of every candidate's quantity to it; above 1 breaks it."""
    stated = {name: bound for name, bound in limits.model_dump().items() if bound is not None}
    return {name: quantities[name] / bound for name, bound in stated.items()}


def broken_limits(candidates: pl.DataFrame, cost: CostParams, limits: Limits) -> dict[str, str]:
    """Say of every candidate outside the limits which ones it breaks, and what it has instead."""
    quantities, bounds = limited_quantities(candidates, cost), limits.model_dump()
    found: dict[str, list[str]] = {}
    for name, ratio in overruns(quantities, limits).items():
        for row in np.flatnonzero(ratio > 1):
            said = f"{name} is {quantities[name][row]:,.4g}, over {bounds[name]:,}"
            found.setdefault(str(candidates["id"][int(row)]), []).append(said)
    return {name: "; ".join(parts) for name, parts in found.items()}


_NEEDED = ("latency_p99_ms", "latency_p99_ms_100_rows", "size_bytes", "peak_rss_bytes")
