"""The section `train:` of params.yaml."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from workbench.params.base import Section, StageSection

Metric = Literal["auto", "average_precision", "log_loss", "roc_auc", "accuracy", "rmse", "mae"]
Spread = Literal["rows", "trials"]
Scheme = Literal["auto", "holdout", "kfold", "stratified", "group", "expanding", "sliding"]


class Budget(Section):
    """What the search may spend; exactly one of the four.

    Attributes:
        cpu_seconds: CPU-seconds of the process tree.
        usd: Dollars, at the price of the instance and purchase option named under `cost:`.
        wall_seconds: Seconds on the clock.
        trials: Number of configurations tried.
    """

    cpu_seconds: float | None = Field(default=None, gt=0)
    usd: float | None = Field(default=None, gt=0)
    wall_seconds: float | None = Field(default=None, gt=0)
    trials: int | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _exactly_one(self) -> Budget:
        given = (self.cpu_seconds, self.usd, self.wall_seconds, self.trials)
        if sum(value is not None for value in given) != 1:
            raise ValueError("give exactly one of cpu_seconds, usd, wall_seconds, trials")
        return self


class Validation(Section):
    """How the search judges a configuration; the validation rows of `ingest.split` are always judged too.

    Attributes:
        by: `holdout` judges by the validation rows alone; `kfold`, `stratified` and `group` also grow boosters on folds
            of the training rows; `expanding` and `sliding` do so on folds that follow each other in time; `auto`
            takes folds where the validation rows are too few to tell configurations apart.
        folds: Number of folds.
        repeats: How often the rows are dealt into folds anew.
        group: Column whose rows stay together, for `group`.
        gap_days: Days left out between the training rows and the rows of a fold in time.
        window_days: Days of training rows of a `sliding` fold; None for as many as the first fold has.
    """

    by: Scheme = "auto"
    folds: int = Field(default=5, ge=2, le=50)
    repeats: int = Field(default=1, ge=1, le=20)
    group: str | None = None
    gap_days: float = Field(default=0, ge=0)
    window_days: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _group_named(self) -> Validation:
        if (self.by == "group") != (self.group is not None):
            raise ValueError("give group: COLUMN with by: group, and only then")
        return self


class TrainParams(StageSection):
    """How the candidates are searched.

    Attributes:
        budget: What the search may spend.
        stop_below: Relative gain of the loss per dollar below which the rest of the budget is left unspent; 0 spends
            it.
        metric: What decides between candidates; `auto` follows the task.
        validation: How configurations are judged.
        monotone: Columns along which the prediction may only rise (1) or fall (-1).
        interactions: Sets of columns that may meet in one branch; empty lets all meet.
        pairs: Whether trials may also see ratios and products of two columns, which one process searching without
            constraints tries; `auto` does where these lower the loss of LightGBM's defaults.
        imbalance: Whether treatments of a rare class are compared; `auto` does where a class is rare.
        refit: Whether the boosters on offer learn from the validation rows too, once these have judged; the figures on
            validation stay those of the boosters before that. `auto` does unless the validation rows follow in time.
        diagnose: Whether the search also measures its learning curve and its spread over seeds.
        engine: `local` trains in this process; `ray` lets `workers` processes train, on the cluster at RAY_ADDRESS or
            one started here; `auto` does so where the rows do not fit into one process.
        workers: Processes that train; they may be more than the cores.
        spread: What `engine: ray` spreads over them: the `rows` of each booster, which they then grow together, or
            whole `trials`, each of which one of them grows on all rows.
        device: `cpu`, `gpu` (OpenCL) or `cuda`; `auto` takes a GPU where a probe of these rows is faster on it.
        seed: Seed of everything random.
        plan: Path of the search plan: what the budget bought is written on the first run and
            reproduced while data, parameters and code stay the same.
    """

    budget: Budget = Budget(cpu_seconds=120)
    stop_below: float = Field(default=0, ge=0)
    metric: Metric = "auto"
    validation: Validation = Validation()
    monotone: dict[str, Literal[-1, 0, 1]] = Field(default_factory=dict)
    interactions: list[list[str]] = Field(default_factory=list)
    pairs: Literal["auto", "off"] = "auto"
    imbalance: Literal["auto", "off"] = "auto"
    refit: Literal["auto", "on", "off"] = "auto"
    diagnose: Literal["auto", "off"] = "auto"
    engine: Literal["auto", "local", "ray"] = "auto"
    workers: int = Field(default=1, ge=1, le=1000)
    spread: Spread = "rows"
    device: Literal["auto", "cpu", "gpu", "cuda"] = "auto"
    seed: int = Field(default=0, ge=0, lt=2**31)
    plan: str = "contracts/train.yaml"

    @model_validator(mode="after")
    def _engine_able(self) -> TrainParams:
        if self.engine == "local" and self.workers > 1:
            raise ValueError(f"engine: local is one process, but workers is {self.workers}; give engine: ray or auto")
        if self.spread == "trials" and self.engine != "ray":
            raise ValueError(
                f"spread: trials is what several workers do, but engine is {self.engine}; give engine: ray"
            )
        if self.engine == "ray" and self.needs_one_process:
            raise ValueError(
                f"engine: ray does not go with {self.needs_one_process}; give engine: local, or leave it out"
            )
        return self

    @property
    def needs_one_process(self) -> str:
        """What was asked for that several processes cannot do; empty where there is nothing."""
        together = self.spread == "rows"
        if together and self.validation.by not in {"auto", "holdout"}:
            return f"validation: {{by: {self.validation.by}}}"
        if together and self.interactions:  # LightGBM 4.7 corrupts its memory when several processes meet them
            return "interactions"
        return f"device: {self.device}" if self.device in {"gpu", "cuda"} else ""
