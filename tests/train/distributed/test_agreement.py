"""How far one model of several workers is that of one process: unequal shards, unseen categories, empty columns."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest

from tests.train.distributed.tables import ROWS, job, table
from tests.train.distributed.threads import Threads, trained
from workbench.errors import ParamsError
from workbench.model import Roles, encode_labels, fit_features
from workbench.train.distributed import ClusterError
from workbench.train.distributed.agreeing import agreeing
from workbench.train.distributed.attempt import grow, prepare
from workbench.train.distributed.ballot import Ballot, mean_label
from workbench.train.distributed.rank import Task
from workbench.train.distributed.segment import check_settings
from workbench.train.distributed.shards import deal, row_groups
from workbench.train.distributed.texts import raised
from workbench.train.distributed.training import Order, drive
from workbench.train.goal import goal_of
from workbench.train.portfolio import BASELINE, portfolio

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from workbench.model import Task as Kind
    from workbench.train.distributed import Job
    from workbench.train.goal import Metric

CUTS = {2: (0.1,), 4: (0.02, 0.4, 0.9)}
NUMBERS = ("x0", "x1", "x2", "late", "empty")


def work(folder: Path, task: Kind, metric: Metric, inputs: tuple[str, ...]) -> Job:
    """Give a job whose target rises from the first row to the last, so that every shard has another mean.

    The validation rows hold categories that no training row has, and one column has no value at all.
    """
    rng = np.random.default_rng(9)
    for name, rows, seed in (("train", 12_000, 0), ("validation", 4000, 1)):
        frame = table(rows, seed).with_columns(
            empty=pl.lit(None, pl.Float64),
            kind=pl.col("kind") + ("" if name == "train" else pl.col("kind").str.head(2)),
        )
        score = frame["x0"] * frame["x1"] + frame["y"].cast(pl.Float64) + pl.Series(rng.normal(size=rows) * 0.3)
        score += pl.Series(np.linspace(0, 5, rows))
        target = {"regression": score + 20, "binary": score > 3, "multiclass": score.clip(0, 4.9).cast(pl.Int64)}[task]
        frame.with_columns(y=target).write_parquet(folder / f"{name}.parquet", row_group_size=1000)
    classes = {"regression": (), "binary": ("false", "true"), "multiclass": ("0", "1", "2", "3", "4")}[task]
    roles = Roles("y", task, classes, inputs)
    train = pl.read_parquet(folder / "train.parquet")
    return replace(
        job(folder),
        roles=roles,
        goal=goal_of(roles, metric),
        features=fit_features(train, inputs).features,
        settings={"learning_rate": 0.1},
    )


def shape(text: str) -> list[str]:
    """Give what decides where a row goes, without the values of leaves."""
    return re.findall(r"^(?:split_feature|threshold|left_child|right_child|leaf_count)=.*$", text, flags=re.MULTILINE)


def splits(text: str) -> list[str]:
    """Give the same without the rows of leaves, which several workers estimate."""
    return [line for line in shape(text) if not line.startswith("leaf_count")]


@pytest.mark.parametrize("workers", [2, 4])
@pytest.mark.parametrize("inputs", [NUMBERS, (*NUMBERS, "kind")], ids=["numbers", "categories"])
def test_the_trees_of_a_regression_are_those_of_one_process(
    tmp_path: Path, workers: int, inputs: tuple[str, ...]
) -> None:
    """Without `cat_l2`: because of it a category may gain in a node beneath one in which it could not.

    One process no longer tries it there, several do.
    """
    made = work(tmp_path, "regression", "rmse", inputs)
    made = replace(made, settings={**made.settings, "cat_l2": 0.0})
    alone = drive(Order(made, tmp_path / "alone"))
    text, loss = trained(made, workers, CUTS[workers])
    assert shape(text) == shape(alone.text)
    assert loss == pytest.approx(alone.loss, rel=1e-9)


TASKS: dict[Kind, Metric] = {"binary": "log_loss", "multiclass": "log_loss", "regression": "rmse"}


@pytest.mark.parametrize("task", TASKS)
def test_workers_grow_what_one_process_does_whatever_the_search_tries(tmp_path: Path, task: Kind) -> None:
    """All that the portfolio asks for is asked of workers with unequal shards, none of it without a counterpart.

    Of the many classes, hardly noisy here, one leaf in thousands is estimated to hold nothing.
    """
    made = work(tmp_path, task, TASKS[task], (*NUMBERS, "kind"))
    labels = encode_labels(pl.read_parquet(made.train[0]), made.roles)
    for setup in (BASELINE, *portfolio(12_000, 16, task, categories=1000, positive=task == "regression")):
        ready = replace(made, settings=agreeing(setup.settings, made.goal, labels), rounds=25)
        alone, loss = trained(ready, 1)
        for workers, cuts in CUTS.items():
            text, together = trained(ready, workers, cuts)
            assert together == pytest.approx(loss, rel=0.002), (setup.name, workers)
            assert task == "multiclass" or splits(text) == splits(alone), (setup.name, workers)


def test_as_imported_the_rules_differ(tmp_path: Path) -> None:
    """Several processes estimate the rows of a leaf from its Hessian: what `agreeing` keeps out is there."""
    made = replace(work(tmp_path, "multiclass", "log_loss", (*NUMBERS, "kind")), rounds=25)
    assert splits(trained(made, 2, CUTS[2])[0]) != splits(trained(made, 1)[0])


def test_two_workers_and_four_grow_the_same_trees(tmp_path: Path) -> None:
    made = work(tmp_path, "binary", "log_loss", (*NUMBERS, "kind"))
    assert shape(trained(made, 2, CUTS[2])[0]) == shape(trained(made, 4, CUTS[4])[0])


def test_the_logarithm_of_a_value_begins_at_that_of_the_mean_of_all(tmp_path: Path) -> None:
    made = work(tmp_path, "regression", "rmse", NUMBERS)
    for part in ("train", "validation"):
        frame = pl.read_parquet(tmp_path / f"{part}.parquet")
        frame.with_columns(pl.col("y").exp()).write_parquet(tmp_path / f"{part}.parquet", row_group_size=1000)
    made = replace(made, settings={"objective": "tweedie", "min_data_in_leaf": 1}, rounds=10)
    (_, alone), (_, both) = trained(made, 1), trained(made, 2, CUTS[2])
    assert both == pytest.approx(alone, rel=0.002)


class Unlinked(Threads):
    """Ranks that nobody connects: LightGBM does not mind, and lets each learn from its own rows."""

    def ask(self, step: str, arguments: Sequence[Sequence[object]]) -> list[Any]:
        return [True] * len(arguments) if step == "link" else super().ask(step, arguments)


def test_ranks_that_learned_alone_are_found_out(tmp_path: Path) -> None:
    made = job(tmp_path)
    shards, judged = (deal(row_groups(paths), 2) for paths in (made.train, made.validation))
    tasks = [Task(rank, 2, shards[rank], judged[rank], ROWS) for rank in range(2)]
    crew = Unlinked(made, tasks)
    prepare(crew, made, tasks)
    with pytest.raises(ClusterError, match="other network parameters than it was given"):
        grow(crew, made, tasks, 0, lambda *_: False)


@pytest.mark.parametrize("objective", ["quantile", "mape", "mae"])
def test_medians_are_refused_to_several_workers(tmp_path: Path, objective: str) -> None:
    made = work(tmp_path, "regression", "mae" if objective == "mae" else "rmse", NUMBERS)
    if objective != "mae":
        made = replace(made, settings={"objective": objective})
    check_settings(made, 1)
    with pytest.raises(ParamsError, match="mean of their medians"):
        check_settings(made, 2)


def test_the_mean_of_the_labels_counts_every_row_by_its_weight() -> None:
    few = Ballot(0, 2, 0, {}, "", "", 0, 9, label_sum=9.0, weight_sum=2.0)
    many = Ballot(1, 8, 0, {}, "", "", 0, 1, label_sum=1.0, weight_sum=8.0)
    assert mean_label([few, many]) == 1.0


def test_raised_trees_give_more_by_that_much(tmp_path: Path) -> None:
    made = replace(work(tmp_path, "regression", "rmse", NUMBERS), rounds=10)
    text = drive(Order(made, tmp_path / "alone")).text
    lifted = raised(text, 3.5)
    values = [re.search(r"^leaf_value=(.*)$", one, flags=re.MULTILINE) for one in (text, lifted)]
    numbers = [[float(value) for value in found[1].split()] for found in values if found]
    assert numbers[1] == [value + 3.5 for value in numbers[0]]
    assert raised(lifted, -3.5).count("Tree=") == text.count("Tree=")
