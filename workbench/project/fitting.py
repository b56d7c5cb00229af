"""Writes the params.yaml that fits a table: every choice made for the user carries its reason as a comment."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.ingest import Suggestion
    from workbench.model import Task

LEAST_BUDGET_CPU_SECONDS = 10
MOST_BUDGET_CPU_SECONDS = 120
CELLS_PER_CPU_SECOND = 100_000
"""A table of ten million cells gets the full budget."""

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RESERVED = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_ERROR_USD: Mapping[str, str] = {
    "binary": "{false_positive: 1.0, false_negative: 5.0}  # dollars per false alarm, per positive missed: yours?",
    "multiclass": "{misclassified: 1.0}  # dollars per wrong class: replace by yours",
    "regression": "{absolute_error: 0.01}  # dollars per unit of absolute error: replace by yours",
}


@dataclass(frozen=True)
class Fit:
    """What was found out about a table, and what follows for its parameters.

    Attributes:
        source: Name of the source.
        path: Path of the data, relative to the project.
        target: Column to predict.
        task: The task inferred from it.
        task_reason: Why that task.
        rows: Number of rows.
        columns: Number of columns.
        exclude: Columns set aside, each with the reason.
        time: Column that orders the rows, if the split goes by time.
        time_reason: Why the split goes by time, or at random.
        null_values: Texts that mean "missing".
        unlabelled: Rows that have no target and are dropped by rule.
        finite: Whether every target that there is, is a number; else those that are not are dropped with them.
        quarantined: Rows that fit no reading of the file and will go to quarantine.
        derive: Columns made from others: expression by name.
        positive: Which of two labels is looked for, and why; None where there are not two.
        remarks: What a person would read otherwise, one line each.
    """

    source: str
    path: str
    target: str
    task: Task
    task_reason: str
    rows: int
    columns: int
    exclude: Mapping[str, str] = field(default_factory=dict)
    time: str | None = None
    time_reason: str = "no column orders the rows in time"
    null_values: tuple[str, ...] = ()
    unlabelled: int = 0
    finite: bool = True
    quarantined: int = 0
    derive: Mapping[str, str] = field(default_factory=dict)
    positive: Suggestion | None = None
    remarks: tuple[str, ...] = ()

    @property
    def budget_cpu_seconds(self) -> int:
        """CPU-seconds that suit the size of the table."""
        scaled = LEAST_BUDGET_CPU_SECONDS + self.rows * self.columns // CELLS_PER_CPU_SECOND
        return min(MOST_BUDGET_CPU_SECONDS, scaled)


def params_text(fit: Fit) -> str:
    """Write params.yaml.

    Example:
        >>> fit = Fit("clicks", "data/raw/clicks.csv", "bought", "binary", "two values", 100, 3)
        >>> "target: bought" in params_text(fit)
        True
    """
    source = quoted(fit.source)
    nulls = f", null_values: [{', '.join(map(quoted, fit.null_values))}]" if fit.null_values else ""
    shares = "validation: 0.15, test: 0.15"
    lines = [
        f"# Fitted to {fit.rows:,} rows and {fit.columns:,} columns; change what you know better, then: dvc repro",
        "",
        "ingest:",
        "  sources:",
        f"    {source}: {{path: {quoted(fit.path)}{nulls}}}{'  # these texts mean missing' if nulls else ''}",
        f"  table: {source}",
        '  joins: []                      # further sources: {source: NAME, on: [COLUMN], validate: "m:1"}',
        *_derived(fit.derive),
        *(_keep(fit) if fit.unlabelled else []),
        f"  target: {quoted(fit.target)}",
        f"  task: {fit.task}  # {comment(fit.task_reason)}",
        *_positive(fit.positive),
        *([f"  time: {quoted(fit.time)}  # {comment(fit.time_reason)}"] if fit.time else []),
        *_excluded(fit.exclude),
        f"  split: {{by: time, {shares}}}"
        if fit.time
        else f"  split: {{by: random, {shares}, seed: 0}}  # {comment(fit.time_reason)}",
        "",
        "train:",
        f"  budget: {{cpu_seconds: {fit.budget_cpu_seconds}}}      # suits the table; or {{usd: 0.05}}, {{trials: 40}}",
        "  metric: auto                   # average_precision | log_loss | roc_auc | accuracy | rmse | mae",
        "  seed: 0",
        "",
        "evaluate:",
        "  bootstrap: 1000                # resamples behind every interval",
        "  confidence: 0.95",
        "",
        "cost:",
        "  instance: aws/us-east-1/m7i.large",
        "  purchase: on_demand            # on_demand | spot | commit_1y | commit_3y | serverless",
        "  traffic: {requests_per_day: 1_000_000, rows_per_request: 1}  # replace by yours",
        f"  error_usd: {_ERROR_USD[fit.task]}",
        "  retrains_per_month: 4",
        "",
        "decide:",
        "  limits: {latency_p99_ms: 10}",
        "  candidate: auto                # or an id: what the explorer writes",
        "  threshold: auto",
        "",
        "run:",
        "  deadline_seconds: 3600         # a stage that takes longer ends as TIMEOUT",
    ]
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """Write a text as a YAML scalar that is read back as the same text.

    Example:
        >>> print(quoted("age"), quoted("yes"), quoted("a: b"))
        age "yes" "a: b"
    """
    if _PLAIN.fullmatch(text) and text.lower() not in _RESERVED:
        return text
    return '"' + "".join(map(_escaped, text)) + '"'


def comment(text: str) -> str:
    """Bring a text onto one line that may stand behind a `#`."""
    return "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))


def _escaped(letter: str) -> str:
    if letter in {'"', "\\"}:
        return f"\\{letter}"
    if letter.isprintable() or letter == " ":
        return letter
    return f"\\U{ord(letter):08X}"


def _keep(fit: Fit) -> list[str]:
    name = fit.target.replace('"', '""')
    finite = "" if fit.finite else f' AND ABS("{name}") <= {sys.float_info.max!r}'
    condition = quoted(f'"{name}" IS NOT NULL{finite}')
    return [f"  keep: {condition}  # rows without a target are dropped by rule and counted"]


def _positive(found: Suggestion | None) -> list[str]:
    if found is None:
        return []
    return [f"  positive: {quoted(found.label)}  # {found.reason}; false_negative in error_usd is one of them missed"]


def _derived(derive: Mapping[str, str]) -> list[str]:
    if not derive:
        return ['  derive: {}                     # new columns as Polars SQL: {ratio: "a / b"}']
    lines = [f"    {quoted(name)}: {quoted(expression)}" for name, expression in derive.items()]
    return ["  derive:                        # numbers from texts with a decimal comma", *lines]


def _excluded(exclude: Mapping[str, str]) -> list[str]:
    if not exclude:
        return ["  exclude: []                    # columns not known at prediction time"]
    lines = [f"    - {quoted(name)}  # {comment(reason)}" for name, reason in exclude.items()]
    return ["  exclude:                       # set aside; take a line out to use the column", *lines]
