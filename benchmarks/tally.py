"""What becomes of simulated comparisons, cell by cell, and the file that keeps it between runs."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import binom

from workbench.evaluate.power import power

if TYPE_CHECKING:
    from workbench.evaluate import Comparison

LIMIT = 0.05
OF_ALL = 0.999
NOMINAL = 0.93, 0.97
AT_LEAST = 0.95, 1.0
RULES = (
    "workbench/evaluate",
    "workbench/params/evaluate.py",
    *(f"benchmarks/{name}.py" for name in ("compare", "rivals")),
)


@dataclass
class Cell:
    """What became of the simulations of one cell.

    Attributes:
        name: What was simulated.
        truth: The true difference.
        verdicts: Simulations with a verdict.
        nominal: Simulations with an interval that claims 95 %.
        covered: Those of them whose interval holds the truth.
        careful: Simulations with bounds that claim at least 95 %.
        held: Those of them whose bounds hold the truth.
        unjudged: Simulations with too few rows of a class for an interval and a verdict.
        runs: Simulations.
        promised: Sum over simulations of the power forecast, where the truth is a difference.
        forecasts: How many those are.
        seconds: Time that they took.
    """

    name: str
    truth: float = 0.0
    verdicts: int = 0
    nominal: int = 0
    covered: int = 0
    careful: int = 0
    held: int = 0
    unjudged: int = 0
    runs: int = 0
    promised: float = 0.0
    forecasts: int = 0
    seconds: float = 0.0

    def add(self, found: Comparison) -> None:
        """Count one simulation."""
        self.runs += 1
        self.verdicts += found.verdict != "undecided"
        self.unjudged += bool(found.too_few)
        holds = bool(found.low <= self.truth <= found.high)
        if found.coverage is not None and found.coverage.kind == "at least":
            self.careful += 1
            self.held += holds
        elif found.coverage is not None:
            self.nominal += 1
            self.covered += holds
        if self.truth and found.standard_error > 0 and not found.too_few:
            self.promised += float(power(np.array(self.truth), found.standard_error, found.critical))
            self.forecasts += 1

    @property
    def holds(self) -> bool:
        """Tell whether no more equal models were called different than 5 % and chance explain."""
        return bool(self.truth) or self.verdicts <= binom.ppf(OF_ALL, self.runs, LIMIT)

    @property
    def covers(self) -> bool:
        """Tell whether as many truths are held as is claimed, by each claim, or chance explains that they are not."""
        return _within(self.covered, self.nominal, NOMINAL) and _within(self.held, self.careful, AT_LEAST)

    def __str__(self) -> str:
        """Give one line of the table."""
        forecast = f"  forecast {self.promised / self.forecasts:6.1%}" if self.forecasts else ""
        faults = ("" if self.holds else "  TOO MANY") + ("" if self.covers else "  NOT WHAT IT CLAIMS")
        return (
            f"{self.name:60} {'found' if self.truth else 'false'} {with_noise(self.verdicts, self.runs)}"
            f"  95 % {with_noise(self.covered, self.nominal)} of {self.nominal:5}"
            f"  at least {with_noise(self.held, self.careful)} of {self.careful:5}"
            f"  too few rows {self.unjudged / self.runs:4.0%}  {self.seconds:5.1f} s{forecast}{faults}"
        )


def _within(count: int, of: int, shares: tuple[float, float]) -> bool:
    """Tell whether a true share between the two would give such a count, but for one in a thousand."""
    fewest, most = binom.ppf([1 - OF_ALL, OF_ALL], of, shares)
    return bool(fewest <= count <= most)


def noise(count: int, of: int) -> float:
    """Give two standard errors of a share, none of them 0 (Agresti and Coull, *Approximate Is Better*, 1998)."""
    part = (count + 2) / (of + 4)
    return float(2 * np.sqrt(part * (1 - part) / (of + 4)))


def with_noise(count: int, of: int) -> str:
    """Give a share with two standard errors of so many simulations."""
    if not of:
        return "      none    "
    return f"{count / of:6.1%} ± {noise(count, of):5.1%}"


def digest() -> str:
    """Give the digest of the rules that are simulated and of the simulations, so that no others are kept for theirs."""
    root, found = Path(__file__).resolve().parents[1], hashlib.sha256()
    for place in RULES:
        path = root / place
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            found.update(file.read_bytes())
    return found.hexdigest()[:16]


def kept(results: Path | None, key: str) -> dict[str, list[Cell]]:
    """Read what runs of the same rules and simulations found, by name."""
    if results is None or not results.exists():
        return {}
    lines = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
    return {line["name"]: [Cell(**cell) for cell in line["cells"]] for line in lines if line["key"] == key}


def keep(results: Path | None, key: str, name: str, cells: list[Cell]) -> None:
    """Add what a run found."""
    if results is not None:
        line = {"key": key, "name": name, "cells": [asdict(cell) for cell in cells]}
        with results.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
