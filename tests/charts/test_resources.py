"""What the timeline of a run says."""

from __future__ import annotations

import polars as pl

from tests.charts.test_training import texts
from workbench import charts

CELLS = pl.DataFrame(
    {
        "cell": [3, 1, 2],
        "started_seconds": [13.0, 1.0, 3.0],
        "wall_seconds": [0.5, 2.0, 10.0],
        "cpu_seconds": [0.5, 1.0, 19.0],
        "peak_rss_bytes": [300_000_000, 900_000_000, 400_000_000],
    }
)


def test_cells_stand_in_the_order_they_ran_with_time_processors_and_memory() -> None:
    figure = charts.timeline(CELLS)
    shown = texts(figure)
    assert [text for text in shown if text.startswith("cell ")] == ["cell 1", "cell 2", "cell 3"]
    assert {"2 s · 1 CPU-s", "10 s · 19 CPU-s", "500 ms · 0.500 CPU-s", "900 MB", "400 MB", "300 MB"} <= set(shown)
    assert figure.alt == (
        "3 cells took 12.5 s and 20.5 CPU-seconds. The longest is cell 2 with 10 s, the largest cell 1 with 900 MB."
    )


def test_cells_of_no_length_and_of_a_run_that_did_nothing_are_drawn() -> None:
    nothing = CELLS.head(1).with_columns(pl.col("wall_seconds", "cpu_seconds", "started_seconds") * 0)
    assert "cell 3" in texts(charts.timeline(nothing))
    assert "No cell ran." in charts.timeline(CELLS.head(0)).alt


def test_the_cells_that_are_left_out_are_counted() -> None:
    many = pl.concat([CELLS] * 20).with_row_index("place").with_columns(cell=pl.col("place") + 1).drop("place")
    assert charts.timeline(many).note.endswith("20 more cells are not shown.")
