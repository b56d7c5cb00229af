"""Does one model from 2 or 4 workers score as one from one process? Real tables, and what else moves the score.

    PYTHONPATH=. python benchmarks/workers.py --tables caravan diamonds --seeds 0 1 2
    PYTHONPATH=. python benchmarks/workers.py --tables flights product --rows 200000    larger tables

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

import numpy as np
import polars as pl
from tables import Splits, load, split

from tests.train.distributed.threads import trained
from workbench.model import Roles, encode, encode_labels, fit_features
from workbench.model.boosters import linked, load_booster
from workbench.train.distributed import Job
from workbench.train.goal import goal_of

SHARED = {"learning_rate": 0.1, "min_data_in_leaf": 0, "min_sum_hessian_in_leaf": 4.0, "max_cat_to_onehot": 199}
"""Where both of LightGBM's learners follow the same rules: leaves are bounded by the Hessian, not by rows that several
processes only estimate, and nothing is pulled, so that no input gains below a node in which it did not."""

SETTINGS = {
    "plain": {"learning_rate": 0.1},
    "drawn": {"learning_rate": 0.1, "feature_fraction": 0.8, "bagging_fraction": 0.8, "bagging_freq": 1},
    "shared": SHARED,
    "shared, columns drawn": {**SHARED, "feature_fraction": 0.6},
}
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


def job_of(parts: Splits, folder: Path, settings: dict[str, float], seed: int) -> Job:
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


def score(job: Job, test: pl.DataFrame, workers: int) -> Score:
    """Train, and judge."""
    text, loss = trained(job, workers, CUTS[workers])
    raw = np.asarray(load_booster(text).predict(encode(job.features, test).values, raw_score=True))
    return Score(loss, job.goal.loss(encode_labels(test, job.roles), linked(job.roles.task, raw)))


def compare(name: str, settings: str, given: argparse.Namespace, seed: int) -> Scores:
    """Score 1, 2 and 4 workers, and the controls."""
    parts = splits(name, given.rows, seed)
    found: Scores = {}
    with tempfile.TemporaryDirectory() as folder:
        job = job_of(parts, Path(folder), dict(SETTINGS[settings]), seed)
        for workers in CUTS:
            found[f"{workers}"] = [score(job, parts.test, workers)]
        if "drawn" in settings:
            found["seeds"] = [score(replace(job, seed=1000 + other), parts.test, 1) for other in range(given.controls)]
        found["a row less"] = []
        for other in range(given.controls):
            out = np.random.default_rng(other).integers(parts.train.height)
            parts.train.filter(pl.int_range(pl.len()) != out).write_parquet(folder + "/train.parquet")
            found["a row less"].append(score(job, parts.test, 1))
    return found


def main() -> None:
    """Print one line per table, settings, seed and part, then medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", nargs="+", default=["caravan", "tv16", "diamonds", "party", "flights", "product"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--rows", type=int, default=ROWS, help="of the flights; of the product half as many in all")
    parser.add_argument("--settings", nargs="+", default=list(SETTINGS), choices=list(SETTINGS))
    parser.add_argument("--controls", type=int, default=3, help="trainings of each control")
    given = parser.parse_args()
    print("difference to one process in % of the loss, seed by seed")
    found: dict[str, list[Scores]] = {settings: [] for settings in given.settings}
    for name in given.tables:
        for settings in given.settings:
            lines = [compare(name, settings, given, seed) for seed in given.seeds]
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
