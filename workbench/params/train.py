"""The section `train:` of params.yaml."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from workbench.params.base import Section, StageSection

Metric = Literal["auto", "average_precision", "log_loss", "roc_auc", "accuracy", "rmse", "mae"]


class Budget(Section):
    """What the search may spend; exactly one of the three.

    Attributes:
        cpu_seconds: CPU-seconds of the process tree.
        usd: Dollars, at the price of the instance named under `cost:`.
        trials: Number of boosters.
    """

    cpu_seconds: float | None = Field(default=None, gt=0)
    usd: float | None = Field(default=None, gt=0)
    trials: int | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _exactly_one(self) -> Budget:
        if sum(value is not None for value in (self.cpu_seconds, self.usd, self.trials)) != 1:
            raise ValueError("give exactly one of cpu_seconds, usd, trials")
        return self


class TrainParams(StageSection):
    """How the candidates are searched.

    Attributes:
        budget: What the search may spend.
        metric: What decides between candidates; `auto` follows the task.
        engine: `auto` and `local` train in this process.
        workers: Machines that train together.
        device: `auto` and `cpu` train on the processor.
        seed: Seed of everything random.
        plan: Path of the search plan: what the budget bought is written on the first run and
            reproduced while data, parameters and code stay the same.
    """

    budget: Budget = Budget(cpu_seconds=120)
    metric: Metric = "auto"
    engine: Literal["auto", "local"] = "auto"
    workers: Literal[1] = 1
    device: Literal["auto", "cpu"] = "auto"
    seed: int = Field(default=0, ge=0, lt=2**31)
    plan: str = "contracts/train.yaml"
