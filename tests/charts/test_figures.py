from __future__ import annotations

import datetime as dt
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from tests.payloads import PAYLOADS
from workbench import charts
from workbench.charts import theme
from workbench.charts.bill import _rectangles
from workbench.charts.quality import _counts
from workbench.model import Roles

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workbench.charts import Figure
    from workbench.model import Task

RNG = np.random.default_rng(0)
ROWS = 400
LABELS = (RNG.uniform(size=ROWS) < 0.3).astype(float)
SCORES = 1 / (1 + np.exp(1 - RNG.normal(size=ROWS) - 1.5 * LABELS))
CURVE = pl.DataFrame({"predicted": [0.1, 0.3, 0.6], "observed": [0.12, 0.28, 0.5], "rows": [50, 50, 40]})
PLAIN = ("b01", "b02", "blend1", "baseline")


def candidates(ids: Sequence[str]) -> pl.DataFrame:
    place = np.arange(1, len(ids) + 1, dtype=float)
    return pl.DataFrame(
        {
            "id": list(ids),
            "kind": list(ids),
            "validation": 0.4 + 0.01 * place,
            "size_bytes": (place * 10_000).astype(int),
            "latency_p50_ms": place,
            "latency_p99_ms": place * 3,
            "usd_training_per_month": place / 10,
            "usd_serving_per_month": place * 7,
            "usd_errors_per_month": 1000 / place,
            "within_limits": place < len(ids),
            "on_frontier": place < len(ids) - 1,
        }
    )


def intervals(ids: Sequence[str]) -> pl.DataFrame:
    value = pl.Series(np.linspace(0.3, 0.4, len(ids)))
    return pl.DataFrame({"id": list(ids), "split": "test", "metric": "log_loss", "value": value}).with_columns(
        low=value - 0.01, high=value + 0.01
    )


def splits(target: str, values: Sequence[str]) -> dict[str, pl.DataFrame]:
    start = dt.datetime(2013, 1, 1)  # noqa: DTZ001 - tables of users hold naive times
    frame = pl.DataFrame(
        {
            "t": [start + dt.timedelta(hours=7 * i) for i in range(ROWS)],
            target: [values[i % len(values)] for i in range(ROWS)],
        }
    )
    return {"train": frame[:250], "validation": frame[250:330], "test": frame[330:]}


def trials(count: int) -> pl.DataFrame:
    value = 0.3 + 0.1 * np.sin(np.arange(count, dtype=float))
    return pl.DataFrame({"seconds": [1.0] * count, "validation": value, "leaders_validation": value + 0.01})


LEARNING = pl.DataFrame(
    {
        "rows": [100, 200, 400, 800],
        "loss": [0.5, 0.4, 0.36, 0.33],
        "low": [0.4, 0.35, 0.34, 0.3],
        "high": [0.6, 0.45, 0.38, 0.36],
        "measured": [True, True, True, False],
    }
)


def differences(names: Sequence[str]) -> pl.DataFrame:
    """Give treatments of which the first is none at all."""
    value = pl.Series([None, *np.linspace(-0.02, 0.02, len(names) - 1)], dtype=pl.Float64)
    columns = {"average_precision_difference": value, "log_loss_difference": value / 10}
    ends = {
        f"{name}_{end}": part + (0.005 if end == "high" else -0.005)
        for name, part in columns.items()
        for end in ("low", "high")
    }
    return pl.DataFrame({"treatment": list(names), **columns, **ends})


def importances(names: Sequence[str]) -> pl.DataFrame:
    value = np.linspace(0, 1, len(names))
    return pl.DataFrame(
        {"feature": list(names), "gain": value, "shap": value[::-1]}, schema_overrides={"feature": pl.String}
    )


def curves(names: Sequence[str], outputs: Sequence[str] = ("late",)) -> pl.DataFrame:
    """Give a numeric input with missing values and a categorical one, in turns."""
    rows = []
    for place, name in enumerate(names):
        words, values = (
            (["1", "2", "(missing)"], [1.0, 2.0, None]) if place % 2 else (names[:3], [None] * len(names[:3]))
        )
        for output in outputs:
            for value, word in zip(values, words, strict=True):
                rows.append((name, place % 2 == 0, output, value, word, 0.1, 0.3 + place / 50, 0.2, 0.5))
    texts = dict.fromkeys(("input", "output", "word"), pl.String)
    columns = ("input", "categorical", "output", "value", "word", "share", "mean", "low", "high")
    schema = {name: texts.get(name, pl.Boolean if name == "categorical" else pl.Float64) for name in columns}
    return pl.DataFrame(rows, schema=schema, orient="row")


def bill_of(names: Sequence[str]) -> pl.DataFrame:
    usd = [float(2**place) for place in range(len(names))]
    return pl.DataFrame(
        {"stage": [names[place // 2] for place in range(len(names))], "resource": names, "usd_per_month": usd}
    )


def ledger(stages: Sequence[str]) -> pl.DataFrame:
    ends = ["DONE", "FAILED", "KILLED", "TIMEOUT"]
    status = [ends[place % 4] for place in range(len(stages))]
    return pl.DataFrame({"stage": stages, "status": status, "usd": [1.0] * len(stages)})


def priced(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(
        usd_running_per_month=pl.col("usd_training_per_month") + pl.col("usd_serving_per_month"),
        usd_per_million_rows=pl.col("latency_p50_ms") / 100,
        quality=pl.col("validation"),
    )


def cells(names: Sequence[object]) -> pl.DataFrame:
    """Cells of a run: they may be called anything here, though a run numbers them."""
    place = np.arange(len(names), dtype=float)
    return pl.DataFrame(
        {
            "cell": list(names),
            "started_seconds": place * 2,
            "wall_seconds": place,
            "cpu_seconds": place * 1.5,
            "peak_rss_bytes": (place * 1e8).astype(int),
        },
        schema_overrides={} if names else {"cell": pl.Int64},
    )


def every_figure(names: Sequence[str]) -> dict[str, Callable[[], Figure]]:
    frame = candidates(names)
    scores = {name: np.clip(SCORES + i / 50, 0, 1) for i, name in enumerate(names[:6])}
    target = names[0]
    roles = Roles(target, "binary", (names[1], names[2]), (), "t")
    data = splits(target, names[1:3])
    return {
        "row_accounting": lambda: charts.row_accounting(
            pl.DataFrame({"step": names, "rows": range(len(names), 0, -1)})
        ),
        "missing_values": lambda: charts.missing_values(
            pl.DataFrame({f"{n}{i}": [None, 1] for i, n in enumerate(names)})
        ),
        "target_rate": lambda: charts.target_rate(data, roles),
        "candidates": lambda: charts.candidates(frame, metric=names[0]),
        "precision_recall": lambda: charts.precision_recall(LABELS, scores),
        "roc": lambda: charts.roc(LABELS, scores),
        "calibration": lambda: charts.calibration(CURVE, "binary"),
        "metric_intervals": lambda: charts.metric_intervals(intervals(names), "log_loss", names[1]),
        "anytime_curve": lambda: charts.anytime_curve(
            trials(12), unit=names[0], metric=names[1], baseline=0.2, budget=9
        ),
        "spending": lambda: charts.spending(
            pl.DataFrame({"part": names, "spent": range(len(names)), "planned": [None, *range(len(names) - 1)]}),
            unit=names[0],
        ),
        "learning_curve": lambda: charts.learning_curve(LEARNING, loss=names[0], sentence=f"What it says: {names[1]}."),
        "treatments": lambda: charts.treatments(differences(names), sentence=f"What it says: {names[0]}."),
        "seed_spread": lambda: charts.seed_spread(
            pl.DataFrame({"id": [*names, *names], "value": np.arange(2.0 * len(names))}), metric=names[0]
        ),
        "importance": lambda: charts.importance(importances(names), unit=names[0]),
        "dependence": lambda: charts.dependence(curves(names), quantity=names[0]),
        "dependence of classes": lambda: charts.dependence(curves(names, outputs=names[:7])),
        "latency": lambda: charts.latency(frame, 6.0),
        "monthly_cost": lambda: charts.monthly_cost(frame, names[1]),
        "frontier": lambda: charts.frontier(frame, names[0]),
        "timeline": lambda: charts.timeline(cells(names)),
        "bill": lambda: charts.bill(bill_of(names), names[0]),
        "waste": lambda: charts.waste(ledger(names), pl.DataFrame({"stage": names[:2], "usd": [0.5, 0.25]})),
        "quality_price": lambda: charts.quality_price(priced(frame), names[0], names[1]),
    }


@pytest.mark.parametrize("name", every_figure(PLAIN))
def test_a_figure_is_a_picture_with_words(name: str) -> None:
    figure = every_figure(PLAIN)[name]()
    root = ET.fromstring(figure.svg)  # noqa: S314 - written by ourselves a line above
    assert float(root.get("width", "0")) < 800
    assert len(figure.svg) < 120_000
    assert figure.title
    assert len(figure.alt) > 15
    bundle = figure._repr_mimebundle_()
    assert set(bundle) == {"text/html", "image/svg+xml", "text/plain"}
    assert 'src="data:image/svg+xml;base64,' in bundle["text/html"]


def test_words_have_room_in_wider_fonts_and_keep_their_size() -> None:
    """Words are measured for Helvetica; DejaVu Sans, which Debian falls back to, takes up to a fifth more."""
    size = {"config": {"labelFontSize": 10}, "layer": [{"mark": {"fontSize": 20, "dx": 3}}]}
    assert theme.with_room(size) == {"config": {"labelFontSize": 12}, "layer": [{"mark": {"fontSize": 24, "dx": 3}}]}
    assert theme.without_room('<text font-size="12px">') == '<text font-size="10px">'
    long, short = (
        charts.spending(pl.DataFrame({"part": [name], "spent": [1.0], "planned": [2.0]})) for name in ("m" * 20, "m")
    )
    sizes = [set(re.findall(r'font-size="(.+?)"', figure.svg)) for figure in (long, short)]
    assert sizes == [{"11px", "11.5px", "12px"}] * 2
    edges = [float(re.findall(r"translate\(([\d.]+)", figure.svg)[0]) for figure in (long, short)]
    assert edges[0] - edges[1] > 19 * 12 * 0.833 * theme.WIDER_FONT - 1, "the letter m is .833 em wide in Helvetica"


@pytest.mark.parametrize("name", every_figure(PLAIN))
def test_payloads_in_a_figure_stay_text(name: str) -> None:
    """Every payload is drawn at least once in some figure; none becomes an element or an attribute that runs."""
    for start in range(0, len(PAYLOADS), 20):
        figure = every_figure(PAYLOADS[start : start + 20])[name]()
        root = ET.fromstring(figure.svg)  # noqa: S314 - the point of the test is that this parses
        tags = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert tags <= {"svg", "g", "path", "line", "rect", "text", "title", "defs", "clipPath", "tspan", "desc"}, tags
        names = {key.rpartition("}")[2] for element in root.iter() for key in element.attrib}
        assert not {key for key in names if key.startswith("on") or key == "href"}
        assert "<script" not in figure.html()
        assert "<img src=x" not in figure.html()


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("time", ["t", None])
def test_the_target_of_every_task_with_and_without_time(task: Task, time: str | None) -> None:
    values = {"binary": ["no", "yes"], "multiclass": ["a", "b", "c"], "regression": ["1.5", "2.5"]}[task]
    data = splits("y", values)
    if task == "regression":
        data = {name: frame.with_columns(pl.col("y").cast(pl.Float64)) for name, frame in data.items()}
    classes = () if task == "regression" else tuple(values)
    figure = charts.target_rate(data, Roles("y", task, classes, (), time))
    assert {"train", "validation", "test"} <= set(figure.alt.replace(":", "").replace(";", "").split())
    if task == "multiclass":
        assert "train: a 33.6 %, b 33.2 %, c 33.2 %" in figure.alt
        assert time or "train: b" in figure.svg


@pytest.mark.parametrize("moments", [pl.String, pl.Int64])
def test_a_time_that_holds_no_dates_gives_no_axis(moments: pl.DataType) -> None:
    data = {
        name: frame.with_columns(t=pl.col("t").dt.year().cast(moments))
        for name, frame in splits("y", ["no", "yes"]).items()
    }
    figure = charts.target_rate(data, Roles("y", "binary", ("no", "yes"), (), "t"))
    assert "1970" not in figure.svg
    assert "train: 50 %" in figure.alt


def test_areas_are_those_of_scikit_learn() -> None:
    from sklearn.metrics import average_precision_score, roc_auc_score  # noqa: PLC0415 - heavy, for this test only

    rounded = SCORES.round(2)
    precision = charts.precision_recall(LABELS, {"m": rounded})
    area = charts.roc(LABELS, {"m": rounded})
    assert f"{average_precision_score(LABELS, rounded):.4f}" in precision.alt
    assert f"{roc_auc_score(LABELS, rounded):.4f}" in area.alt


def test_counts_end_at_all_rows() -> None:
    counts = _counts(LABELS, SCORES)
    assert counts.hits[-1] + counts.alarms[-1] == ROWS


@pytest.mark.parametrize(
    "figure",
    [
        lambda: charts.missing_values(pl.DataFrame({"a": [1]})),
        lambda: charts.latency(candidates([])),
        lambda: charts.monthly_cost(candidates([])),
        lambda: charts.frontier(candidates([])),
        lambda: charts.timeline(cells([])),
        lambda: charts.bill(bill_of([])),
        lambda: charts.waste(ledger(["train"]).with_columns(usd=pl.lit(None, pl.Float64))),
        lambda: charts.quality_price(priced(candidates([])), "rmse"),
        lambda: charts.roc(np.zeros(5), {"m": np.ones(5)}),
        lambda: charts.calibration(CURVE.head(0), "regression"),
        lambda: charts.metric_intervals(intervals(PLAIN), "rmse"),
        lambda: charts.importance(importances([])),
        lambda: charts.dependence(curves([])),
        lambda: charts.anytime_curve(trials(0)),
        lambda: charts.spending(pl.DataFrame({"part": [], "spent": [], "planned": []})),
        lambda: charts.learning_curve(LEARNING.head(0)),
        lambda: charts.treatments(differences(["plain"]).head(1)),
        lambda: charts.seed_spread(pl.DataFrame({"value": [None]}, schema={"value": pl.Float64})),
        lambda: charts.row_accounting(
            pl.DataFrame({"step": [], "rows": []}, schema={"step": pl.String, "rows": pl.Int64})
        ),
    ],
)
def test_nothing_to_draw_is_said_in_words(figure: Callable[[], Figure]) -> None:
    assert figure().alt


def test_the_same_figure_has_the_same_bytes() -> None:
    assert charts.frontier(candidates(PLAIN)).svg == charts.frontier(candidates(PLAIN)).svg


def test_importing_the_room_loads_neither_altair_nor_the_address_grammar() -> None:
    code = (
        "import sys; from workbench import charts; import polars as pl\n"
        "assert 'altair' not in sys.modules and 'vl_convert' not in sys.modules\n"
        "charts.row_accounting(pl.DataFrame({'step': ['read'], 'rows': [1]}))\n"
        "assert 'altair' in sys.modules and 'rfc3987_syntax' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_latency_stands_across_where_dollars_do_not_differ() -> None:
    same = candidates(PLAIN).with_columns(usd_training_per_month=pl.lit(0.001), usd_serving_per_month=pl.lit(73.584))
    assert "so latency stands across" in charts.frontier(same, "b01").note
    assert "latency" not in charts.frontier(candidates(PLAIN), "b01").note


def test_the_metric_stands_upwards_where_no_error_has_a_price() -> None:
    free = candidates(PLAIN).with_columns(usd_errors_per_month=pl.lit(0.0), validation_log_loss=pl.col("validation"))
    assert "log loss stands upwards" in charts.frontier(free, "b01").note


def test_a_bill_says_what_each_stage_costs_and_what_had_no_room() -> None:
    lines = pl.DataFrame(
        {
            "stage": ["serving", "errors", "training", "serving"],
            "resource": ["machine idle", "misses", "machine training", "machine at work"],
            "usd_per_month": [60.0, 900.0, 0.5, 10.0],
        }
    )
    figure = charts.bill(lines, "b01")
    assert figure.alt.startswith("$970.50 a month: errors $900.00 (92.7 %), serving $70.00 (7.21 %)")
    assert "machine training $0.50" in figure.note
    assert ">misses<" in figure.svg
    assert ">machine training<" not in figure.svg


def test_areas_of_a_bill_are_dollars() -> None:
    drawn = _rectangles(bill_of(["a", "b", "c", "d", "e"]))
    area = (drawn["right"] - drawn["left"]) * (drawn["bottom"] - drawn["top"])
    assert area.to_list() == pytest.approx((drawn["usd"] / 31).to_list())
    for _, stage in drawn.group_by("stage"):
        assert stage["top"].to_list() == pytest.approx([0, *stage["bottom"][:-1]])
        assert stage["bottom"][-1] == pytest.approx(1)
    assert drawn["right"].max() == pytest.approx(1)


def test_waste_is_told_apart_from_what_was_of_use_and_from_what_was_never_spent() -> None:
    runs = pl.DataFrame(
        {
            "stage": ["train", "train", "cost", "cost", "decide"],
            "status": ["DONE", "KILLED", "FAILED", "RUNNING", "DONE"],
            "usd": [3.0, 0.5, 0.5, 7.0, None],
        }
    )
    figure = charts.waste(runs, pl.DataFrame({"stage": ["train"], "usd": [2.0]}))
    assert figure.alt == (
        "$4.00 was spent, $1.00 of it (25 %) on runs that left nothing to use; the cache saved $2.00."
    )
    assert "1 run without a price is not shown" in figure.note
    assert "$3.50, $2.00 saved" in figure.svg


@pytest.mark.parametrize("smaller", [False, True])
def test_a_point_of_quality_is_priced_along_the_frontier(smaller: bool) -> None:
    frame = pl.DataFrame(
        {
            "id": ["lean", "middling", "beaten", "able"],
            "usd_running_per_month": [10.0, 20.0, 30.0, 50.0],
            "usd_per_million_rows": [1.0, 2.0, 3.0, 4.0],
            "quality": [0.30, 0.32, 0.31, 0.34],
        }
    ).with_columns(pl.col("quality") * (-1 if smaller else 1))
    figure = charts.quality_price(frame, "roc_auc", "able", smaller_is_better=smaller)
    assert "From lean to able roc auc moves by 4.00 points (hundredths) for $40.00 more: $10.00 a point." in figure.alt
    same = frame.with_columns(usd_running_per_month=pl.lit(73.58))
    assert "so a million rows stands across" in charts.quality_price(same, "roc_auc", smaller_is_better=smaller).note
    best = frame.filter(pl.col("id").is_in(["lean"]))
    assert "the best and the cheapest" in charts.quality_price(best, "roc_auc", smaller_is_better=smaller).alt


def test_parts_that_are_nothing_are_left_out_of_the_monthly_cost() -> None:
    frame = candidates(PLAIN).with_columns(usd_storage_per_month=pl.lit(0.0), usd_egress_per_month=pl.lit(4.0))
    svg = charts.monthly_cost(frame).svg
    assert ">egress<" in svg
    assert ">storage<" not in svg
    ranged = frame.with_columns(usd_per_month_low=pl.lit(1.0), usd_per_month_high=pl.lit(2000.0))
    assert "95 % interval" in charts.monthly_cost(ranged).note
