"""LightGBM with early stopping on the validation rows: its defaults, or a good configuration set by hand."""

from __future__ import annotations

import lightgbm as lgb
from job import read_job, save, start

VARIANTS = {
    "defaults": ({}, 50),
    "handset": ({"learning_rate": 0.03, "num_leaves": 63, "feature_fraction": 0.6, "lambda_l2": 5.0}, 100),
}
OBJECTIVES = {"binary": "binary", "multiclass": "multiclass", "regression": "regression"}


def main() -> None:
    """Train one booster."""
    job = read_job()
    frames = job.typed()
    settings, patience = VARIANTS[job.variant]
    params = {
        **settings,
        "objective": OBJECTIVES[job.task],
        "num_threads": job.threads,
        "seed": job.seed,
        "verbosity": -1,
    }
    if job.task == "multiclass":
        params["num_class"] = len(job.classes)
    meter = start(job)
    train = lgb.Dataset(frames["train"], job.labels("train"))
    validation = lgb.Dataset(frames["validation"], job.labels("validation"), reference=train)
    stopping = lgb.early_stopping(patience, verbose=False)
    booster = lgb.train(params, train, 10_000, valid_sets=[validation], callbacks=[stopping])
    figures = meter.figures()
    save(job, booster.predict(frames["test"]), figures, f"{booster.best_iteration} rounds", ["lightgbm"])


if __name__ == "__main__":
    main()
