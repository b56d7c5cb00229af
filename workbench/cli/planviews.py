"""The forecast as tables for people: every number with its unit and its interval, the basis below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.charts.labels import UNKNOWN, count, number, percent, seconds, size, text, usd
from workbench.cli.tables import Heading, show_table
from workbench.cost.forecast.machines import SPEED_BASIS

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.cost.forecast import Calibration, Estimate, MachineForecast
    from workbench.stages.forecasting.planning import Outlook

MOST_MACHINES = 25
_NAMES = {"wall_seconds": "time", "peak_rss_bytes": "memory"}


def show_outlook(outlook: Outlook) -> None:
    """Print a line for each stage and, when asked for, one for each machine."""
    headings = [Heading("stage", number=False)]
    for name in ("time", "peak memory", "USD"):
        headings += [Heading(name), Heading("90 % of cases", number=False)]
    rows = []
    for stage in outlook.stages:
        row = [stage.stage]
        for estimate, shown in ((stage.wall_seconds, seconds), (stage.peak_rss_bytes, size), (outlook.usd(stage), usd)):
            row += [shown(None if estimate is None else estimate.value), _span(estimate, shown)]
        rows.append((*row, _kilograms(outlook.emissions.get(stage.stage))))
    show_table(f"forecast for {outlook.host.name}", [*headings, Heading("CO2e")], rows, _notes(outlook))
    if outlook.machines:
        _show_machines(outlook.machines)


def calibrated(found: Calibration) -> str:
    """Say how well forecasts of one quantity came true."""
    name = _NAMES.get(found.quantity, found.quantity)
    if not found.runs:
        return f"{name}: no run on record had a forecast"
    inside, error, bias = found.inside_share, found.median_error_percent, found.bias_percent
    return (
        f"{name}: of {found.runs:,} runs with a forecast, {percent(inside)} fell into the interval "
        f"(90 % are meant to); half were off by less than {number(error)} %; median deviation {bias:+.1f} %"
    )


def _notes(outlook: Outlook) -> list[str]:
    price = outlook.price
    notes = [f"{stage.stage}: {stage.basis}" for stage in outlook.stages]
    notes.append(f"priced as {price.basis}" if price else f"no price of {outlook.instance} is known")
    notes.append(f"{UNKNOWN} is unknown, not 0")
    notes += [calibrated(found) for found in outlook.calibration if found.runs]
    return [*notes, *(f"warning: {warning}" for warning in outlook.warnings)]


def _show_machines(machines: tuple[MachineForecast, ...]) -> None:
    headings = [Heading("instance", number=False), Heading("threads"), Heading("memory"), Heading("", number=False)]
    headings += [Heading("time"), Heading("USD"), Heading("90 % of cases", number=False), Heading("CO2e")]
    headings += [Heading("USD per hour"), Heading("price of", number=False)]
    rows = [
        (
            found.instance,
            count(found.vcpus),
            size(found.memory_bytes),
            found.memory,
            seconds(found.wall_seconds.value if found.wall_seconds else None),
            usd(found.usd.value if found.usd else None),
            _span(found.usd, usd),
            _kilograms(found.kg_co2e),
            number(found.price.usd_per_hour),
            text(found.price.as_of),
        )
        for found in machines[:MOST_MACHINES]
    ]
    notes = [SPEED_BASIS]
    if len(machines) > MOST_MACHINES:
        notes.append(f"the cheapest {MOST_MACHINES} of {len(machines):,}; --json gives all")
    show_table("the same on machines of the price book, the cheapest first", headings, rows, notes)


def _span(estimate: Estimate | None, shown: Callable[[float | None], str]) -> str:
    return UNKNOWN if estimate is None else f"{shown(estimate.low)} to {shown(estimate.high)}"


def _kilograms(estimate: Estimate | None) -> str:
    return UNKNOWN if estimate is None else f"{number(estimate.value * 1000)} g"
