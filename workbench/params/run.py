"""The section `run:` of params.yaml: how stages are supervised and accounted for, never what they compute."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from workbench.params.base import Section

TagName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,63}$")]
TagValue = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class MonthlyBudget(Section):
    """What the runs of a calendar month (UTC) may cost, those that fail included.

    Attributes:
        usd_per_month: The limit; None for none.
        warn_at: Share of the limit beyond which each run begins with a warning.
        stop: Whether no stage starts once the limit is reached, or where no price is known for it.
    """

    usd_per_month: float | None = Field(default=None, gt=0)
    warn_at: float = Field(default=0.8, ge=0, le=1)
    stop: bool = False

    @model_validator(mode="after")
    def _stop_at_something(self) -> MonthlyBudget:
        if self.stop and self.usd_per_month is None:
            raise ValueError("stop: true needs usd_per_month, the limit to stop at")
        return self


class RunParams(Section):
    """Limits of one stage run and whom it is charged to; no artifact depends on them.

    Attributes:
        deadline_seconds: Wall time after which a stage is ended as TIMEOUT.
        max_output_bytes: Output kept per cell; the rest is replaced by a note of its size.
        owner: Who is charged; None for git's user.name or, without one, the login name.
        tags: What the runs are for, such as `{project: delays, purpose: experiment}`.
        budget: What a month of runs may cost.
    """

    deadline_seconds: float = Field(default=3600, gt=0)
    max_output_bytes: int = Field(default=1_000_000, ge=1_000)
    owner: str | None = Field(default=None, min_length=1, max_length=200)
    tags: dict[TagName, TagValue] = Field(default_factory=dict)
    budget: MonthlyBudget = MonthlyBudget()
