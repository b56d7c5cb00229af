"""How far the point of a decision has moved since: candidate gone, other dollars, another one recommended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from workbench.money import usd

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from workbench.artifacts import DecisionFile
    from workbench.decide.decision import Decision

PARTS = ("serving", "training", "storage", "egress", "errors")
_HALF_A_CENT_USD = 0.005


@dataclass(frozen=True)
class Moved:
    """A decision's figures then and now.

    Attributes:
        candidate: The candidate decided on.
        gone: Whether it is no longer among the candidates.
        usd_per_month_then: What it cost when it was decided; None where the file does not say.
        usd_per_month_now: What it costs now; None where it is gone.
        parts_usd_per_month: What each part of that has changed by.
        within_limits_then: Whether it kept to the limits when it was decided; None where the file does not say.
        within_limits: Whether it keeps to the limits now; None where it is gone.
        recommended_then: What was recommended when it was decided; None where nothing was.
        recommended: What is recommended now; None where nothing keeps to the limits.
        recommended_usd_per_month: What that costs.
        threshold: The threshold decided on.
        best_threshold: The one of least cost for this candidate now; None where it has none.
        best_threshold_usd_per_month: What the candidate would cost at that.
    """

    candidate: str
    gone: bool
    usd_per_month_then: float | None
    usd_per_month_now: float | None
    parts_usd_per_month: Mapping[str, float] = field(default_factory=dict)
    within_limits_then: bool | None = None
    within_limits: bool | None = None
    recommended_then: str | None = None
    recommended: str | None = None
    recommended_usd_per_month: float | None = None
    threshold: float | None = None
    best_threshold: float | None = None
    best_threshold_usd_per_month: float | None = None

    @property
    def usd_per_month_more(self) -> float | None:
        """What the choice costs more than when it was decided; negative for less."""
        if self.usd_per_month_now is None or self.usd_per_month_then is None:
            return None
        return self.usd_per_month_now - self.usd_per_month_then

    @property
    def regret_usd_per_month(self) -> float | None:
        """What keeping to the choice costs more than what is recommended now."""
        if self.usd_per_month_now is None or self.recommended_usd_per_month is None:
            return None
        return self.usd_per_month_now - self.recommended_usd_per_month

    @property
    def moved(self) -> bool:
        """Whether anything is no longer as it was decided."""
        return any(True for _ in self._sentences())

    def to_json(self) -> dict[str, object]:
        """Give the figures."""
        return {
            "moved": self.moved,
            "gone": self.gone,
            "within_limits": self.within_limits,
            "usd_per_month_then": self.usd_per_month_then,
            "usd_per_month_now": self.usd_per_month_now,
            "usd_per_month_more": self.usd_per_month_more,
            "parts_usd_per_month": dict(self.parts_usd_per_month),
            "recommended": self.recommended,
            "recommended_usd_per_month": self.recommended_usd_per_month,
            "regret_usd_per_month": self.regret_usd_per_month,
            "best_threshold": self.best_threshold,
            "best_threshold_usd_per_month": self.best_threshold_usd_per_month,
        }

    def __str__(self) -> str:
        """Say it in sentences."""
        return (
            " ".join(self._sentences()) or "The data say the same still: same candidate, same threshold, same dollars."
        )

    def _sentences(self) -> Iterator[str]:
        if self.gone:
            yield f"The point moved: {self.candidate} is no longer among the candidates."
        yield from self._dollars()
        if self.within_limits is False and self.within_limits_then is not False:
            yield f"The point moved: {self.candidate} does not keep to the limits now."
        yield from self._recommendation()
        yield from self._threshold()

    def _dollars(self) -> Iterator[str]:
        more = self.usd_per_month_more
        if more is None or self.usd_per_month_now is None or abs(more) < _HALF_A_CENT_USD:
            return
        share = f" ({abs(more) / self.usd_per_month_then * 100:.1f} %)" if self.usd_per_month_then else ""
        by_part = {name: by for name, by in self.parts_usd_per_month.items() if abs(by) >= _HALF_A_CENT_USD}
        parts = ", ".join(f"{name} {'+' if by > 0 else '-'}{usd(abs(by))}" for name, by in by_part.items())
        yield (
            f"The point moved: {self.candidate} costs {usd(self.usd_per_month_now)} a month now, "
            f"{usd(abs(more))}{share} {'more' if more > 0 else 'less'} than when it was decided"
            f"{': ' + parts if parts else ''}."
        )

    def _recommendation(self) -> Iterator[str]:
        same = self.recommended == self.recommended_then
        if self.recommended == self.candidate or (same and not self.gone):
            return
        if self.recommended is None:
            yield "No candidate keeps to the limits now."
            return
        less = self.regret_usd_per_month
        by = "" if less is None else f", {usd(abs(less))} {'less' if less > 0 else 'more'}"
        costs = (
            "" if self.recommended_usd_per_month is None else f" at {usd(self.recommended_usd_per_month)} a month{by}"
        )
        yield f"{'As before' if same else 'The recommendation moved'}: {self.recommended} is worth most now{costs}."

    def _threshold(self) -> Iterator[str]:
        now, best = self.usd_per_month_now, self.best_threshold_usd_per_month
        moved = self.best_threshold is not None and self.best_threshold != self.threshold
        if (
            self.usd_per_month_more
            and moved
            and now is not None
            and best is not None
            and now - best >= _HALF_A_CENT_USD
        ):
            yield f"At the threshold {self.best_threshold:.4g} it would cost {usd(now - best)} less."


def moved(decision: DecisionFile, now: Decision | None, free: Decision | None, best: Decision | None = None) -> Moved:
    """Compare a decision with what the data say now.

    Args:
        decision: The decision.
        now: The choice it made, taken again; None where its candidate is gone.
        free: What would be recommended; None where nothing keeps to the limits.
        best: Its candidate at the threshold of least cost; None where it is gone.
    """
    recommended_then = decision.content.get("recommended")
    row = now.table.row(by_predicate=pl.col("id") == now.candidate, named=True) if now else {}
    return Moved(
        candidate=decision.candidate,
        gone=now is None,
        usd_per_month_then=decision.usd_per_month,
        usd_per_month_now=now.usd_per_month if now else None,
        parts_usd_per_month=_changed_by(_figures(decision), row),
        within_limits_then=_flag(_figures(decision).get("within_limits")),
        within_limits=row.get("within_limits"),
        recommended_then=recommended_then if isinstance(recommended_then, str) else None,
        recommended=free.candidate if free else None,
        recommended_usd_per_month=free.usd_per_month if free else None,
        threshold=decision.threshold,
        best_threshold=best.threshold if best else None,
        best_threshold_usd_per_month=best.usd_per_month if best else None,
    )


def _figures(decision: DecisionFile) -> Mapping[str, object]:
    """Give the figures of the evidence; files of the old form have them beside the digests."""
    return decision.part("evidence", "figures") or decision.part("evidence")


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _changed_by(then: Mapping[str, object], now: Mapping[str, object]) -> dict[str, float]:
    changed = {}
    for part in PARTS:
        before, after = then.get(f"usd_{part}_per_month"), now.get(f"usd_{part}_per_month")
        if isinstance(before, int | float) and isinstance(after, int | float):
            changed[part] = float(after - before)
    return changed
