"""This project's search, from its own environment; and one training of the hand-set configuration beside it.

The variant `search` takes the candidate best on validation. The variant `one` reads and encodes the same frames and
trains one booster: what the memory of the search is held against.
"""

from __future__ import annotations

import polars as pl
from job import Job, read_job, save, start

from workbench.model import Roles, encode, encode_labels, fit_features, lightgbm
from workbench.model.encode import categorical_inputs
from workbench.params.train import Budget, TrainParams
from workbench.train import search

HANDSET = {"learning_rate": 0.03, "num_leaves": 63, "feature_fraction": 0.6, "lambda_l2": 5.0}


def searched(job: Job, roles: Roles, frames: dict[str, pl.DataFrame]) -> None:
    """Search within the budget."""
    metric = job.variant.partition(":")[2] or "auto"
    params = TrainParams.model_validate(
        {"budget": Budget(cpu_seconds=job.budget).model_dump(), "seed": job.seed, "metric": metric}
    )
    meter = start(job)
    result = search(frames["train"], frames["validation"], roles, params)
    figures = meter.figures()
    best = result.best
    notes = f"{best.id}: {best.members} boosters, {best.trees} trees; {result.trials.height} trials"
    save(job, best.model.predict(frames["test"]), figures, notes, ["workbench", "lightgbm"])


def trained_once(job: Job, roles: Roles, frames: dict[str, pl.DataFrame]) -> None:
    """Train one booster with early stopping."""
    meter = start(job)
    engine = lightgbm()
    features = fit_features(frames["train"], roles.features).features
    values = {part: encode(features, frame).values for part, frame in frames.items()}
    train = engine.Dataset(
        values["train"],
        encode_labels(frames["train"], roles),
        categorical_feature=categorical_inputs(features),
    )
    validation = engine.Dataset(values["validation"], encode_labels(frames["validation"], roles), reference=train)
    params = {**HANDSET, "objective": roles.task, "num_threads": job.threads, "seed": job.seed, "verbosity": -1}
    if roles.task == "multiclass":
        params["num_class"] = len(roles.classes)
    stopping = engine.early_stopping(100, verbose=False)
    booster = engine.train(params, train, 10_000, valid_sets=[validation], callbacks=[stopping])
    figures = meter.figures()
    save(job, booster.predict(values["test"]), figures, f"{booster.best_iteration} rounds", ["workbench", "lightgbm"])


def main() -> None:
    """Run the job."""
    job = read_job()
    frames = {part: pl.read_parquet(path) for part, path in job.tables.items()}
    roles = Roles(job.target, job.task, tuple(job.classes), tuple(job.features), time=job.time)
    lightgbm()  # imported before the clock starts, as in the scripts of the peers
    (trained_once if job.variant == "one" else searched)(job, roles, frames)


if __name__ == "__main__":
    main()
