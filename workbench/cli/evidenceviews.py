"""Prints the evidence between candidates as sentences, or as a table where there are many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from workbench.charts.labels import count, number, shown, usd
from workbench.cli.tables import Heading, show_table
from workbench.evaluate import bounds_in_words, in_words

if TYPE_CHECKING:
    from workbench.cli.comparing import Answer
    from workbench.evaluate import Comparison, Evidence

LEAST_P = 0.001


def show_answer(answer: Answer) -> None:
    """Print what was found."""
    if len(answer.pairs) == 1:
        _show_pair(answer, answer.pairs[0])
    else:
        _show_many(answer)
    for line in notes(answer):
        typer.echo(line)


def notes(answer: Answer) -> list[str]:
    """Say how rows were drawn, what was stated beforehand, and how often the test rows were looked at."""
    first = answer.pairs[0].quality
    lines = [f"{drawn(first)}; {answer.params.bootstrap:,} resamples"]
    if first.compared > 1:
        lines[0] += f"; the ends of all {first.compared} comparisons hold together (max-T)"
    careful, dollars = bounds_in_words(first), answer.pairs[0].usd
    lines += [careful] if careful else []
    if dollars is not None and bounds_in_words(dollars) not in {"", careful}:
        lines.append(f"dollars a month: {bounds_in_words(dollars)}")
    if not first.worthwhile:
        lines.append(f"evaluate.worthwhile states no least difference in {first.metric}: every difference counts")
    if answer.split == "test":
        lines.append(f"looks at these test rows, this one included: {len(answer.looks)}")
    return lines


def drawn(found: Comparison) -> str:
    """Say what was drawn as independent."""
    if found.kind == "rows":
        return f"{found.rows:,} rows, taken as independent"
    return f"{found.rows:,} rows in {found.units:,} {found.kind} by {shown(found.by)}"


def p_text(p_value: float) -> str:
    """Give a p-value, none of them 0."""
    return f"p < {LEAST_P}" if p_value < LEAST_P else f"p = {p_value:.3f}"


def interval(found: Comparison) -> str:
    """Give the difference and its interval or careful bounds, with the unit of the metric."""
    if found.coverage is None:
        return f"difference {_signed(found.difference, found.metric)}, no interval"
    ends = (found.difference, found.low, found.high)
    middle, low, high = (_signed(end, found.metric) for end in ends)
    return f"difference {middle}, {found.coverage.name} {low} to {high}"


def holds(found: Comparison) -> str:
    """Give the share of truths that such ends hold; empty where there are none."""
    return "" if found.coverage is None else found.coverage.share


def _signed(value: float, metric: str) -> str:
    if metric == "usd_per_month":
        return ("+" if value > 0 else "") + usd(value)
    return f"{value:+.6g}"


def dollars(pair: Evidence) -> str:
    """Say what the two cost beside each other."""
    if pair.usd is None:
        return "no error has a price, so dollars say nothing"
    what = "of errors, serving, training and storage" if pair.usd_is_whole else "of errors alone"
    return f"dollars a month {what}: {interval(pair.usd)}, {p_text(pair.usd.p_value)}; {in_words(pair.usd)}"


def rightly(pair: Evidence) -> str:
    """Say on which rows only one of the two is right."""
    if pair.mcnemar is None or pair.right is None:
        return ""
    test = f"McNemar, {pair.mcnemar.method}: {p_text(pair.mcnemar.p_value)}"
    if pair.right.kind != "rows":
        test = f"{p_text(pair.right.p_value)} by {pair.right.kind}, as McNemar's test takes rows as independent"
    only_a, only_b = count(pair.mcnemar.only_a), count(pair.mcnemar.only_b)
    rows = f"only {shown(pair.a)} is right on {only_a} rows, only {shown(pair.b)} on {only_b}"
    return f"at the operating points {rows}; {test}"


def _show_pair(answer: Answer, pair: Evidence) -> None:
    found = pair.quality
    typer.echo(f"{shown(pair.a)} against {shown(pair.b)}: {found.verdict} on {answer.split} by {found.metric}")
    typer.echo(in_words(found))
    typer.echo(f"{interval(found)}, {p_text(found.p_value)}")
    for line in (dollars(pair), rightly(pair)):
        if line:
            typer.echo(line)


def _show_many(answer: Answer) -> None:
    headings = [Heading("against", number=False), *map(Heading, ("difference", "from", "to", "holds", "p"))]
    headings += [Heading("dollars a month"), Heading("verdict", number=False)]
    rows = [
        (
            shown(pair.b),
            *(f"{value:+.6g}" for value in (pair.quality.difference, pair.quality.low, pair.quality.high)),
            holds(pair.quality),
            number(pair.quality.p_value),
            "" if pair.usd is None else _signed(pair.usd.difference, "usd_per_month"),
            in_words(pair.quality),
        )
        for pair in answer.pairs
    ]
    show_table(f"{shown(answer.pairs[0].a)} on {answer.split} by {answer.metric}", headings, rows)
