"""What a person can move in the explorer: assumptions, the choice, and the view; plain JSON with a version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.errors import Place, UsageError, nearest
from workbench.params.reading import overridden

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from workbench.params.cost import CostParams
    from workbench.params.decide import DecideParams

    Json = Mapping[str, "Json"] | Sequence["Json"] | str | float | bool | None

VERSION = 3
"""Version of state and settings: 1 knew one machine and kept the candidate picked out of the settings, 2 wrote the
candidates one by one."""
QUANTITIES = (
    "usd_running_per_month",
    "usd_errors_per_month",
    "usd_per_month",
    "usd_serving_per_month",
    "usd_training_per_month",
    "usd_per_million_rows",
    "latency_p99_ms",
    "peak_rss_bytes",
    "size_bytes",
    "train_cpu_seconds",
)
"""What an axis, the colour or the size of a dot can show, beside the metrics on validation."""
VIEW = ("across", "up", "colour", "size")


def settings_of(cost: CostParams, decide: DecideParams) -> dict[str, Json]:
    """Give the assumptions a person can move, as params.yaml has them, with nothing chosen by hand."""
    return {
        "version": VERSION,
        "step": 0,
        "instance": cost.instance,
        "purchase": cost.purchase,
        "requests_per_day": cost.traffic.requests_per_day,
        "rows_per_request": cost.traffic.rows_per_request,
        **cost.error_usd.model_dump(),
        "retrains_per_month": cost.retrains_per_month,
        "latency_p99_ms": decide.limits.latency_p99_ms,
        "peak_rss_bytes": decide.limits.peak_rss_bytes,
        "candidate": None,
        "threshold": None,
        "pins": [],
        **dict.fromkeys(VIEW),
        "brush": None,
    }


def params_of(
    settings: Mapping[str, object], cost: CostParams, decide: DecideParams
) -> tuple[CostParams, DecideParams]:
    """Give the sections of params.yaml that hold the assumptions; candidate and threshold stay `auto`.

    Args:
        settings: See `settings_of`; a key that is absent keeps the value of the sections.
        cost: The section to start from.
        decide: The section to start from.

    Raises:
        ParamsError: An assumption does not fit params.yaml.
    """
    full = {**settings_of(cost, decide), **settings}
    limits = {name: full[name] for name in ("latency_p99_ms", "peak_rss_bytes")}
    paid = overridden(
        cost,
        error_usd={name: full[name] for name in type(cost.error_usd).model_fields},
        traffic={name: full[name] for name in type(cost.traffic).model_fields},
        instance=full["instance"],
        purchase=full["purchase"],
        retrains_per_month=full["retrains_per_month"],
    )
    allowed = decide.limits.model_dump() | limits
    return paid, overridden(decide, limits=allowed, candidate="auto", threshold="auto")


def checked(changes: Mapping[str, object], ids: Collection[str], metrics: Collection[str], task: str) -> None:
    """Refuse a choice or a view that there is not; assumptions are judged by `params_of`.

    Raises:
        UsageError: There is no such setting, candidate or quantity, or a threshold is no probability.
    """
    for name, value in changes.items():
        if name == "candidate" and value is not None:
            _one_of(value, ids, name)
        elif name == "threshold" and value is not None:
            _probability(value, task)
        elif name == "pins":
            _pinned(value, ids)
        elif name in VIEW and value is not None:
            _one_of(value, [*QUANTITIES, *metrics], name)


def moved(settings: Mapping[str, object], changes: Mapping[str, object]) -> dict[str, object]:
    """Give the settings after a change, one step on; a candidate newly picked starts from its best threshold."""
    own = {"threshold": None} if "candidate" in changes and "threshold" not in changes else {}
    step = settings.get("step", 0)
    return {**settings, **own, **changes, "step": (int(step) if isinstance(step, int | float) else 0) + 1}


def _one_of(value: object, known: Collection[str], name: str) -> None:
    if value not in known:
        what = "candidate" if name == "candidate" else "quantity"
        raise UsageError(
            f"there is no such {what}",
            place=Place(key=name),
            found=value,
            expected=f"one of the {len(known)}" if name == "candidate" else ", ".join(known),
            hint=nearest(str(value), known),
        )


def _probability(value: object, task: str) -> None:
    if task != "binary":
        raise UsageError(f"a {task} task has no threshold", place=Place(key="threshold"), found=value)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        raise UsageError(
            "a threshold is a probability", place=Place(key="threshold"), found=value, expected="a number from 0 to 1"
        )


def _pinned(value: object, ids: Collection[str]) -> None:
    pins = value if isinstance(value, list) else [value]
    if len(pins) > len(("first", "second")) or len(set(map(str, pins))) < len(pins):
        raise UsageError("two different candidates are pinned at most", place=Place(key="pins"), found=pins)
    for pin in pins:
        _one_of(pin, ids, "candidate")
