"""What treatments of a rare class changed, as numbers and in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

Verdict = Literal["yardstick", "helped", "hurt", "mixed", "no evidence"]

NOT_COMPARED = (None, None, None)


@dataclass(frozen=True)
class Difference:
    """A treatment's figure less that of no treatment.

    Attributes:
        value: The difference.
        low: Lower end of its interval.
        high: Upper end.
    """

    value: float
    low: float
    high: float

    @property
    def sign(self) -> int:
        """Give 1 or -1 where the interval is all above or all below 0, else 0."""
        return int(self.low > 0) - int(self.high < 0)

    def __str__(self) -> str:
        return f"{self.value:+.4f} ({self.low:+.4f} to {self.high:+.4f})"


@dataclass(frozen=True)
class Outcome:
    """How one treatment did.

    Attributes:
        treatment: Its name.
        detail: What it does.
        average_precision: By its ranking of the judged rows.
        log_loss: Of its probabilities as they come, in nats.
        calibrated_log_loss: The same after calibration by other rows.
        average_precision_difference: From plain; None for plain itself.
        log_loss_difference: From plain, both calibrated; None for plain itself.
        compared: Whether it is a treatment: plain and plain with another seed are what treatments are compared with.
        rounds: Rounds its boosters have.
        cpu_seconds: What growing them took.
    """

    treatment: str
    detail: str
    average_precision: float
    log_loss: float
    calibrated_log_loss: float
    average_precision_difference: Difference | None
    log_loss_difference: Difference | None
    compared: bool
    rounds: int
    cpu_seconds: float

    @property
    def verdict(self) -> Verdict:
        """Say what the treatment did: it helped where one figure is surely better and the other not surely worse."""
        if not self.compared or self.average_precision_difference is None or self.log_loss_difference is None:
            return "yardstick"
        signs = {self.average_precision_difference.sign, -self.log_loss_difference.sign}
        if {1, -1} <= signs:
            return "mixed"
        return "helped" if 1 in signs else "hurt" if -1 in signs else "no evidence"

    def __str__(self) -> str:
        return (
            f"{self.treatment.replace('_', ' ')} (average precision {self.average_precision_difference}, "
            f"calibrated log-loss {self.log_loss_difference})"
        )


@dataclass(frozen=True)
class ImbalanceReport:
    """All treatments that were tried, on the same rows.

    Attributes:
        outcomes: Plain, plain with another seed, and the treatments.
        rows: Rows judged.
        positives: How many of them are of class 1.
        confidence: Probability with which all intervals hold together, as far as the judged rows go.
    """

    outcomes: tuple[Outcome, ...]
    rows: int
    positives: int
    confidence: float

    @property
    def comparisons(self) -> int:
        """Count the intervals among which the risk of error is divided."""
        return 2 * sum(outcome.compared for outcome in self.outcomes)

    def table(self) -> pl.DataFrame:
        """Give one row per treatment."""
        return pl.DataFrame([_flat(outcome) for outcome in self.outcomes], infer_schema_length=None)

    def sentence(self) -> str:
        """Say in words which treatment helped, and by how much."""
        told = [
            f"{word}: {'; '.join(map(str, named))}"
            for word in ("helped", "mixed", "hurt")
            if (named := [outcome for outcome in self.outcomes if outcome.verdict == word])
        ]
        unsure = [one.treatment.replace("_", " ") for one in self.outcomes if one.verdict == "no evidence"]
        if unsure:
            told.append(f"no evidence either way: {', '.join(unsure)}")
        return (
            f"Treatments of the rare class against none, judged by {self.rows:,} rows, {self.positives:,} of them "
            f"positive. {' '.join(f'{part}.' for part in map(_capital, told))} "
            f"As far as the judged rows go, the {self.comparisons} intervals hold together with {self.confidence:.0%} "
            "(Bonferroni, paired bootstrap). They are widened by what one other seed changed: one is little to know "
            "that by, so that where many rows judge, luck of the seed may pass for a difference."
        )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _flat(outcome: Outcome) -> dict[str, float | int | str | None]:
    row: dict[str, float | int | str | None] = {
        "treatment": outcome.treatment,
        "detail": outcome.detail,
        "verdict": outcome.verdict,
        "average_precision": outcome.average_precision,
        "log_loss": outcome.log_loss,
        "calibrated_log_loss": outcome.calibrated_log_loss,
    }
    pairs = {
        "average_precision_difference": outcome.average_precision_difference,
        "log_loss_difference": outcome.log_loss_difference,
    }
    for name, difference in pairs.items():
        figures = NOT_COMPARED if difference is None else (difference.value, difference.low, difference.high)
        row |= dict(zip((name, f"{name}_low", f"{name}_high"), figures, strict=True))
    return row | {"rounds": outcome.rounds, "cpu_seconds": outcome.cpu_seconds}
