"""Who takes part: which script of `benchmarks/peers` runs, in which environment, and what it may spend."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Method:
    """One way to get a model out of training and validation rows.

    Attributes:
        script: Script of `benchmarks/peers`.
        variant: Which of its ways.
        environment: Requirements file of `benchmarks/peers` that it runs with; None for this project's own environment.
        knows_cpu: Whether it keeps to CPU-seconds by itself; else its clock is made to show them.
        spends: Another method and a factor: the budget is that multiple of what the other really used; None for the
            budget given.
    """

    script: str
    variant: str
    environment: str | None
    knows_cpu: bool = True
    spends: tuple[str, float] | None = None


METHODS = {
    "defaults": Method("lightgbm_alone", "defaults", "lightgbm"),
    "handset": Method("lightgbm_alone", "handset", "lightgbm"),
    "flaml": Method("flaml_search", "lgbm", "flaml", knows_cpu=False),
    "flaml-all": Method("flaml_search", "auto", "flaml", knows_cpu=False),
    "optuna": Method("optuna_search", "tpe", "optuna"),
    "autogluon-medium": Method("autogluon_search", "medium_quality", "autogluon", knows_cpu=False),
    "autogluon-best": Method("autogluon_search", "best_quality", "autogluon", knows_cpu=False),
    "one-fit": Method("workbench_search", "one", None),
    "workbench": Method("workbench_search", "search", None),
    "workbench-1.2-handset": Method("workbench_search", "search", None, spends=("handset", 1.2)),
    "workbench-third-medium": Method("workbench_search", "search", None, spends=("autogluon-medium", 1 / 3)),
}
"""Every method by name. FLAML and AutoGluon know wall time only."""

PEERS = ("defaults", "handset", "flaml", "flaml-all", "optuna", "autogluon-medium", "autogluon-best")
OURS = ("one-fit", "workbench", "workbench-1.2-handset", "workbench-third-medium")
FIXED = ("defaults", "handset", "one-fit", "workbench-1.2-handset")
"""Methods that spend the same whatever the budget."""
