"""What moves the explorer from Python: its settings as attributes, pins, undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anywidget
import traitlets

from workbench.cost import PriceBook, month_of
from workbench.errors import UsageError
from workbench.widgets.history import History
from workbench.widgets.machines import machine
from workbench.widgets.setting import Setting
from workbench.widgets.settings import checked, moved, params_of, settings_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbench.model import Task
    from workbench.params.cost import CostParams
    from workbench.params.decide import DecideParams

_OWN = {"version", "step"}


class Steered(anywidget.AnyWidget):
    """A widget whose settings are moved from Python as with the mouse; the view on the screen follows.

    Attributes:
        requests_per_day: Mean number of requests.
        rows_per_request: Rows scored in one request.
        false_positive: USD of one false alarm.
        false_negative: USD of one miss.
        misclassified: USD of one wrong class.
        absolute_error: USD of one unit of absolute error.
        latency_p99_ms: Limit on the 99th percentile of a request; None for no limit.
        peak_rss_bytes: Limit on peak memory while scoring; None for no limit.
        instance: The machine, `cloud/region/type` of the price book.
        purchase: How it is paid for.
        retrains_per_month: How often training is paid.
        across: Quantity on the horizontal axis; None for the one that tells the candidates apart.
        up: Quantity on the vertical axis; None for what errors cost.
        colour: Quantity shown by colour; None for the frontier.
        size: Quantity shown by the size of a dot; None for none.
        pins: The candidates pinned for comparison.
    """

    state = traitlets.Dict().tag(sync=True)
    table = traitlets.Dict().tag(sync=True)
    counts = traitlets.Bytes().tag(sync=True)
    settings = traitlets.Dict().tag(sync=True)

    requests_per_day = Setting[float]()
    rows_per_request = Setting[int]()
    false_positive = Setting[float]()
    false_negative = Setting[float]()
    misclassified = Setting[float]()
    absolute_error = Setting[float]()
    latency_p99_ms = Setting["float | None"]()
    peak_rss_bytes = Setting["int | None"]()
    instance = Setting[str]()
    purchase = Setting[str]()
    retrains_per_month = Setting[float]()
    across = Setting["str | None"]()
    up = Setting["str | None"]()
    colour = Setting["str | None"]()
    size = Setting["str | None"]()
    pins = Setting["list[str]"]()

    def __init__(
        self,
        state: Mapping[str, object],
        table: Mapping[str, object],
        counts: bytes,
        cost: CostParams,
        decide: DecideParams,
        prices: PriceBook,
        task: Task,
    ) -> None:
        self._cost = cost
        self._decide = decide
        self._prices = prices
        self._task = task
        self._history = History()
        super().__init__(state=dict(state), table=dict(table), counts=counts, settings=settings_of(cost, decide))
        self._history.keep(self.settings)
        self.observe(lambda change: self._history.keep(change["new"]), "settings")

    def move(self, **changes: object) -> None:
        """Set any settings at once, as one step of undo; the view on the screen follows.

        Args:
            **changes: Settings by name, see the attributes.

        Raises:
            ParamsError: A value does not fit params.yaml.
            PriceError: The machine is not in the price book, or has no price for the purchase option.
            UsageError: There is no such setting, candidate or quantity, or a threshold is no probability.
        """
        if unknown := [name for name in changes if name not in self.settings or name in _OWN]:
            raise UsageError("there is no such setting", found=", ".join(unknown), expected=", ".join(self.settings))
        checked(changes, self._ids(), list(self.state["signs"]), self._task)
        after = moved(self.settings, changes)
        cost, decide = self._params(after)
        month_of(cost, self._prices, decide.limits.latency_p99_ms)
        if cost.instance not in {known["instance"] for known in self.state["machines"]}:
            added = machine(cost.instance, self._prices)
            self.state = {**self.state, "machines": [*self.state["machines"], added]}
        self.settings = after

    def pin(self, first: str, second: str | None = None) -> None:
        """Pin one or two candidates for comparison.

        Raises:
            UsageError: There is no such candidate, or both are one.
        """
        self.move(pins=[first] if second is None else [first, second])

    def undo(self) -> None:
        """Take the last change back, whether made with the mouse or from Python; nothing at the beginning."""
        self._go(self._history.before(self.settings.get("step", 0)))

    def redo(self) -> None:
        """Make the change taken back again; nothing where none was."""
        self._go(self._history.after(self.settings.get("step", 0)))

    def _go(self, settings: Mapping[str, object] | None) -> None:
        if settings is not None:
            self.settings = dict(settings)

    def _ids(self) -> Sequence[str]:
        return list(self.table["id"])

    def _params(self, settings: Mapping[str, object]) -> tuple[CostParams, DecideParams]:
        return params_of(settings, self._cost, self._decide)
