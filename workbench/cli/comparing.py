"""Reads two candidates' predictions and lets `evaluate` compare them."""

from __future__ import annotations

from workbench import artifacts, evaluate
from workbench.errors import UsageError, nearest
from workbench.params import reading

PREDICTIONS = "data/evaluation/predictions.parquet"


def compare_candidates(a: str, b: str, split: str = "test", metric: str = "auto") -> evaluate.Comparison:
    """Compare two candidates on the rows of one split.

    Args:
        a: Id of one candidate.
        b: Id of the other.
        split: `validation` or `test`.
        metric: A metric of the task; `auto` is the one `train.metric` names.

    Raises:
        UsageError: There is no such candidate or split.
        ArtifactError: Nothing was evaluated yet.
    """
    frame, params = artifacts.read_frame(PREDICTIONS), reading.read()
    labels, predictions = evaluate.split_of(frame, split)
    for name in (a, b):
        if name not in predictions:
            hint = nearest(name, predictions) or "list: workbench candidates"
            raise UsageError(f"there is no candidate {name!r}", hint=hint)
    if not labels.size:
        known = ", ".join(frame["split"].unique(maintain_order=True))
        raise UsageError(f"there is no split {split!r}", expected=f"one of {known}")
    task = artifacts.read_roles().task
    chosen = params.train.metric if metric == "auto" else metric
    return evaluate.compare(task, labels, predictions[a], predictions[b], chosen, params.evaluate)
