"""The explorer: drag the assumptions, see which candidate is worth it, apply the choice."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import polars as pl

from workbench.cost import PriceBook, price_candidates
from workbench.decide import Rates
from workbench.decide import decide as decide_candidates
from workbench.errors import DecisionError, UsageError, WorkbenchError
from workbench.evaluate import split_of
from workbench.params.reading import overridden
from workbench.widgets import page
from workbench.widgets.alternatives import alternatives_of
from workbench.widgets.answering import answer
from workbench.widgets.applying import Applied, Choice, apply
from workbench.widgets.doubting import answer_gap, gap_json, gap_of
from workbench.widgets.evidence import evidence_of
from workbench.widgets.machines import basis_of, machine
from workbench.widgets.rates import packed_rates
from workbench.widgets.state import saved, state_of, table_of
from workbench.widgets.steering import Steered

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from workbench.decide import Decision, Gap
    from workbench.model import Roles
    from workbench.params.cost import CostParams
    from workbench.params.decide import DecideParams
    from workbench.widgets.doubting import Judged
    from workbench.widgets.state import Json


class Explorer(Steered):
    """An interactive view of the candidates of a decision.

    Beside a kernel it is a widget; in a report it runs without one; where scripts may not run it is a picture
    and a table. All that the mouse can do can be done from Python, and the view on the screen follows.

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
        >>> explorer.requests_per_day = 2_000_000  # doctest: +SKIP
        >>> explorer.apply(because="it pays from spring on", who="Ada")  # doctest: +SKIP
    """

    _esm = page.script()
    _css = page.style()

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
        self._rates = Rates.of(error_rates, candidates["id"])
        self._metric = metric
        self._judged: Judged | None = None
        self._listeners: list[Callable[[Choice], object]] = []
        prices = PriceBook.load()
        state = state_of(candidates, roles, cost, decide, prices, metric)
        rates = packed_rates(self._rates, roles.task)
        table = table_of(candidates, rates)
        super().__init__({**state, "baseline": baseline}, table, rates.counts, cost, decide, prices, roles.task)
        self.on_msg(self._received)

    @property
    def candidate(self) -> str | None:
        """The candidate chosen, by hand or else recommended; None where nothing keeps to the limits.

        Set it to an id to choose, to None to follow the recommendation again. The threshold returns to the best.
        """
        return self._chosen(self.settings, *self._params(self.settings))

    @candidate.setter
    def candidate(self, value: str | None) -> None:
        self.move(candidate=value)

    @property
    def threshold(self) -> float | None:
        """The threshold in force: your own, or the one at which the errors of the candidate chosen cost least.

        Set it to a probability to override, to None for the best again. None where the task has no threshold.
        """
        own = self.settings["threshold"]
        return float(own) if own is not None else self.decision().threshold

    @threshold.setter
    def threshold(self, value: float | None) -> None:
        self.move(threshold=value)

    def on_apply(self, listener: Callable[[Choice], object]) -> None:
        """Call `listener` with the choice when *Apply* is confirmed; what it returns is shown as text.

        `workbench.widgets.apply` writes params.yaml and a decision file.
        """
        self._listeners.append(listener)

    def apply(self, because: str, who: str | None = None, root: Path | None = None) -> Applied:
        """Write the choice to params.yaml and a decision file, as *Apply* does; no browser is needed.

        Args:
            because: The reason.
            who: Who decides; by default whom git knows.
            root: The project; by default the one around the working directory.

        Raises:
            DecisionError: No candidate keeps to the limits.
            ParamsError: params.yaml is not valid.
            ArtifactError: A file cannot be written.
        """
        choice = self.choice(why=because, who=who)
        applied = apply(choice, root)
        self._stands(choice.candidate)
        return applied

    def judge(self, predictions: pl.DataFrame) -> None:
        """Say from now on how sure the gap to the runner-up is, by the rows of validation that both were judged on.

        Args:
            predictions: `data/evaluation/predictions.parquet`.
        """
        self._judged = split_of(predictions, "validation")
        self.state = {**self.state, "judged": True}

    def gap(self) -> Gap | None:
        """Give how much more the runner-up costs than the candidate chosen, and how sure that is.

        None before `judge`, without a runner-up, or at a threshold of your own, which the runner-up does not have.

        Raises:
            DecisionError: No candidate keeps to the limits.
        """
        return self._gap(self.settings)

    def decision(self) -> Decision:
        """Decide under what is set now: assumptions, and a candidate and threshold chosen by hand.

        Raises:
            DecisionError: No candidate keeps to the limits.
        """
        return self._decision(self.settings)

    def _decision(self, settings: Mapping[str, object]) -> Decision:
        cost, decide = self._params(settings)
        own, picked = settings["threshold"], settings["candidate"]
        if own is None and picked is None:
            return self._decided(cost, decide)
        chosen = picked if picked is not None else self._decided(cost, decide).candidate
        return self._decided(cost, overridden(decide, candidate=chosen, threshold="auto" if own is None else own))

    def choice(
        self,
        candidate: str | None = None,
        why: str = "",
        settings: Mapping[str, object] | None = None,
        who: str | None = None,
    ) -> Choice:
        """Give the choice of a candidate, by default the one chosen, under the assumptions that are set.

        Args:
            candidate: Another candidate, at its best threshold.
            why: The reason.
            settings: Other settings than those set.
            who: Who decides.

        Raises:
            UsageError: There is no such candidate.
            DecisionError: None is within the limits, or its dollars are no number.
            ParamsError: An assumption does not fit params.yaml.
        """
        given = {**self.settings, **(settings or {})}
        cost, decide = self._params(given)
        recommended = self._recommended(cost, decide)
        set_now = self._chosen(given, cost, decide)
        chosen = candidate if candidate is not None else set_now
        if chosen is None:
            chosen = self._decided(cost, decide).candidate  # says what stands against all of them
        if chosen not in self._frame["id"].to_list():
            raise UsageError("there is no such candidate", found=chosen)
        own = given["threshold"] if chosen == set_now else None
        decision = self._decided(cost, overridden(decide, candidate=chosen, threshold="auto" if own is None else own))
        threshold = decision.threshold
        return Choice(
            candidate=chosen,
            threshold=threshold,
            why=why,
            cost=cost,
            decide=overridden(decide, candidate=chosen, threshold="auto" if threshold is None else threshold),
            evidence=evidence_of(decision.table.row(by_predicate=pl.col("id") == chosen, named=True)),
            basis=self._basis(cost.instance, cost.purchase),
            recommended=recommended,
            alternatives=alternatives_of(decision),
            who=who or "",
        )

    def html(self) -> str:
        """Give the explorer as HTML that works without a kernel and without a network."""
        return page.self_mounting(self._plain(), self.saved())

    def saved(self) -> dict[str, Json]:
        """Give all that the page needs to show the explorer as it stands, as plain JSON."""
        found = None
        with suppress(WorkbenchError):
            found = gap_json(self.gap())
        return saved({**self.state, "gap": found}, self.settings, self.table, self.counts)

    def _gap(self, settings: Mapping[str, object]) -> Gap | None:
        if self._judged is None or settings["threshold"] is not None:
            return None
        return gap_of(self._decision(settings), self._judged, self._params(settings)[0], self._task)

    def _plain(self) -> str:
        try:
            return page.picture_and_table(
                self.decision(), self._basis(self.settings["instance"], self.settings["purchase"])
            )
        except DecisionError as error:
            return page.message(error)

    def _basis(self, instance: str, purchase: str) -> str:
        known = [described for described in self.state["machines"] if described["instance"] == instance]
        return basis_of(known[0] if known else machine(instance, self._prices), purchase)

    def _chosen(self, settings: Mapping[str, object], cost: CostParams, decide: DecideParams) -> str | None:
        picked = settings.get("candidate")
        return str(picked) if picked is not None else self._recommended(cost, decide)

    def _recommended(self, cost: CostParams, decide: DecideParams) -> str | None:
        try:
            return self._decided(cost, decide).candidate
        except DecisionError:
            return None

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, object], dict[str, object]]:
        data, metadata = super()._repr_mimebundle_() or ({}, {})
        extra = {page.MIME: page.bundle(self.saved()), "text/html": self.html(), "text/plain": self._words()}
        return {**data, **extra}, metadata

    def _words(self) -> str:
        recommended = self._recommended(*self._params(self.settings))
        said = recommended or "none, the limits are too tight"
        return f"Explorer of {self._frame.height} candidates; recommended: {said}"

    def _decided(self, cost: CostParams, decide: DecideParams) -> Decision:
        priced = price_candidates(self._frame, cost, self._prices, decide.limits.latency_p99_ms)
        return decide_candidates(priced, self._rates, cost, decide, self._task, self._metric)

    def _received(self, _widget: object, message: Mapping[str, object], _buffers: object) -> None:
        reply = answer_gap(message, lambda settings: self._gap({**self.settings, **settings}))
        reply = reply or answer(message, self.choice, self._listeners)
        if reply is None:
            return
        self.send(reply)
        if reply["kind"] == "applied" and reply["ok"]:
            self._stands(str(reply["candidate"]))

    def _stands(self, candidate: str) -> None:
        """Mark the candidate that params.yaml names."""
        self.state = {**self.state, "decided": {"candidate": candidate}}
