"""The section `cost:` of params.yaml."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from workbench.params.base import Section, StageSection

Purchase = Literal["on_demand", "spot", "commit_1y", "commit_3y", "serverless"]


class Traffic(Section):
    """The load to serve.

    Attributes:
        requests_per_day: Mean number of requests.
        rows_per_request: Rows scored in one request.
    """

    requests_per_day: float = Field(default=1_000_000, ge=0)
    rows_per_request: int = Field(default=1, ge=1)


class ErrorCost(Section):
    """What being wrong costs, in dollars.

    Attributes:
        false_positive: One false alarm (binary).
        false_negative: One miss (binary).
        misclassified: One wrong class (multiclass).
        absolute_error: One unit of absolute error (regression).
    """

    false_positive: float = Field(default=0.0, ge=0)
    false_negative: float = Field(default=0.0, ge=0)
    misclassified: float = Field(default=0.0, ge=0)
    absolute_error: float = Field(default=0.0, ge=0)


class CostParams(StageSection):
    """What resources and errors cost.

    Attributes:
        instance: `cloud/region/type` of the price book.
        purchase: How the instance is paid for.
        traffic: The load to serve.
        error_usd: What being wrong costs.
        retrains_per_month: How often training is paid.
    """

    instance: str = "aws/us-east-1/m7i.large"
    purchase: Purchase = "on_demand"
    traffic: Traffic = Traffic()
    error_usd: ErrorCost = ErrorCost()
    retrains_per_month: float = Field(default=4, ge=0)
