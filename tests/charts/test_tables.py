from __future__ import annotations

from html.parser import HTMLParser

import polars as pl
import pytest

from tests.payloads import PAYLOADS
from workbench import charts
from workbench.stages.report.outputs import sanitised


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


FRAME = pl.DataFrame(
    {
        "id": ["b01", "blend2"],
        "size_bytes": [1_500_000, None],
        "latency_p99_ms": [3.42, float("nan")],
        "usd_per_month": [22_663.4, 0.0],
        "within_limits": [True, False],
    }
)


def test_a_table_states_units_and_escapes_nothing_away() -> None:
    table = charts.table(FRAME, "Candidates", note="Prices of 2026-07-20.")
    assert table.header == ("id", "size", "latency p99", "per month", "within limits")
    assert table.rows[0] == ("b01", "1.50 MB", "3.42 ms", "$22,663", "yes")
    assert table.rows[1] == ("blend2", "—", "—", "$0", "no")
    assert "Prices of 2026-07-20." in table.html()
    assert str(table).splitlines()[0] == "Candidates"


def test_numbers_are_flush_right_and_headers_have_a_scope() -> None:
    html = charts.table(FRAME).html()
    assert html.count('<th scope="col"') == 5
    assert '<td class="workbench-number">1.50 MB</td>' in html
    assert '<td class="workbench-text">b01</td>' in html
    assert "style" not in html


def test_a_format_and_a_header_can_be_given() -> None:
    table = charts.table(
        FRAME.select("usd_per_month"),
        formats={"usd_per_month": charts.labels.count},
        headers={"usd_per_month": "total, USD"},
    )
    assert table.header == ("total, USD",)
    assert table.rows[0] == ("22,663",)


def test_a_table_without_rows_says_so() -> None:
    assert charts.table(pl.DataFrame({"reason": []}, {"reason": pl.String})).note == "None."
    assert not charts.table(pl.DataFrame({"reason": ["a date"]})).note


def test_rows_left_out_are_counted() -> None:
    table = charts.table(pl.DataFrame({"n": range(500)}), most_rows=10)
    assert len(table.rows) == 10
    assert "490 more rows are not shown." in table.note


@pytest.mark.parametrize("frame", [pl.DataFrame(), pl.DataFrame({"a": []}), pl.DataFrame({"a": [[1, 2], None]})])
def test_odd_frames_are_tables_too(frame: pl.DataFrame) -> None:
    table = charts.table(frame, "Odd")
    assert table.html()
    assert str(table)


def test_payloads_as_columns_cells_and_captions_stay_text() -> None:
    frame = pl.DataFrame({f"{name}{i}": [name] for i, name in enumerate(PAYLOADS)})
    html = charts.table(frame, PAYLOADS[0], note=PAYLOADS[1]).html()
    for version in (html, sanitised(html)):
        tags = Tags(version)
        assert set(tags.seen) <= {"div", "table", "caption", "thead", "tbody", "tr", "th", "td", "p"}
        assert tags.attributes <= {"class", "scope"}
        assert PAYLOADS[0] in tags.text
