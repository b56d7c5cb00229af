"""The page to be put before two people who disagree: one file, no network, no script."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import polars as pl

from workbench import charts, evaluate
from workbench.charts.labels import count, number, shown, usd
from workbench.cli.evidenceviews import dollars, drawn, holds, interval, notes, p_text, rightly
from workbench.errors import UsageError
from workbench.stages.report.page import page_html

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workbench.cli.comparing import Answer
    from workbench.evaluate import Comparison, Evidence

_LOOKS = {"better": "done", "worse": "failed", "undecided": "timeout"}


def write_page(answer: Answer, path: Path) -> None:
    """Write the page.

    Raises:
        UsageError: The file cannot be written.
    """
    try:
        path.write_text(page(answer), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"the page cannot be written: {error.strerror}", found=str(path)) from error


def page(answer: Answer) -> str:
    """Put the page together."""
    first = answer.pairs[0]
    against = shown(first.b) if len(answer.pairs) == 1 else f"{len(answer.pairs)} others"
    title = f"{shown(first.a)} against {against}"
    right = [_sentence(rightly(pair)) for pair in answer.pairs if pair.right]
    sections = [
        _section("The difference", *_differences(answer)),
        _section("What would change the mind", _list(minds(answer))),
        _section("What the rows can show", *_power(first.quality)),
        _section("Rows called rightly", _list(iter(right))) if right else "",
        _section("How it was found", _list(_method(answer))),
        _section("Looks at the test rows", _looks(answer)) if answer.split == "test" else "",
    ]
    return page_html(title, first.quality.verdict, _header(answer, title), "".join(sections), [])


def minds(answer: Answer) -> Iterator[str]:
    """Say what evidence or which stated amount would turn the verdict on the first pair."""
    found = answer.pairs[0].quality
    if found.rows_to_decide:
        more = max(found.rows_to_decide - found.rows, 0)
        yield f"About {more:,} more rows of the same kind, if the difference stays as it looks."
    low, high = sorted((abs(found.low), abs(found.high)))
    if found.verdict != "undecided":
        yield f"Calling differences up to {number(low)} not worthwhile: then it would no longer be surely worthwhile."
    if high > 0:
        yield f"Calling differences up to {number(high)} not worthwhile: then the two would be equivalent in practice."
    if found.worthwhile and (rows := _rows_for_worthwhile(found)) is not None:
        yield (
            f"If nothing is seen, {rows:,} rows in all would find a difference of {number(found.worthwhile)} "
            "four times in five."
        )
    if (cost := answer.pairs[0].usd) is not None and cost.verdict != found.verdict:
        yield f"Asking for dollars instead of {found.metric.replace('_', ' ')}: by them it is {cost.verdict}."
    yield "Not: looking at the same rows again, or another seed."


def _rows_for_worthwhile(found: Comparison) -> int | None:
    return evaluate.rows_for(found.worthwhile, found.standard_error, found.critical, found.rows)


def _header(answer: Answer, title: str) -> str:
    first = answer.pairs[0].quality
    facts = {
        "Rows": f"{first.rows:,} of {answer.split}",
        "Answered": f"{answer.at[:16].replace('T', ' ')} UTC",
        "Git revision": answer.revision or "none",
        **{f"Revision {shown(name)}": commit[:12] for name, commit in answer.revisions},
        "Metric": first.metric.replace("_", " "),
        "Worthwhile, stated in params.yaml": _stated(first, answer),
    }
    listed = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in facts.items())
    words = f"{evaluate.in_words(first)}: {interval(first)}, {p_text(first.p_value)}"
    return (
        f'<header class="card {_LOOKS[first.verdict]}"><p class="status">{first.verdict.upper()}</p>'
        f'<h1>{escape(title)}</h1><p class="words">{escape(_sentence(words))}</p><dl>{listed}</dl></header>'
    )


def _stated(found: Comparison, answer: Answer) -> str:
    least_usd = answer.params.worthwhile.usd_per_month
    parts = [number(found.worthwhile)] if found.worthwhile else []
    parts += [f"{usd(least_usd)} a month"] if least_usd else []
    return ", ".join(parts) or "nothing: every difference counts"


def _differences(answer: Answer) -> Iterator[str]:
    quality = [(pair.b, pair.quality) for pair in answer.pairs]
    a = shown(answer.pairs[0].a)
    yield charts.differences(quality, f"{a} less the other, by {answer.metric.replace('_', ' ')}").html()
    priced = [(pair.b, pair.usd) for pair in answer.pairs if pair.usd is not None]
    if priced:
        yield charts.differences(priced, f"{a} less the other, in dollars a month").html()
    yield _table(answer).html()


def _table(answer: Answer) -> charts.Table:
    rows = [row for pair in answer.pairs for row in _rows(pair)]
    names = ["against", "by", "difference", "from", "to", "holds", "p", "verdict"]
    note = "Holds: the share of true differences that such ends hold."
    if len(answer.pairs) > 1:
        note += f" The ends of one quantity hold together over all {len(answer.pairs)} comparisons."
    return charts.table(pl.DataFrame(rows, schema=names, orient="row"), "The numbers", note=note)


def _rows(pair: Evidence) -> Iterator[tuple[str, ...]]:
    for found in (pair.quality, pair.usd, pair.right):
        if found is not None:
            ends = [_amount(value, found.metric) for value in (found.difference, found.low, found.high)]
            name = "dollars a month" if found is pair.usd else found.metric.replace("_", " ")
            name = "rows called rightly" if found is pair.right else name
            p_value = p_text(found.p_value).removeprefix("p = ").removeprefix("p ")
            yield (pair.b, name, *ends, holds(found), p_value, found.verdict)


def _amount(value: float, metric: str) -> str:
    if metric == "usd_per_month":
        return usd(value)
    return f"{value:+.4g}"


def _power(found: Comparison) -> Iterator[str]:
    curve = evaluate.power_curve(found.standard_error, found.critical, found.rows)
    least = evaluate.detectable(found.standard_error, found.critical) if curve.height else float("nan")
    yield charts.power(curve, found, least).html()
    if hopeful := evaluate.power_in_words(found):
        yield f"<p>{escape(_sentence(hopeful))}</p>"


def _method(answer: Answer) -> Iterator[str]:
    yield "Both were judged on the same rows, so that what makes a row hard for both cancels out."
    first = answer.pairs[0].quality
    yield _sentence(f"{drawn(first)}, drawn again {answer.params.bootstrap:,} times (studentised paired bootstrap)")
    if answer.split == "validation":
        yield "Validation rows also chose among the candidates, and flatter whom they chose; test rows did not."
    for line in notes(answer)[1:]:
        yield _sentence(line)
    for pair in answer.pairs[:1]:
        yield _sentence(dollars(pair))
        if pair.threshold_a is not None:
            yield f"Operating points: {number(pair.threshold_a)} and {number(pair.threshold_b)}, chosen on validation."


def _looks(answer: Answer) -> str:
    lines = [str(look) for look in reversed(answer.looks[-20:])]
    head = (
        f"<p>{count(len(answer.looks))} so far, this one included; each spends some of what these rows can prove.</p>"
    )
    return head + _list(iter(lines))


def _section(title: str, *parts: str) -> str:
    body = "".join(parts)
    return f'<section class="cell"><h2>{escape(title)}</h2>{body}</section>'


def _list(lines: Iterator[str]) -> str:
    listed = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<ul>{listed}</ul>"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""
