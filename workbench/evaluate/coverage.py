"""What the two ends around a difference claim: to hold 95 % of truths, or at least so many.

Few rows add up to few values, and their spread is known badly, so that no rule holds exactly 95 % of truths with them
(Brown, Cai and DasGupta, *Interval Estimation for a Binomial Proportion*, 2001). What counts rows that are called
positive, as dollars do, adds up few values in large tables too: there only the rows count on which two candidates part.
Such ends are still worth having, as bounds that hold 95 % or more, and are named so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FEW = 50
"""Rows of the rarer class below which `benchmarks/compare.py` finds other shares of truths held than 95 %."""

COUNTED = frozenset({"accuracy", "usd_per_month"})
"""What counts the rows of a class that are called rightly."""


@dataclass(frozen=True)
class Coverage:
    """What share of truths such intervals hold.

    Attributes:
        level: The share.
        why_careful: Why it is only a lower bound; empty where it is the share itself.
    """

    level: float
    why_careful: str = ""

    @classmethod
    def of(cls, level: float, rare: int, metric: str = "log_loss") -> Coverage:
        """Choose what to claim for rows that are independent.

        Args:
            level: The share that was asked for.
            rare: Rows of the rarer class; 0 where there are not two classes.
            metric: What is compared.

        Example:
            >>> [Coverage.of(0.95, rare).name for rare in (0, 20, 50)]
            ['95% interval', 'careful bounds (at least 95%)', '95% interval']
            >>> Coverage.of(0.95, 5_000, "usd_per_month").share
            'at least 95%'
        """
        if 0 < rare < FEW:
            return cls(level, f"with {rare} rows of the rarer class")
        return cls(level, "where only rows called differently count" if rare and metric in COUNTED else "")

    @property
    def kind(self) -> Literal["nominal", "at least"]:
        """Say whether the level is the share itself or a lower bound of it."""
        return "at least" if self.why_careful else "nominal"

    @property
    def name(self) -> str:
        """Name the two ends for a reader."""
        return f"careful bounds ({self.share})" if self.why_careful else f"{self.share} interval"

    @property
    def share(self) -> str:
        """Give the share of truths that they hold."""
        return f"{'at least ' if self.why_careful else ''}{self.level:.0%}"

    def to_json(self) -> dict[str, object]:
        """Give what `workbench compare --json` prints."""
        return {"level": self.level, "kind": self.kind}
