"""The section `evaluate:` of params.yaml."""

from __future__ import annotations

from pydantic import Field

from workbench.params.base import Section, StageSection


class WorthwhileParams(Section):
    """The least difference that is worth acting on, stated before anyone looks; an absent one counts every difference.

    Attributes:
        average_precision: In average precision.
        log_loss: In log-loss.
        roc_auc: In ROC AUC.
        brier: In the Brier score.
        accuracy: In accuracy.
        rmse: In root mean squared error, in the unit of the target.
        mae: In mean absolute error, in the unit of the target.
        r2: In R².
        usd_per_month: In dollars a month.
    """

    average_precision: float | None = Field(default=None, gt=0)
    log_loss: float | None = Field(default=None, gt=0)
    roc_auc: float | None = Field(default=None, gt=0)
    brier: float | None = Field(default=None, gt=0)
    accuracy: float | None = Field(default=None, gt=0)
    rmse: float | None = Field(default=None, gt=0)
    mae: float | None = Field(default=None, gt=0)
    r2: float | None = Field(default=None, gt=0)
    usd_per_month: float | None = Field(default=None, gt=0)


class EvaluateParams(StageSection):
    """How candidates are judged.

    Attributes:
        bootstrap: Number of resamples behind every interval.
        confidence: Coverage of the intervals.
        seed: Seed of the resampling.
        together: Which rows depend on each other when candidates are compared: `auto` follows `ingest.split`, groups
            by `group` and blocks by `time`; `rows` takes each by itself, `time` makes blocks by `ingest.time`, and
            any other word is a column whose values are groups.
        worthwhile: The least difference that is worth acting on.
    """

    bootstrap: int = Field(default=1000, ge=100, le=100_000)
    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    seed: int = Field(default=0, ge=0, lt=2**31)
    together: str = "auto"
    worthwhile: WorthwhileParams = WorthwhileParams()
