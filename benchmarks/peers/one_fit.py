"""Trains one booster and prints the seconds: LightGBM as imported, or through this project's door."""

from __future__ import annotations

import json
import sys
import time

import polars as pl

from workbench.model import Roles, class_texts, encode, encode_labels, fit_features, lightgbm
from workbench.model.encode import categorical_inputs


def main() -> None:
    """Read, encode, train; only the training is timed."""
    job = json.loads(sys.argv[1])
    if job["way"] == "imported":
        import lightgbm as engine  # noqa: PLC0415 - the way that is measured
    else:
        engine = lightgbm()
    train = pl.read_parquet(job["tables"]["train"])
    number = job["task"] == "regression"
    classes = () if number else tuple(class_texts(train[job["target"]]).unique().sort().to_list())
    names = tuple(name for name in train.columns if name != job["target"])
    features = fit_features(train, names).features
    labels = encode_labels(train, Roles(job["target"], "regression" if number else "multiclass", classes, names))
    labels = labels if number else labels == 1
    values = encode(features, train).values
    params = {"objective": "regression" if number else "binary", "num_threads": 2, "verbosity": -1, "num_leaves": 63}
    dataset = engine.Dataset(values, labels, categorical_feature=categorical_inputs(features), params=params)
    dataset.construct()
    started = time.perf_counter()
    engine.train(params, dataset, job["rounds"])
    print(time.perf_counter() - started)


if __name__ == "__main__":
    main()
