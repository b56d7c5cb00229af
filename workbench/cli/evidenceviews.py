"""Prints the evidence between candidates as sentences, or as a table where there are many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from workbench.charts.labels import count, number, shown, usd
from workbench.cli.tables import Heading, show_table
from workbench.evaluate import in_words, width_in_words

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
        lines[0] += f"; the {first.compared} intervals hold together (max-T)"
    if narrow := width_in_words(first):
        lines.append(narrow)
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
    """Give difference and interval with the unit of the metric."""
    if found.too_few:
        return f"difference {_signed(found.difference, found.metric)}, no interval"
    ends = (found.difference, found.low, found.high)
    middle, low, high = (_signed(end, found.metric) for end in ends)
    return f"difference {middle}, interval {low} to {high}"


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
    typer.echo(f"{interval(found)} at {answer.params.confidence:.0%}, {p_text(found.p_value)}")
    for line in (dollars(pair), rightly(pair)):
        if line:
            typer.echo(line)


def _show_many(answer: Answer) -> None:
    headings = [Heading("against", number=False), Heading("difference"), Heading("from"), Heading("to"), Heading("p")]
    headings += [Heading("dollars a month"), Heading("verdict", number=False)]
    rows = [
        (
            shown(pair.b),
            *(f"{value:+.6g}" for value in (pair.quality.difference, pair.quality.low, pair.quality.high)),
            number(pair.quality.p_value),
            "" if pair.usd is None else _signed(pair.usd.difference, "usd_per_month"),
            in_words(pair.quality),
        )
        for pair in answer.pairs
    ]
    show_table(f"{shown(answer.pairs[0].a)} on {answer.split} by {answer.metric}", headings, rows)
