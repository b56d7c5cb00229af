"""AutoGluon with a preset and a time limit.

`medium_quality` gets the validation rows as tuning data and stops and weighs by them. `best_quality` bags over folds,
for which its documentation says to give no tuning data: it gets train and validation as one table.
"""

from __future__ import annotations

import tempfile

import pandas as pd
from autogluon.tabular import TabularPredictor
from job import Job, read_job, save, start

LABEL = "__label__"
METRICS = {"binary": "log_loss", "multiclass": "log_loss", "regression": "root_mean_squared_error"}


def labelled(job: Job, part: str) -> pd.DataFrame:
    """Give the rows of a part as they are, with their labels."""
    return job.frame(part).assign(**{LABEL: job.labels(part)})


def main() -> None:
    """Search."""
    job = read_job()
    train, validation = labelled(job, "train"), labelled(job, "validation")
    test = job.frame("test")
    tuning: pd.DataFrame | None = validation
    if job.variant == "best_quality":
        train, tuning = pd.concat([train, validation], ignore_index=True), None
    with tempfile.TemporaryDirectory() as folder:
        predictor = TabularPredictor(LABEL, problem_type=job.task, eval_metric=METRICS[job.task], path=folder)
        meter = start(job)
        predictor.fit(
            train,
            tuning_data=tuning,
            presets=job.variant,
            time_limit=job.limit,
            num_cpus=job.threads,
            num_gpus=0,
            raise_on_no_models_fitted=True,
        )
        figures = meter.figures()
        board = predictor.leaderboard(silent=True)
        models = ", ".join(f"{row.model} {-row.score_val:.4f}" for row in board.head(6).itertuples())
        if job.task == "regression":
            predictions = predictor.predict(test).to_numpy()
        else:
            shares = predictor.predict_proba(test)[list(predictor.class_labels)].to_numpy()
            predictions = shares[:, 1] if job.task == "binary" else shares
    weights = ", ".join(board.model)
    save(job, predictions, figures, f"{models} [{weights}]", ["autogluon.tabular", "lightgbm", "catboost", "torch"])


if __name__ == "__main__":
    main()
