"""The terms of each scenario: those of params.yaml with what differs put in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from workbench.params.cost import CostParams
    from workbench.params.decide import Limits
    from workbench.params.scenarios import PriceFactors, Scenario, ScenariosParams


@dataclass(frozen=True)
class ScenarioTerms:
    """What a scenario supposes.

    Attributes:
        name: Its name.
        cost: Traffic, machine, prices of errors, in full.
        limits: What a candidate must keep to, in full.
        prices: How the prices of the price book move.
        probability: How likely it is; None where nobody said.
        changes: What differs from the terms as stated, by dotted key.
    """

    name: str
    cost: CostParams
    limits: Limits
    prices: PriceFactors
    probability: float | None
    changes: tuple[tuple[str, object], ...]

    @property
    def factors(self) -> Mapping[str, float]:
        """By which a column of priced candidates is to be multiplied."""
        machine = ("usd_per_million_rows", "usd_serving_per_month", "usd_training_per_month")
        by_column = dict.fromkeys(machine, self.prices.machine)
        by_column |= {
            "usd_storage_per_month": self.prices.storage,
            "usd_egress_per_month": self.prices.egress,
        }
        return {name: factor for name, factor in by_column.items() if factor != 1}

    @property
    def words(self) -> str:
        """What differs, in words.

        Example:
            >>> from workbench.params.cost import CostParams
            >>> from workbench.params.decide import Limits
            >>> from workbench.params.scenarios import ScenariosParams
            >>> known = ScenariosParams.model_validate({"often": {"cost": {"retrains_per_month": 30}}})
            >>> scenario_terms(known, CostParams(), Limits())[1].words
            'cost.retrains_per_month 30'
        """
        return ", ".join(f"{key} {_said(value)}" for key, value in self.changes)


def scenario_terms(scenarios: ScenariosParams, cost: CostParams, limits: Limits) -> tuple[ScenarioTerms, ...]:
    """Give the terms of every scenario, those as stated first.

    Args:
        scenarios: The section `scenarios:`.
        cost: The section `cost:`.
        limits: `decide.limits`.
    """
    return tuple(_terms(name, scenario, cost, limits) for name, scenario in scenarios.in_order())


def _terms(name: str, scenario: Scenario, cost: CostParams, limits: Limits) -> ScenarioTerms:
    other, bounds = scenario.terms(cost, limits)
    written = {name: value for name, value in scenario.model_dump().items() if name != "probability"}
    changes = tuple(_leaves(written))
    return ScenarioTerms(name, other, bounds, scenario.prices, scenario.probability, changes)


def _leaves(tree: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, object]]:
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _said(value: object) -> str:
    if value is None:
        return "none"
    return f"{value:,.15g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
