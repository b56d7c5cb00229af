"""More rows in one request, from the measured time of 1 and of 100 rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.cost.advice.finding import Advice, Gap, Settled
from workbench.cost.advice.serving import NEEDS_CANDIDATES, served
from workbench.cost.advice.wording import about, duration
from workbench.cost.economics import SECONDS_PER_DAY, request_ms
from workbench.money import usd
from workbench.params.cost import Traffic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.cost.advice.finding import Finding
    from workbench.cost.advice.serving import Served
    from workbench.cost.advice.situation import Situation

MOST_ROWS = 100
"""The largest request that was measured."""


def batch(situation: Situation) -> Iterator[Finding]:
    """Look for the number of rows per request that costs least within the latency limit."""
    load, now = served(situation), situation.cost.traffic.rows_per_request
    if load is None:
        yield Gap("batch", NEEDS_CANDIDATES)
        return
    rows_per_second = load.requests_per_day * now / SECONDS_PER_DAY
    if not rows_per_second:
        yield Settled("batch", "there is no traffic (cost.traffic)")
        return
    allowed = [rows for rows in range(now, MOST_ROWS + 1) if _in_time(load, rows, rows_per_second)]
    usd_of = {rows: _usd(load, rows, rows_per_second) for rows in (now, *allowed)}
    best = min(usd_of, key=lambda rows: (usd_of[rows], rows))
    limit = situation.latency_p99_limit_ms
    fill = f"at {_rate(rows_per_second)} a second the next row comes after {duration(1 / rows_per_second / 3600)}"
    if best == now:
        bound = f", and a request may take {limit:g} ms" if limit is not None else ""
        yield Settled("batch", f"{now} to a request costs least: {fill}{bound}")
        return
    yield Advice(
        "batch",
        f"Send {best} rows in one request instead of {now}.",
        usd_of[now] - usd_of[best],
        f"{_request_ms(load, now) / now:.3g} ms a row at {now}, {_request_ms(load, best) / best:.3g} ms at {best}; "
        f"{usd(usd_of[best])} instead of {usd(usd_of[now])} a month; {fill}, "
        f"all of them within {duration(_wait_seconds(best, rows_per_second) / 3600)}.",
        (
            "the time of a request is a straight line through those of 1 and of 100 rows",
            "rows come one by one at the mean rate, and may wait for each other"
            if limit is None
            else f"rows come one by one at the mean rate; with waiting a request stays below {limit:g} ms",
        ),
        "a failed request loses all of its rows, and the first row waits for the last",
        "serving",
    )


def _rate(rows_per_second: float) -> str:
    return f"{about(rows_per_second) if rows_per_second >= MOST_ROWS else f'{rows_per_second:.3g}'} rows"


def _in_time(load: Served, rows: int, rows_per_second: float) -> bool:
    if load.latency_p99_ms is None:
        return True
    waited_ms = _wait_seconds(rows, rows_per_second) * 1000
    return waited_ms + _request_ms(load, rows, "p99") <= load.latency_p99_ms


def _wait_seconds(rows: int, rows_per_second: float) -> float:
    return (rows - 1) / rows_per_second


def _request_ms(load: Served, rows: int, percentile: str = "p50") -> float:
    one, hundred = (load.work[f"latency_{percentile}_ms{end}"] for end in ("", "_100_rows"))
    return float(request_ms(one, hundred, np.array([float(rows)]))[0])


def _usd(load: Served, rows: int, rows_per_second: float) -> float:
    traffic = Traffic(requests_per_day=rows_per_second * SECONDS_PER_DAY / rows, rows_per_request=rows)
    return load.usd_per_month(traffic=traffic) or 0.0
