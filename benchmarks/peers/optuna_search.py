"""Optuna: TPE and the median pruner over LightGBM, in the space of its LightGBM example and the learning rate.

Each trial stops early on the validation rows. The budget is looked at between trials, as Optuna does; the best
booster is kept, so nothing is trained again.
"""

from __future__ import annotations

import lightgbm as lgb
import optuna
from job import Job, Meter, read_job, save, start

METRICS = {"binary": "binary_logloss", "multiclass": "multi_logloss", "regression": "rmse"}
ROUNDS, PATIENCE, REPORTED = 10_000, 50, 10


class Search:
    """What the trials share, and the best of them."""

    def __init__(self, job: Job) -> None:
        frames = job.typed()
        self.job, self.test, self.metric = job, frames["test"], METRICS[job.task]
        options = {"feature_pre_filter": False, "verbosity": -1, "num_threads": job.threads}
        self.train = lgb.Dataset(frames["train"], job.labels("train"), params=options, free_raw_data=False)
        self.validation = lgb.Dataset(
            frames["validation"], job.labels("validation"), reference=self.train, free_raw_data=False
        )
        self.fixed = {
            **options,
            "objective": job.task,
            "metric": self.metric,
            "seed": job.seed,
            **({"num_class": len(job.classes)} if job.task == "multiclass" else {}),
        }
        self.best: tuple[float, lgb.Booster | None] = (float("inf"), None)

    def trial(self, trial: optuna.Trial) -> float:
        """Train one booster."""

        def report(env: lgb.callback.CallbackEnv) -> None:
            if env.iteration % REPORTED == 0:
                trial.report(env.evaluation_result_list[0][2], env.iteration)
                if trial.should_prune():
                    raise optuna.TrialPruned

        settings = {
            "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.3, log=True),
            "lambda_l1": trial.suggest_float("lambda_l1", 1e-8, 10.0, log=True),
            "lambda_l2": trial.suggest_float("lambda_l2", 1e-8, 10.0, log=True),
            "num_leaves": trial.suggest_int("num_leaves", 2, 256, log=True),
            "feature_fraction": trial.suggest_float("feature_fraction", 0.4, 1.0),
            "bagging_fraction": trial.suggest_float("bagging_fraction", 0.4, 1.0),
            "bagging_freq": trial.suggest_int("bagging_freq", 1, 7),
            "min_child_samples": trial.suggest_int("min_child_samples", 5, 100),
        }
        stopping = lgb.early_stopping(PATIENCE, verbose=False)
        booster = lgb.train(
            {**self.fixed, **settings},
            self.train,
            ROUNDS,
            valid_sets=[self.validation],
            valid_names=["validation"],
            callbacks=[stopping, report],
        )
        loss = float(booster.best_score["validation"][self.metric])
        if loss < self.best[0]:
            self.best = loss, booster
        return loss


def searched(search: Search, meter: Meter) -> optuna.Study:
    """Try configurations until the budget is spent."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        sampler=optuna.samplers.TPESampler(seed=search.job.seed), pruner=optuna.pruners.MedianPruner(n_warmup_steps=20)
    )
    while meter.cpu < search.job.budget:
        study.optimize(search.trial, n_trials=1)
    return study


def main() -> None:
    """Search."""
    job = read_job()
    search = Search(job)
    meter = start(job)
    study = searched(search, meter)
    figures = meter.figures()
    booster = search.best[1]
    notes = f"{len(study.trials)} trials, best {study.best_params}"
    save(job, booster.predict(search.test), figures, notes, ["optuna", "lightgbm"])


if __name__ == "__main__":
    main()
