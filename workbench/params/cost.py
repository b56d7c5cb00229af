"""The section `cost:` of params.yaml."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from workbench.params.base import Section, StageSection

Purchase = Literal["on_demand", "spot", "commit_1y", "commit_3y", "serverless"]
NO_TERMS = {"notebook", "profiles"}
"""Keys of `cost:` that say nothing of what a month costs."""


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


class ServingParams(Section):
    """How requests are served.

    Attributes:
        min_machines: Machines that run however little traffic there is; 0 lets the last one go where there is none.
        max_batch: Requests scored together at most.
        batch_wait_ms: How long a request waits for others to share its batch.
        peak_factor: The busiest hour against the mean; then, too, waiting and scoring must keep to
            `decide.limits.latency_p99_ms`.
        bytes_per_response: Sent to the internet with each response; 0 where callers sit in the same region.
    """

    min_machines: int = Field(default=1, ge=0)
    max_batch: int = Field(default=1, ge=1)
    batch_wait_ms: float = Field(default=0.0, ge=0)
    peak_factor: float = Field(default=1.0, ge=1)
    bytes_per_response: float = Field(default=0.0, ge=0)


class StorageParams(Section):
    """What is kept, and where.

    Attributes:
        tier: Class of storage in the price book, such as `s3-standard`; absent: storage is not priced.
        data_gb: Data kept beside the models, in units of 1e9 bytes.
        keep_months: How long each model is kept; the newest always is.
    """

    tier: str | None = None
    data_gb: float = Field(default=0.0, ge=0)
    keep_months: float = Field(default=1.0, ge=0)


class CostParams(StageSection):
    """What resources and errors cost.

    Attributes:
        instance: `cloud/region/type` of the price book.
        purchase: How the instance is paid for.
        traffic: The load to serve.
        error_usd: What being wrong costs.
        retrains_per_month: How often training is paid.
        serving: How requests are served.
        storage: What is kept, and where.
        price_uncertainty: Share by which every price may be off either way; yours to state, nothing is assumed.
        profiles: `kept` measures latency and memory of a model once for each machine; `anew` measures it again.
    """

    instance: str = "aws/us-east-1/m7i.large"
    purchase: Purchase = "on_demand"
    traffic: Traffic = Traffic()
    error_usd: ErrorCost = ErrorCost()
    retrains_per_month: float = Field(default=4, ge=0)
    serving: ServingParams = ServingParams()
    storage: StorageParams = StorageParams()
    price_uncertainty: float = Field(default=0.0, ge=0, lt=1)
    profiles: Literal["kept", "anew"] = "kept"
