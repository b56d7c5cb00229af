"""Grows trees a segment at a time: what a checkpoint holds is all that the next segment needs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

import numpy as np

from workbench.errors import ParamsError, Place
from workbench.model import lightgbm
from workbench.model.boosters import LOGARITHMIC, load_booster, model_text
from workbench.model.encode import categorical_inputs
from workbench.train.distributed.texts import check_parameters, raised, root_rows, seeded
from workbench.train.material import FIXED

if TYPE_CHECKING:
    from collections.abc import Callable

    import lightgbm as lgb
    from numpy.typing import NDArray

    from workbench.train.distributed.job import Job
    from workbench.train.distributed.rank import Task
    from workbench.train.distributed.reading import Numbers

TIME_OUT_MINUTES = 1
"""LightGBM's socket time-out, the shortest there is; the group is watched more closely than that."""


MEDIANS = frozenset({"regression_l1", "l1", "mae", "mean_absolute_error", "quantile", "mape"})
"""Objectives whose leaves are medians or other quantiles of the rows in them."""


@dataclass(frozen=True)
class Links:
    """The machine list.

    Attributes:
        seats: Host and port of each rank.
        rank: The own rank.
    """

    seats: tuple[tuple[str, int], ...]
    rank: int

    @property
    def machines(self) -> str:
        """The list as LightGBM takes it."""
        return ",".join(f"{host}:{port}" for host, port in self.seats)


@dataclass(frozen=True)
class Grown:
    """One worker's account of a segment.

    Attributes:
        rank: Who grew it.
        rounds: Rounds added; fewer than asked for when no split was left.
        sha256: SHA-256 of its trees.
        text: Its trees, from rank 0 alone.
        losses: Sum over the own validation rows of the loss after each round (squared, where the loss is a root).
        root_rows: Rows counted at the root of its first tree, all workers together; None without a split.
    """

    rank: int
    rounds: int
    sha256: str
    text: str
    losses: tuple[float, ...]
    root_rows: int | None


class Grower:
    """Binned rows of one worker, and the scores that the trees so far give them."""

    def __init__(
        self,
        job: Job,
        task: Task,
        pooled: NDArray[np.float64],
        train: Numbers,
        validation: Numbers | None,
        note: Callable[[int], None],
        mean: float | None = None,
    ) -> None:
        self._mean = mean
        self._job, self._task, self._note = job, task, note
        self._rows, self._judged = train, validation
        self._network: dict[str, object] = {}
        if task.workers > 1:
            self._network = {"num_machines": task.workers, "tree_learner": "data", "pre_partition": True}
        bins = self._dataset(pooled, np.zeros(len(pooled)), None, None)
        self._train = self._dataset(train.values, train.labels, train.weights, bins)
        self._validation = self._dataset(validation.values, validation.labels, None, bins) if validation else None
        alone = {"verbosity": -1, "objective": "none", "num_threads": task.threads}
        self._holder = lightgbm().Booster(alone, bins)
        self._scores: NDArray[np.float64] | None = None
        self._judged_scores: NDArray[np.float64] | None = None

    def connect(self, links: Links) -> None:
        """Open the sockets; they stay open until this process ends.

        The booster that holds them never grows: those that do come and go with the segments.
        """
        port = links.seats[links.rank][1]
        self._network |= {"local_listen_port": port, "time_out": TIME_OUT_MINUTES}
        self._holder.set_network(links.machines, port, TIME_OUT_MINUTES, len(links.seats))

    def begin(self, job: Job) -> None:
        """Forget the trees of an earlier model; rows and bins stay."""
        self._job = job
        self._scores = self._judged_scores = None
        for dataset in (self._train, self._validation):
            if dataset is not None:
                dataset.init_score = None
                dataset.set_field("init_score", None)

    def catch_up(self, text: str) -> None:
        """Add a segment to the scores, from its text: live or after a restart, the same sums in the same order."""
        if not text:
            return
        booster = load_booster(text)
        self._scores = self._added(self._scores, booster, self._rows.values)
        if self._judged is not None:
            self._judged_scores = self._added(self._judged_scores, booster, self._judged.values)

    def grow(self, segment: int, rounds: int) -> Grown:
        """Add up to so many rounds on top of the scores.

        Raises:
            ClusterError: LightGBM did not take the network parameters.
        """
        params = self._params() | seeded(self._job.settings, self._job.seed, segment)
        booster = lightgbm().Booster(params, self._started(self._train, self._scores))
        if self._validation is not None:
            booster.add_valid(self._started(self._validation, self._judged_scores), "validation")
        losses: list[float] = []
        while len(losses) < rounds:
            no_split_left = booster.update()
            if no_split_left and (losses or segment):
                break
            losses.append(self._loss(booster))
            self._note(segment * self._job.segment_rounds + len(losses))
            if no_split_left:
                break
        return self._account(booster, losses)

    def _account(self, booster: lgb.Booster, losses: list[float]) -> Grown:
        if self._network:
            check_parameters(booster.model_to_string(num_iteration=1), self._network)
        text = model_text(booster, len(losses)) if losses else ""
        if self._scores is None and (first := self._first) is not None:
            text = raised(text, first)
        return Grown(
            rank=self._task.rank,
            rounds=len(losses),
            sha256=hashlib.sha256(text.encode()).hexdigest(),
            text="" if self._task.rank else text,
            losses=tuple(losses),
            root_rows=root_rows(text),
        )

    @property
    def _first(self) -> float | None:
        return None if self._mean is None else first_score(self._job, self._mean)

    def _params(self) -> dict[str, object]:
        return {**FIXED, **self._job.goal.objective, "num_threads": self._task.threads, **self._network}

    def _dataset(
        self,
        values: NDArray[np.float64],
        labels: NDArray[np.float64],
        weights: NDArray[np.float64] | None,
        bins: lgb.Dataset | None,
    ) -> lgb.Dataset:
        counted = {} if bins is not None else {"bin_construct_sample_cnt": max(1, len(values))}
        dataset: lgb.Dataset = lightgbm().Dataset(
            values,
            label=labels,
            weight=weights,
            reference=bins,
            feature_name=[f"f{position}" for position in range(values.shape[1])],
            categorical_feature=categorical_inputs(self._job.features),
            params={**self._params(), **self._job.settings, **counted},
            free_raw_data=True,
        )
        return dataset.construct()

    def _started(self, dataset: lgb.Dataset, scores: NDArray[np.float64] | None) -> lgb.Dataset:
        """Let rows begin with the scores of the trees so far, or before the first one where LightGBM cannot know."""
        if scores is None and (first := self._first) is not None:
            scores = np.full(dataset.num_data(), first)
        return dataset if scores is None else dataset.set_init_score(scores)

    def _added(
        self, scores: NDArray[np.float64] | None, booster: lgb.Booster, values: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        more = np.asarray(booster.predict(values, raw_score=True, num_threads=self._task.threads))
        return more if scores is None else scores + more

    def _loss(self, booster: lgb.Booster) -> float:
        """Sum the loss over the own validation rows, from the scores that LightGBM keeps up to date."""
        if self._judged is None:
            return 0.0
        caught: list[NDArray[np.float64]] = []

        def catch(predictions: NDArray[np.float64], _: lgb.Dataset) -> tuple[str, float, bool]:
            caught.append(np.array(predictions))
            return "caught", 0.0, False

        booster.eval_valid(catch)
        goal, labels = self._job.goal, self._judged.labels
        return goal.loss(labels, caught[0]) ** power(self._job) * labels.size


def power(job: Job) -> int:
    """Give the power in which losses of shards add up: 2 for a root of a mean square, otherwise 1."""
    return 2 if job.goal.task == "regression" and job.goal.metric != "mae" else 1


def first_score(job: Job, mean: float) -> float | None:
    """Give the score that a training of values begins with; None where LightGBM finds the right one by itself.

    LightGBM takes the mean of the workers' means, however many rows each has.

    Args:
        job: What to train.
        mean: Mean of the labels of all workers.
    """
    settings = job.settings
    if {"reg_sqrt", "boost_from_average"} & settings.keys():
        return None
    objective = settings.get("objective", job.goal.objective["objective"])
    if objective in LOGARITHMIC:
        return log(mean) if mean > 0 else None
    return mean if objective == "regression" else None


def check_settings(job: Job, workers: int) -> None:
    """Refuse what cannot grow in segments, or not with several workers.

    Raises:
        ParamsError: The boosting changes or averages earlier trees, or the leaves are medians.
    """
    objective = str(job.settings.get("objective", job.goal.objective["objective"]))
    if workers > 1 and objective in MEDIANS:
        raise ParamsError(
            "several processes cannot minimise this: a leaf would be the mean of their medians, not the median",
            place=Place(key="objective"),
            found=objective,
            hint="train it in one process, or choose the metric rmse",
        )
    boosting = str(job.settings.get("boosting", job.settings.get("boosting_type", "gbdt")))
    if boosting not in {"gbdt", "gbrt"}:
        raise ParamsError(
            "several processes cannot resume this kind of boosting",
            place=Place(key="boosting"),
            found=boosting,
            expected="gbdt",
            hint="train it in one process",
        )
