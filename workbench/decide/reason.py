"""Why a candidate was chosen, in sentences with figures for someone who has to sign it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from workbench.evaluate import sign
from workbench.money import CENT, usd

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from workbench.params.cost import CostParams
    from workbench.params.decide import DecideParams


@dataclass(frozen=True)
class Choice:
    """The facts of a choice.

    Attributes:
        table: The decided table.
        chosen: Id of the candidate chosen.
        runner_up: Id of the next best within the limits.
        broken: How many candidates break each stated limit.
        breaks: Limits that the candidate chosen breaks itself.
        priced: Errors that have a price.
        metric: The metric that decides while none has.
    """

    table: pl.DataFrame
    chosen: str
    runner_up: str | None
    broken: Mapping[str, int]
    breaks: tuple[str, ...]
    priced: tuple[str, ...]
    metric: str


def reason(choice: Choice, cost: CostParams, params: DecideParams) -> str:
    """Write the paragraph."""
    return " ".join(sentence for sentence in _sentences(choice, cost, params) if sentence)


def _sentences(choice: Choice, cost: CostParams, params: DecideParams) -> Iterator[str]:
    row = choice.table.row(by_predicate=pl.col("id") == choice.chosen, named=True)
    yield _headline(choice, row, chosen_by_hand=params.candidate != "auto")
    yield _split_up(choice, row, by_hand=params.threshold != "auto")
    yield _next_best(choice, row, by_hand=params.candidate != "auto")
    yield _as_cheap(choice, row)
    yield _limits(choice, params)
    yield _on_test(choice, row)
    yield _traffic(cost)


def _headline(choice: Choice, row: Mapping[str, float], *, chosen_by_hand: bool) -> str:
    within = int(choice.table["within_limits"].sum())
    among = f"of the {within} candidates within the limits" if choice.broken else f"of {within} candidates"
    if chosen_by_hand:
        breaks = f", although it breaks the limit {' and '.join(choice.breaks)}" if choice.breaks else ""
        total = usd(row["usd_per_month"])
        return f"{choice.chosen} was chosen in params.yaml (decide.candidate){breaks}: {total} a month."
    if not choice.priced:
        value = row[f"validation_{choice.metric}"]
        return (
            f"No error has a price (cost.error_usd), so the best {choice.metric} on validation decides: "
            f"{choice.chosen}, with {value:.4g}, is first {among}."
        )
    return f"{choice.chosen} costs least {among}: {usd(row['usd_per_month'])} a month."


def _split_up(choice: Choice, row: Mapping[str, float], *, by_hand: bool) -> str:
    parts = [f"serving {usd(row['usd_serving_per_month'])}", f"training {usd(row['usd_training_per_month'])}"]
    parts += [f"{name} {usd(paid)}" for name in ("storage", "egress") if (paid := row.get(f"usd_{name}_per_month"))]
    running = f"{', '.join(parts[:-1])} and {parts[-1]}"
    at = "" if row["threshold"] is None else f" at the threshold {row['threshold']:.4g}"
    fixed = " (set in params.yaml)" if by_hand and at else ""
    if not choice.priced:
        return f"Each month: {running}{',' + at if at else ''}{fixed}."
    return f"That is {running}, and errors of {usd(row['usd_errors_per_month'])}{at}{fixed}."


def _next_best(choice: Choice, row: Mapping[str, float], *, by_hand: bool) -> str:
    if choice.runner_up is None:
        return ""
    other = choice.table.row(by_predicate=pl.col("id") == choice.runner_up, named=True)
    metric = f"validation_{choice.metric}"
    if not choice.priced:
        said = f"Next is {choice.runner_up} with {other[metric]:.4g}." if other[metric] is not None else ""
        return f"{said} {_tie(choice, row, other)}" if other[metric] == row[metric] and not by_hand else said
    more = other["usd_per_month"] - row["usd_per_month"]
    if more == 0:
        return f"{choice.runner_up} would cost the same{'.' if by_hand else f': {_tie(choice, row, other)}'}"
    return f"{choice.runner_up} would cost {usd(abs(more))} {'more' if more > 0 else 'less'}."


def _tie(choice: Choice, row: Mapping[str, float], other: Mapping[str, float]) -> str:
    """Say what decided between equals, in the order of the keys of `weigh`."""
    metric = f"validation_{choice.metric}"
    if choice.priced and row["usd_errors_per_month"] < other["usd_errors_per_month"]:
        less = other["usd_errors_per_month"] - row["usd_errors_per_month"]
        return f"{choice.chosen} goes first, as {usd(less)} less of it is for errors."
    if choice.priced and row[metric] != other[metric]:
        return f"{choice.chosen} goes first, as its {choice.metric} on validation is better."
    if not choice.priced and row["usd_per_month"] < other["usd_per_month"]:
        return f"{choice.chosen} goes first of these two, as it is cheaper to run."
    return f"{choice.chosen} goes first, as it stands before {choice.runner_up} in the table."


def _as_cheap(choice: Choice, row: Mapping[str, float]) -> str:
    """Name the best of those that cost the same to the cent where it is better than the choice."""
    metric, most = f"validation_{choice.metric}", row["usd_per_month"] + CENT / 2
    near = choice.table.filter(pl.col("within_limits"), pl.col("usd_per_month") <= most, pl.col(metric).is_finite())
    if not choice.priced or near.height < 2 or row[metric] is None:  # noqa: PLR2004 - the choice and another
        return ""
    first = near.sort(metric, descending=sign(choice.metric) > 0, maintain_order=True).row(0, named=True)
    if sign(choice.metric) * (first[metric] - row[metric]) <= 0:
        return ""
    return (
        f"To the cent {near.height - 1} others cost no more; of these {first['id']} has the better {choice.metric} on "
        f"validation, {first[metric]:.4g} against {row[metric]:.4g}."
    )


def _limits(choice: Choice, params: DecideParams) -> str:
    bounds = params.limits.model_dump()
    parts = [f"{count} break {name} {bounds[name]:,}" for name, count in choice.broken.items() if count]
    return f"Of {choice.table.height} candidates {', '.join(parts)}." if parts else ""


def _on_test(choice: Choice, row: Mapping[str, float | None]) -> str:
    amount = row["test_usd_errors_per_month"]
    if not choice.priced or amount is None:
        return ""
    return f"By the test rows, which had no part in the choice, its errors would cost {usd(amount)}."


def _traffic(cost: CostParams) -> str:
    requests, rows = cost.traffic.requests_per_day, cost.traffic.rows_per_request
    plural = "row" if rows == 1 else "rows"
    return f"All at {requests:,.0f} requests a day of {rows:,} {plural} on {cost.instance}, {cost.purchase}."
