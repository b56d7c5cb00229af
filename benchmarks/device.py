"""Measures what a GPU is worth: rows a second and dollars a training beside the processor, and whether both agree.

    python benchmarks/device.py                                     the OpenCL device found here, drawn rows
    python benchmarks/device.py --device cuda --rows 5000000        LightGBM built with CUDA
    python benchmarks/device.py --csv FILE --target COLUMN          a table of your own
    python benchmarks/device.py --usd-per-hour 0.41 --usd-per-hour-with-gpu 1.21

Whole trainings run by turns; medians are printed. Exit 1 when the metrics on the rows left out differ by more than
0.5 %. Where there is no device, it says so and does nothing. Only where the device is a GPU do the figures tell
anything about GPUs: PoCL, which is found where there is none, is the processor again, by a longer way.
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.errors import ParamsError
from workbench.model import Roles, class_texts, lightgbm
from workbench.model.encode import categorical_inputs
from workbench.train import opencl
from workbench.train.device import choose_device
from workbench.train.goal import goal_of
from workbench.train.material import Material, prepare
from workbench.train.tryout import Sample

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.train.goal import Goal

TOLERANCE = 0.005
MAX_CLASSES = 20
HOLDOUT = 5


def drawn(rows: int, inputs: int) -> tuple[pl.DataFrame, Roles]:
    """Draw rows whose label depends on a few numbers and a word."""
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(rows, inputs - 1))
    word = rng.integers(0, 50, rows)
    score = numbers[:, 0] * numbers[:, 1] + np.sin(3 * numbers[:, 2]) + (word % 7 == 0) + rng.normal(size=rows)
    frame = pl.DataFrame({f"x{i}": numbers[:, i] for i in range(inputs - 1)}).with_columns(
        word=pl.Series(word).cast(pl.String), late=pl.Series(score > 1)
    )
    return frame, Roles("late", "binary", ("false", "true"), tuple(name for name in frame.columns if name != "late"))


def own(path: Path, target: str) -> tuple[pl.DataFrame, Roles]:
    """Read a table; few values of the target make it a classification."""
    frame = pl.read_csv(path, infer_schema_length=None).drop_nulls(target)
    features = tuple(name for name in frame.columns if name != target)
    if frame[target].n_unique() > MAX_CLASSES:
        return frame, Roles(target, "regression", (), features)
    classes = tuple(sorted(class_texts(frame[target]).unique().to_list()))
    return frame, Roles(target, "binary" if len(classes) == 2 else "multiclass", classes, features)  # noqa: PLR2004


def trained(material: Material, goal: Goal, settings: Mapping[str, object], rounds: int) -> tuple[float, float]:
    """Bin, train and judge once; seconds of binning and training, and the metric on the rows left out."""
    engine, began = lightgbm(), time.perf_counter()
    rows = engine.Dataset(
        material.train_values,
        label=material.train_labels,
        categorical_feature=categorical_inputs(material.features),
        params=dict(settings),
    )
    booster = engine.train(dict(settings), rows, num_boost_round=rounds)
    seconds = time.perf_counter() - began
    return seconds, goal.value(material.validation_labels, np.asarray(booster.predict(material.validation_values)))


def measure(arguments: argparse.Namespace) -> int:
    """Measure, print, and judge the agreement."""
    table = own(arguments.csv, arguments.target) if arguments.csv else drawn(arguments.rows, arguments.inputs)
    frame, roles = table
    goal = goal_of(roles, "auto")
    held = pl.int_range(pl.len()) % HOLDOUT == 0
    material = prepare(frame.filter(~held), frame.filter(held), roles)
    settings = {**material.settings(goal), "num_threads": arguments.threads or material.threads, "seed": 0}
    sample = Sample(material.train_values, material.train_labels, categorical_inputs(material.features))
    try:
        choice = choose_device(arguments.device, sample, goal, settings)
    except ParamsError as error:
        print(f"not measured: {error}")
        return 0
    print(choice.reason)
    ways = {"cpu": settings, choice.device: {**settings, **choice.settings}}
    prices = {"cpu": arguments.usd_per_hour, choice.device: arguments.usd_per_hour_with_gpu or arguments.usd_per_hour}
    trained(material, goal, ways[choice.device], 2)
    taken: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
    for _ in range(arguments.repeats):
        for way, its_settings in ways.items():
            taken[way].append(trained(material, goal, its_settings, arguments.rounds))
    return report(taken, material.train_labels.size * arguments.rounds, prices, goal.metric)


def report(
    taken: Mapping[str, list[tuple[float, float]]], row_rounds: int, prices: Mapping[str, float | None], metric: str
) -> int:
    """Print one line for each way; 1 when the metrics do not agree."""
    print(f"{datetime.now(UTC):%Y-%m-%d}, {opencl.devices() or 'no OpenCL device'}")
    values = {}
    for way, runs in taken.items():
        seconds, values[way] = median(run[0] for run in runs), median(run[1] for run in runs)
        price = prices[way]
        dollars = f"${seconds / 3600 * price:.6f}" if price else "no price given"
        speed = f"{row_rounds / seconds / 1e6:8.2f} M rows x rounds/s"
        print(f"{way:5} {seconds:8.2f} s {speed}   {dollars} a training   {metric} {values[way]:.6f}")
    apart = max(abs(value / values["cpu"] - 1) for value in values.values())
    print(f"the metrics differ by {apart:.2g} of themselves")
    return int(apart > TOLERANCE)


def arguments_of() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=["auto", "gpu", "cuda"], default="gpu")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--inputs", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0, help="threads of the processor; 0 for as many as pay")
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--target")
    parser.add_argument("--usd-per-hour", type=float, help="price of the machine without its GPU")
    parser.add_argument("--usd-per-hour-with-gpu", type=float, help="price of the machine with its GPU")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(measure(arguments_of()))
