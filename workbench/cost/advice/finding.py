"""What looking at one subject can end in: an advice, nothing to gain, or not enough evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from workbench.params.advise import Subject

Bill = Literal["serving", "stages", "storage", "errors"]
"""The part of the monthly total that an advice shortens; two advices about one part exclude each other."""


@dataclass(frozen=True)
class Advice:
    """One action and what it saves.

    Attributes:
        key: The subject, as `advise.off` names it.
        action: What to do, as a sentence.
        usd_per_month: Expected saving.
        evidence: What was measured or looked up.
        assumptions: What has to hold for the saving to come true; never empty.
        risk: What may go wrong.
        bill: The part of the monthly total it shortens.
        usd_per_month_low: Lower end of the saving, where it is known.
        usd_per_month_high: Upper end of it.
        kg_co2e_per_month: Emissions saved, where they are known.
    """

    key: Subject
    action: str
    usd_per_month: float
    evidence: str
    assumptions: tuple[str, ...]
    risk: str
    bill: Bill
    usd_per_month_low: float | None = None
    usd_per_month_high: float | None = None
    kg_co2e_per_month: float | None = None

    def __post_init__(self) -> None:
        if not any(text.strip() for text in self.assumptions):
            raise ValueError(f"the advice {self.key} states no assumption")


@dataclass(frozen=True)
class Settled:
    """A subject that was looked at and offers nothing.

    Attributes:
        key: The subject.
        reason: Why there is nothing to gain.
    """

    key: Subject
    reason: str


@dataclass(frozen=True)
class Gap:
    """A subject about which too little is known.

    Attributes:
        key: The subject.
        needs: What has to be there first.
    """

    key: Subject
    needs: str


Finding = Advice | Settled | Gap
