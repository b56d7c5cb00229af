"""The section `advise:` of params.yaml: what `workbench advise` may suppose; no stage depends on it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from workbench.params.base import Section

Subject = Literal[
    "right_size",
    "spot",
    "commitment",
    "serverless",
    "storage_tier",
    "compression",
    "smaller_model",
    "fewer_features",
    "batch",
    "retrain_less",
    "cache",
    "region",
    "workers",
]


class AdviseParams(Section):
    """What `workbench advise` looks at, and what it may suppose.

    Attributes:
        off: Subjects it leaves alone.
        least_usd_per_month: An advice that saves less is left out.
        memory_headroom: Share of memory kept free above the 95th percentile of what runs needed.
        anywhere: Whether other clouds, regions and instruction sets are open to you.
        restart_seconds: Paid time from a new machine until work goes on.
        wait_seconds: Time until a reclaimed machine is replaced, not paid.
        checkpoint_seconds: What writing a checkpoint takes.
        checkpoint_minutes: Time between two checkpoints of a stage; absent: a stage starts again from its beginning.
    """

    off: tuple[Subject, ...] = ()
    least_usd_per_month: float = Field(default=1.0, ge=0)
    memory_headroom: float = Field(default=0.2, ge=0)
    anywhere: bool = False
    restart_seconds: float = Field(default=120.0, ge=0)
    wait_seconds: float = Field(default=300.0, ge=0)
    checkpoint_seconds: float = Field(default=10.0, gt=0)
    checkpoint_minutes: float | None = Field(default=None, gt=0)
