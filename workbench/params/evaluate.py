"""The section `evaluate:` of params.yaml."""

from __future__ import annotations

from pydantic import Field

from workbench.params.base import StageSection


class EvaluateParams(StageSection):
    """How candidates are judged.

    Attributes:
        bootstrap: Number of resamples behind every interval.
        confidence: Coverage of the intervals.
        seed: Seed of the resampling.
    """

    bootstrap: int = Field(default=1000, ge=100, le=100_000)
    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    seed: int = Field(default=0, ge=0, lt=2**31)
