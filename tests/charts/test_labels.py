from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.charts import labels


@pytest.mark.parametrize(
    ("write", "value", "text"),
    [
        (labels.usd, 1234.5, "$1,234.50"),
        (labels.usd, 22_663.4, "$22,663"),
        (labels.usd, 0.0, "$0"),
        (labels.usd, 0.00058234, "$0.000582"),
        (labels.usd, -3.1, "-$3.10"),
        (labels.seconds, 0.0123, "12.3 ms"),
        (labels.seconds, 4.2e-7, "0.420 µs"),
        (labels.seconds, 90, "90 s"),
        (labels.seconds, 600, "10 min"),
        (labels.seconds, 86_400, "24 h"),
        (labels.milliseconds, 3.42, "3.42 ms"),
        (labels.size, 999, "999 B"),
        (labels.size, 1_500_000, "1.50 MB"),
        (labels.percent, 0.0312, "3.12 %"),
        (labels.count, 336_776.0, "336,776"),
        (labels.fixed, 0.41234, "0.4123"),
        (labels.number, 1e-12, "1.00e-12"),
    ],
)
def test_numbers_are_written_for_people(write: object, value: float, text: str) -> None:
    assert write(value) == text


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(
    "write",
    [
        labels.usd,
        labels.seconds,
        labels.milliseconds,
        labels.size,
        labels.percent,
        labels.count,
        labels.fixed,
        labels.number,
    ],
)
def test_what_is_not_known_is_a_dash(write: object, value: float | None) -> None:
    assert write(value) == labels.UNKNOWN


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_every_number_can_be_written(value: float) -> None:
    for write in (labels.usd, labels.seconds, labels.size, labels.percent, labels.number):
        assert write(value)


@given(st.text(), st.integers(8, 60))
def test_a_shown_name_is_short_and_visible(name: str, longest: int) -> None:
    text = labels.shown(name, longest)
    assert len(text) <= longest
    assert not any(ord(c) < 32 or 0x202A <= ord(c) <= 0x202E for c in text)


@given(st.lists(st.text(max_size=80), max_size=8))
def test_distinct_names_are_never_merged(names: list[str]) -> None:
    assert len(set(labels.distinct(dict.fromkeys(names)))) == len(set(names))


def test_the_unit_in_a_column_name_chooses_the_format() -> None:
    assert labels.by_name("latency_p99_ms_100_rows")(12.34) == "12.3 ms"
    assert labels.by_name("usd_serving_per_month")(73.584) == "$73.58"
    assert labels.by_name("peak_rss_bytes")(2e9) == "2 GB"
    assert labels.by_name("train_cpu_seconds")(2.5) == "2.50 s"
    assert labels.by_name("validation_log_loss")(0.31234) == "0.3123"
