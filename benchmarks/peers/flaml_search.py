"""FLAML: LightGBM only (its CFO), or its default estimators.

The validation rows are given as such; with them FLAML judges by holdout and, as its default is, trains the best
configuration once more on train and validation together at the end.
"""

from __future__ import annotations

from flaml import AutoML
from job import read_job, save, start

METRICS = {"binary": "log_loss", "multiclass": "log_loss", "regression": "rmse"}


def main() -> None:
    """Search."""
    job = read_job()
    frames = job.typed()
    labels = {part: job.labels(part) for part in ("train", "validation")}
    automl = AutoML()
    meter = start(job)
    automl.fit(
        X_train=frames["train"],
        y_train=labels["train"],
        X_val=frames["validation"],
        y_val=labels["validation"],
        task="regression" if job.task == "regression" else "classification",
        metric=METRICS[job.task],
        estimator_list=["lgbm"] if job.variant == "lgbm" else "auto",
        time_budget=job.limit,
        n_jobs=job.threads,
        seed=job.seed,
        verbose=1,
    )
    figures = meter.figures()
    predicted = automl.predict(frames["test"]) if job.task == "regression" else automl.predict_proba(frames["test"])
    predictions = predicted[:, 1] if job.task == "binary" else predicted
    notes = f"{automl.best_estimator} {automl.best_config}; {len(automl.config_history)} improvements"
    save(job, predictions, figures, notes, ["flaml", "lightgbm"])


if __name__ == "__main__":
    main()
