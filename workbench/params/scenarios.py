"""The section `scenarios:` of params.yaml: what may become of the terms; no stage depends on it.

A scenario states only what differs from `cost:` and `decide.limits:`, nested as they are or with dots::

    scenarios:
      launch: {cost.traffic.requests_per_day: 5_000_000, probability: 0.3}
      dearer machines: {prices: {machine: 1.3}}
      strict: {decide: {limits: {latency_p99_ms: 2}}}
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, RootModel, StringConstraints, model_serializer, model_validator

from workbench.params.base import Section
from workbench.params.cost import NO_TERMS, CostParams
from workbench.params.decide import Limits

if TYPE_CHECKING:
    from collections.abc import Mapping

AS_STATED = "as stated"
"""The scenario that changes nothing: always there, never written."""
_DIGITS = 9
_SLACK = 10**-_DIGITS
"""What rounding may add to probabilities that sum to 1."""

ScenarioName = Annotated[str, StringConstraints(min_length=1, max_length=60)]


class PriceFactors(Section):
    """How prices move; 1.3 is 30 % dearer.

    Attributes:
        machine: Factor on what serving and training are charged for, functions paid by use included.
        storage: Factor on what is kept.
        egress: Factor on what is sent.
    """

    machine: float = Field(default=1.0, ge=0)
    storage: float = Field(default=1.0, ge=0)
    egress: float = Field(default=1.0, ge=0)


class OtherLimits(Section):
    """What of `decide:` a scenario may change.

    Attributes:
        limits: Limits that differ; null lifts one.
    """

    limits: Limits = Limits()


class Scenario(Section):
    """What differs from the terms as stated.

    Attributes:
        probability: How likely it is; given for all scenarios or for none. What they leave of 1 is that of the terms
            as stated.
        cost: Keys of `cost:` that differ.
        decide: Limits that differ.
        prices: How the prices of the price book move.
    """

    model_config = ConfigDict(json_schema_extra={"patternProperties": {r"^(cost|decide\.limits)(\.\w+)+$": {}}})

    probability: float | None = Field(default=None, ge=0, le=1)
    cost: CostParams = CostParams()
    decide: OtherLimits = OtherLimits()
    prices: PriceFactors = PriceFactors()

    @model_validator(mode="after")
    def _of_the_terms(self) -> Scenario:
        if none := sorted(NO_TERMS & self.cost.model_fields_set):
            raise ValueError(f"a scenario changes terms, but cost.{none[0]} is none")
        return self

    @model_serializer(mode="plain")
    def _as_written(self) -> dict[str, Any]:
        given = {name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set}
        return {name: _plain(value) for name, value in given.items()}

    def terms(self, cost: CostParams, limits: Limits) -> tuple[CostParams, Limits]:
        """Give the terms with what differs put in.

        Example:
            >>> strict = Scenario.model_validate({"decide": {"limits": {"latency_p99_ms": 2}}})
            >>> strict.terms(CostParams(), Limits(latency_p99_ms=10, size_bytes=1000))[1]
            Limits(latency_p99_ms=2.0, usd_per_month=None, size_bytes=1000, peak_rss_bytes=None)
        """
        other = _merged(cost.model_dump(), self.cost.model_dump(exclude_unset=True))
        bounds = limits.model_dump() | self.decide.limits.model_dump(exclude_unset=True)
        return CostParams.model_validate(other), Limits.model_validate(bounds)


class ScenariosParams(RootModel[dict[ScenarioName, Scenario]]):
    """Scenarios by name."""

    model_config = ConfigDict(frozen=True)

    root: dict[ScenarioName, Scenario] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _stated_in_full(self) -> ScenariosParams:
        if AS_STATED in self.root:
            raise ValueError(f"the scenario {AS_STATED!r} is always there; give yours another name")
        given = {name: scenario.probability for name, scenario in self.root.items()}
        known = [value for value in given.values() if value is not None]
        missing = [name for name, value in given.items() if value is None]
        if known and missing:
            raise ValueError(f"give a probability to every scenario or to none; {missing[0]!r} has none")
        if sum(known) > 1 + _SLACK:
            raise ValueError(f"the probabilities sum to {sum(known):.6g}, more than 1")
        return self

    def in_order(self) -> tuple[tuple[str, Scenario], ...]:
        """Give every scenario with its name, the one that changes nothing first.

        Example:
            >>> ScenariosParams.model_validate({"launch": {"probability": 0.3}}).in_order()[0][1].probability
            0.7
        """
        known = [scenario.probability for scenario in self.root.values() if scenario.probability is not None]
        rest = max(0.0, round(1 - sum(known), _DIGITS)) if known else None
        return ((AS_STATED, Scenario(probability=rest)), *self.root.items())


def _plain(value: object) -> object:
    return value.model_dump(exclude_unset=True) if isinstance(value, BaseModel) else value


def _merged(stated: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(stated)
    for name, value in other.items():
        below = merged.get(name)
        merged[name] = _merged(below, value) if isinstance(value, dict) and isinstance(below, dict) else value
    return merged
