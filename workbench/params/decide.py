"""The section `decide:` of params.yaml."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from workbench.params.base import Section, StageSection


class Limits(Section):
    """What a candidate must keep to; an absent limit does not bind.

    Attributes:
        latency_p99_ms: 99th percentile of the time to score one request; serving is given as many machines as keep
            waiting within it, too.
        usd_per_month: Training, serving, storage and egress together, without the cost of errors.
        size_bytes: Size of the model on disk.
        peak_rss_bytes: Peak memory while scoring.
    """

    latency_p99_ms: float | None = Field(default=None, gt=0)
    usd_per_month: float | None = Field(default=None, gt=0)
    size_bytes: int | None = Field(default=None, gt=0)
    peak_rss_bytes: int | None = Field(default=None, gt=0)


class DecideParams(StageSection):
    """Which candidate is worth it.

    Attributes:
        limits: What a candidate must keep to.
        candidate: `auto` takes the least total monthly cost within the limits, or an id.
        threshold: `auto` takes the threshold of least expected cost of errors, or a probability.
    """

    limits: Limits = Limits()
    candidate: str = "auto"
    threshold: Literal["auto"] | Annotated[float, Field(ge=0, le=1)] = "auto"
