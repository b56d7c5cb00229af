"""The explorer: drag the assumptions, see which candidate is worth it, apply the choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anywidget
import polars as pl
import traitlets

from workbench.cost import PriceBook, price_candidates
from workbench.decide import decide as decide_candidates
from workbench.errors import DecisionError, UsageError, WorkbenchError
from workbench.params.reading import overridden
from workbench.widgets import page
from workbench.widgets.applying import Choice
from workbench.widgets.state import settings_of, state_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from workbench.decide import Decision
    from workbench.model import Roles
    from workbench.params.cost import CostParams
    from workbench.params.decide import DecideParams

_EVIDENCE = (
    "usd_per_month",
    "usd_training_per_month",
    "usd_serving_per_month",
    "usd_storage_per_month",
    "usd_egress_per_month",
    "usd_errors_per_month",
    "usd_per_million_rows",
    "within_limits",
    "on_frontier",
    "latency_p50_ms",
    "latency_p99_ms",
    "rows_per_second",
    "size_bytes",
    "train_cpu_seconds",
)


class Explorer(anywidget.AnyWidget):
    """An interactive view of the candidates of a decision.

    Beside a kernel it is a widget; in a report it runs without one; where scripts may not run it is a picture
    and a table.

    Args:
        candidates: Profiled candidates with metrics: `data/decision/candidates.parquet`.
        error_rates: Rates of error: `data/evaluation/error_rates.parquet`.
        roles: The task and its classes.
        cost: The section `cost:` to start from.
        decide: The section `decide:` to start from.
        metric: The metric that decides while no error has a price.
        baseline: Id of the baseline, marked in the table.

    Example:
        >>> explorer = Explorer(candidates, error_rates, roles, params.cost, params.decide)  # doctest: +SKIP
        >>> explorer.on_apply(apply)  # doctest: +SKIP
    """

    _esm = page.script()
    _css = page.style()
    state = traitlets.Dict().tag(sync=True)
    settings = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        candidates: pl.DataFrame,
        error_rates: pl.DataFrame,
        roles: Roles,
        cost: CostParams,
        decide: DecideParams,
        metric: str = "auto",
        baseline: str | None = None,
    ) -> None:
        self._frame = candidates
        self._rates = error_rates
        self._cost = cost
        self._decide = decide
        self._task = roles.task
        self._metric = metric
        self._prices = PriceBook.load()
        self._listeners: list[Callable[[Choice], object]] = []
        state = state_of(candidates, error_rates, roles, cost, decide, self._prices, metric)
        super().__init__(state={**state, "baseline": baseline}, settings=settings_of(cost, decide))
        self.on_msg(self._received)

    def on_apply(self, listener: Callable[[Choice], object]) -> None:
        """Call `listener` with the choice when *Apply* is pressed; what it returns is shown as text.

        `workbench.widgets.apply` writes params.yaml and a decision file.
        """
        self._listeners.append(listener)

    def decision(self) -> Decision:
        """Decide under the assumptions that are set now.

        Raises:
            DecisionError: No candidate keeps to the limits.
        """
        cost, decide = self._params(self.settings)
        return self._decided(cost, decide)

    def choice(
        self, candidate: str | None = None, why: str = "", settings: Mapping[str, object] | None = None
    ) -> Choice:
        """Give the choice of a candidate, by default the recommended one, under the assumptions that are set.

        Raises:
            UsageError: There is no such candidate, or none within the limits.
            ParamsError: An assumption does not fit params.yaml.
        """
        cost, decide = self._params(settings or self.settings)
        recommended = self._recommended(cost, decide)
        chosen = candidate if candidate is not None else recommended
        if chosen is None:
            raise UsageError("no candidate keeps to the limits", hint="relax one, or name a candidate")
        if chosen not in self._frame["id"].to_list():
            raise UsageError("there is no such candidate", found=chosen)
        decision = self._decided(cost, decide.model_copy(update={"candidate": chosen}))
        row = decision.table.row(by_predicate=pl.col("id") == chosen, named=True)
        threshold = decision.threshold
        return Choice(
            candidate=chosen,
            threshold=threshold,
            why=why,
            cost=cost,
            decide=overridden(decide, candidate=chosen, threshold="auto" if threshold is None else threshold),
            evidence=_evidence(row),
            basis=str(self.state["basis"].get(cost.purchase, "")),
            recommended=recommended,
        )

    def html(self) -> str:
        """Give the explorer as HTML that works without a kernel and without a network."""
        return page.self_mounting(self._plain(), {**self.state, "settings": self.settings})

    def _plain(self) -> str:
        basis = str(self.state["basis"].get(self.settings["purchase"], ""))
        try:
            return page.picture_and_table(self.decision(), basis)
        except DecisionError as error:
            return page.message(error)

    def _recommended(self, cost: CostParams, decide: DecideParams) -> str | None:
        try:
            return self._decided(cost, decide).candidate
        except DecisionError:
            return None

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, object], dict[str, object]]:
        data, metadata = super()._repr_mimebundle_() or ({}, {})
        state = {**self.state, "settings": self.settings}
        extra = {page.MIME: page.bundle(state), "text/html": self.html(), "text/plain": self._words()}
        return {**data, **extra}, metadata

    def _words(self) -> str:
        recommended = self._recommended(*self._params(self.settings))
        said = recommended or "none, the limits are too tight"
        return f"Explorer of {self._frame.height} candidates; recommended: {said}"

    def _params(self, settings: Mapping[str, object]) -> tuple[CostParams, DecideParams]:
        errors = {name: settings[name] for name in type(self._cost.error_usd).model_fields}
        traffic = {name: settings[name] for name in type(self._cost.traffic).model_fields}
        cost = overridden(
            self._cost,
            error_usd=errors,
            traffic=traffic,
            purchase=settings["purchase"],
            retrains_per_month=settings["retrains_per_month"],
        )
        limits = self._decide.limits.model_dump() | {"latency_p99_ms": settings["latency_p99_ms"]}
        return cost, overridden(self._decide, limits=limits, candidate="auto", threshold="auto")

    def _decided(self, cost: CostParams, decide: DecideParams) -> Decision:
        priced = price_candidates(self._frame, cost, self._prices, decide.limits.latency_p99_ms)
        return decide_candidates(priced, self._rates, cost, decide, self._task, self._metric)

    def _received(self, _widget: object, message: Mapping[str, object], _buffers: object) -> None:
        if message.get("kind") != "apply":
            return
        try:
            text = self._apply(message)
        except WorkbenchError as error:
            self.send({"kind": "applied", "ok": False, "text": str(error)})
        else:
            self.send({"kind": "applied", "ok": True, "text": text, "candidate": message.get("candidate")})

    def _apply(self, message: Mapping[str, object]) -> str:
        if not self._listeners:
            raise UsageError("nothing listens to Apply", hint="call explorer.on_apply(widgets.apply) in the notebook")
        settings = message.get("settings")
        choice = self.choice(
            str(message.get("candidate")),
            str(message.get("why", "")),
            settings if isinstance(settings, dict) else None,
        )
        said = [str(result) for result in [listener(choice) for listener in self._listeners] if result is not None]
        return " ".join(said) or "Applied."


def _evidence(row: Mapping[str, object]) -> dict[str, float | str | None]:
    metrics = [name for name in row if name.startswith(("validation_", "test_"))]
    kept = {name: row[name] for name in (*_EVIDENCE, *metrics) if name in row}
    return {name: value for name, value in kept.items() if isinstance(value, int | float | str) or value is None}
