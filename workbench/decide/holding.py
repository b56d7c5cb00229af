"""Which decision stands behind params.yaml, and whether it is still what the data say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.decide.decision import Decision, decide
from workbench.decide.governance import standing
from workbench.decide.moving import Moved, moved
from workbench.errors import DecisionError, ParamsError
from workbench.params.cost import NO_TERMS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import polars as pl

    from workbench.artifacts import DecisionFile, DecisionLog
    from workbench.model import Task
    from workbench.params.cost import CostParams
    from workbench.params.decide import DecideParams
    from workbench.params.team import Duties


@dataclass(frozen=True)
class Held:
    """What stands behind params.yaml.

    Attributes:
        log: All decisions, and when they were read.
        decision: The newest one that chose what params.yaml says; None where none did.
        chosen: The candidate that params.yaml names; None for `auto`.
        differences: Assumptions of params.yaml that are not those of the decision, as `key: then, now`.
        moved: How far its point has moved; None where nothing stands or nothing can be compared.
    """

    log: DecisionLog
    decision: DecisionFile | None
    chosen: str | None
    differences: tuple[str, ...] = ()
    moved: Moved | None = None

    @property
    def passed_over(self) -> tuple[DecisionFile, ...]:
        """Decisions that are newer than the one that stands."""
        newer = list(self.log.decisions)
        return tuple(newer[newer.index(self.decision) + 1 :]) if self.decision else tuple(newer[-1:])

    def told(self, duties: Duties) -> str:
        """Say what stands, whether it still holds, and what it lacks, a line each."""
        return "\n".join([*self._lines(), *self._signed(duties), *self.log.problems])

    def _lines(self) -> Iterator[str]:
        one = self.decision
        if one is None:
            yield self._nothing()
        else:
            at = "" if one.threshold is None else f" at the threshold {one.threshold:.4g}"
            chosen = f"{one.candidate}{at}, because: {one.because}"
            yield f"Decision {one.name} by {one.who}, {one.decided_at[:10]}: {chosen}"
        if self.passed_over:
            names = ", ".join(newer.name for newer in self.passed_over)
            yield f"{'Newer' if one else 'Taken'}, but not what params.yaml says: {names}."
        if self.differences:
            yield f"params.yaml no longer states the assumptions it was taken on: {'; '.join(self.differences)}."
        if self.moved is not None:
            yield str(self.moved)

    def _nothing(self) -> str:
        if self.chosen is None:
            return "No decision file stands: params.yaml leaves the choice to the data (decide.candidate: auto)."
        return (
            f"No decision file stands behind {self.chosen}, which params.yaml names: nobody said why. "
            "`workbench decide --because …` records it."
        )

    def _signed(self, duties: Duties) -> Iterator[str]:
        if self.decision is not None:
            yield f"Status: {standing(self.decision, duties, self.log.read_at)}."


def hold(
    log: DecisionLog,
    candidates: pl.DataFrame,
    error_rates: pl.DataFrame,
    cost: CostParams,
    params: DecideParams,
    task: Task,
    metric: str = "auto",
) -> Held:
    """Find the decision that stands behind params.yaml and compare it with what the data say now.

    Args:
        log: All decisions.
        candidates: As `decide` takes them.
        error_rates: As `decide` takes them.
        cost: The section `cost:` in force.
        params: The section `decide:` in force.
        task: The task.
        metric: The metric that decides while no error has a price.
    """
    decision = in_force(log.decisions, params)
    chosen = None if params.candidate == "auto" else params.candidate
    if decision is None:
        return Held(log, None, chosen)

    def taken(**choice: object) -> Decision | None:
        try:
            return decide(candidates, error_rates, cost, params.model_copy(update=choice), task, metric)
        except (DecisionError, ParamsError):
            return None

    free = taken(candidate="auto", threshold="auto")
    point = moved(decision, taken(), free, taken(threshold="auto"))
    return Held(log, decision, chosen, differences(decision, cost, params), point)


def in_force(decisions: Sequence[DecisionFile], params: DecideParams) -> DecisionFile | None:
    """Give the newest decision for the candidate and the threshold of params.yaml; None where there is none."""
    threshold = None if params.threshold == "auto" else params.threshold
    same = (one for one in reversed(decisions) if one.candidate == params.candidate and one.threshold == threshold)
    return next(same, None)


def differences(decision: DecisionFile, cost: CostParams, params: DecideParams) -> tuple[str, ...]:
    """Name the assumptions in force that are not those of a decision; what its file does not state is not compared."""
    now = {"cost": cost.model_dump(mode="json", exclude=NO_TERMS), "limits": params.limits.model_dump(mode="json")}
    then = {name: decision.part("assumptions", name) for name in now}
    pairs = ((f"{'decide.' if name == 'limits' else ''}{name}", then[name], now[name]) for name in now)
    return tuple(said for key, before, after in pairs for said in _other(key, before, after))


def _other(key: str, then: Mapping[str, object], now: Mapping[str, object]) -> Iterator[str]:
    for name, before in then.items():
        after = now.get(name)
        if isinstance(before, dict) and isinstance(after, dict):
            yield from _other(f"{key}.{name}", before, after)
        elif name in now and before != after:
            yield f"{key}.{name}: {_shown(before)} then, {_shown(after)} now"


def _shown(value: object) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{value:,}" if is_number else "none" if value is None else str(value)
