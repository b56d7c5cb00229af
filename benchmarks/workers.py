"""Does one model from 2 or 4 workers score as one from one process? Real tables, and what else moves the score.

    PYTHONPATH=. python benchmarks/workers.py --tables caravan diamonds --seeds 0 1 2
    PYTHONPATH=. python benchmarks/workers.py --tables flights product --rows 200000    larger tables
    PYTHONPATH=. python benchmarks/workers.py --settings grown --controls 0    what `spread: rows` grows

Ranks are threads of this process with LightGBM's own sockets between them (`tests/train/distributed/threads.py`), which
do what Ray's actors do. The shards of 2 workers hold 10 and 90 % of the rows, those of 4 hold 2, 38, 50 and 10 %.
Beside them stands what moves the loss of one process as well: one training row left out, and, where rows and columns
are drawn, another seed. Every line is the loss of the validation rows and of the test rows.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from tables import Splits, load, split

from tests.train.distributed.threads import trained
from workbench.model import Roles, encode, encode_labels, fit_features
from workbench.model.boosters import linked, load_booster
from workbench.train.distributed import Job
from workbench.train.distributed.agreeing import agreeing
from workbench.train.goal import goal_of
from workbench.train.material import FINE_BINS, FINE_ROWS
from workbench.train.portfolio import BASELINE, portfolio

if TYPE_CHECKING:
    from workbench.train.booster import Settings

SETTINGS: dict[str, Settings] = {
    "plain": {"learning_rate": 0.1},
    "drawn": {"learning_rate": 0.1, "feature_fraction": 0.8, "bagging_fraction": 0.8, "bagging_freq": 1},
}
"""LightGBM as it is set up most often. What `spread: rows` grows in place of the defaults and of the portfolio is
called `grown`."""

GROWN = "grown"
CUTS = {1: (), 2: (0.1,), 4: (0.02, 0.4, 0.9)}
ROWS = 40_000
AGREEMENT = 0.2
PARTS = ("validation", "test")


@dataclass(frozen=True)
class Score:
    """Loss of one model.

    Attributes:
        validation: On the validation rows.
        test: On the test rows.
    """

    validation: float
    test: float


Scores = dict[str, list[Score]]
"""Scores by what was trained: `1`, `2` and `4` workers, and the controls `seeds` and `a row less` of one process."""


def product(rows: int, seed: int) -> Splits:
    """Make a target of a product of two features alone."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(rows, 6))
    likely = 1 / (1 + np.exp(-2 * numbers[:, 0] * numbers[:, 1]))
    table = pl.DataFrame({f"x{index}": numbers[:, index] for index in range(6)})
    return split(table.with_columns(y=pl.Series(rng.random(rows) < likely)), "y", seed)


def splits(name: str, rows: int, seed: int) -> Splits:
    """Read a table; of the flights a random part, of so many training rows."""
    if name == "product":
        return product(rows // 2, seed)
    whole = load(name, seed)
    if name != "flights":
        return whole
    wanted = {"train": rows, "validation": rows // 4, "test": rows // 4}
    return replace(
        whole,
        **{part: frame.sample(min(wanted[part], frame.height), seed=seed) for part, frame in whole.frames().items()},
    )


def job_of(parts: Splits, folder: Path, settings: Settings, seed: int) -> Job:
    """Write the tables and give the job of learning from them."""
    roles: Roles = parts.roles
    features = fit_features(parts.train, roles.features).features
    for name in ("train", "validation"):
        getattr(parts, name).write_parquet(folder / f"{name}.parquet")
    return Job(
        train=(str(folder / "train.parquet"),),
        validation=(str(folder / "validation.parquet"),),
        roles=roles,
        features=features,
        goal=goal_of(roles, "auto" if roles.task == "regression" else "log_loss"),
        settings=settings,
        patience=30,
        rounds=400,
        seed=seed,
    )


def jobs_of(parts: Splits, folder: Path, settings: str, given: argparse.Namespace, seed: int) -> list[Job]:
    """Give the jobs that go by a name."""
    if settings != GROWN:
        return [job_of(parts, folder, SETTINGS[settings], seed)]
    plain, labels = job_of(parts, folder, {}, seed), encode_labels(parts.train, parts.roles)
    most = max(len(feature.categories) for feature in plain.features)
    inputs, task = sum(feature.width for feature in plain.features), parts.roles.task
    positive = task == "regression" and bool(labels.min() >= 0)
    fine = {"max_bin": FINE_BINS} if labels.size <= FINE_ROWS else {}
    known = (BASELINE, *portfolio(labels.size, inputs, task, categories=most, positive=positive))
    return [
        replace(
            plain,
            settings={**fine, **agreeing(setup.settings, plain.goal, labels)},
            rounds=min(plain.rounds, setup.rounds),
        )
        for setup in known[: given.configurations]
    ]


def score(job: Job, test: pl.DataFrame, workers: int) -> Score:
    """Train, and judge."""
    text, loss = trained(job, workers, CUTS[workers])
    raw = np.asarray(load_booster(text).predict(encode(job.features, test).values, raw_score=True))
    return Score(loss, job.goal.loss(encode_labels(test, job.roles), linked(job.roles.task, raw)))


def compare(name: str, settings: str, given: argparse.Namespace, seed: int) -> list[Scores]:
    """Score 1, 2 and 4 workers, and the controls, configuration by configuration."""
    parts = splits(name, given.rows, seed)
    with tempfile.TemporaryDirectory() as folder:
        return [compare_one(job, parts, settings, given) for job in jobs_of(parts, Path(folder), settings, given, seed)]


def compare_one(job: Job, parts: Splits, settings: str, given: argparse.Namespace) -> Scores:
    """Score one configuration."""
    found: Scores = {f"{workers}": [score(job, parts.test, workers)] for workers in CUTS}
    if settings == "drawn" and given.controls:
        found["seeds"] = [score(replace(job, seed=1000 + other), parts.test, 1) for other in range(given.controls)]
    if given.controls:
        found["a row less"] = [without(job, parts, other) for other in range(given.controls)]
    return found


def without(job: Job, parts: Splits, seed: int) -> Score:
    """Score one process that lacks a training row."""
    out = np.random.default_rng(seed).integers(parts.train.height)
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/train.parquet"
        parts.train.filter(pl.int_range(pl.len()) != out).write_parquet(path)
        return score(replace(job, train=(path,)), parts.test, 1)


def main() -> None:
    """Print one line per table, settings, seed and part, then medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", nargs="+", default=["caravan", "tv16", "diamonds", "party", "flights", "product"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--rows", type=int, default=ROWS, help="of the flights; of the product half as many in all")
    names = [*SETTINGS, GROWN]
    parser.add_argument("--settings", nargs="+", default=names, choices=names)
    parser.add_argument("--configurations", type=int, default=6, help="of the portfolio, the defaults included")
    parser.add_argument("--controls", type=int, default=3, help="trainings of each control")
    given = parser.parse_args()
    print("difference to one process in % of the loss, seed by seed")
    found: dict[str, list[Scores]] = {settings: [] for settings in given.settings}
    for name in given.tables:
        for settings in given.settings:
            lines = [line for seed in given.seeds for line in compare(name, settings, given, seed)]
            found[settings] += lines
            for part in PARTS:
                tell(f"{name} {settings} {part}", lines, part)
    for settings, lines in found.items():
        sum_up(settings, lines)


def tell(title: str, lines: list[Scores], part: str) -> None:
    """Print the differences by seed, and the medians of the losses."""
    medians = {key: median(getattr(line[key][0], part) for line in lines) for key in ("1", "2", "4")}
    print(f"{title}: median loss of 1 / 2 / 4 workers {' / '.join(f'{value:.6g}' for value in medians.values())}")
    for key in [key for key in lines[0] if key != "1"]:
        print(
            f"    {key:>10}: {' '.join(f'{gap:+.3f}' for line in lines for gap in gaps(line, key, part))}", flush=True
        )


def gaps(line: Scores, key: str, part: str) -> list[float]:
    """Give how much greater losses are than that of one process, in %."""
    alone = getattr(line["1"][0], part)
    return [100 * (getattr(one, part) / alone - 1) for one in line[key]]


def sum_up(settings: str, lines: list[Scores]) -> None:
    """Print the mean and the spread of the differences; the error of the mean takes a table and seed as one."""
    for key in [key for key in lines[0] if key != "1"]:
        found = [[gap for part in PARTS for gap in gaps(line, key, part)] for line in lines]
        each = [gap for gaps_of_line in found for gap in gaps_of_line]
        means = [float(np.mean(gaps_of_line)) for gaps_of_line in found]
        spread, error = float(np.sqrt(np.mean(np.square(each)))), float(np.std(means, ddof=1) / np.sqrt(len(means)))
        inside = sum(abs(gap) <= AGREEMENT for gap in each)
        print(
            f"{settings} {key:>10}: mean {np.mean(each):+.3f} +- {error:.3f}, root mean square {spread:.3f}, "
            f"{inside} of {len(each)} within {AGREEMENT}"
        )


if __name__ == "__main__":
    main()
