"""Ratios and products in a search: tried where they may help, kept where they do, and grown again to the byte."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.train.tables import BINARY, table
from workbench.errors import ModelError
from workbench.model import Pair, Roles, encode, encode_labels, fit_features, lightgbm, widened
from workbench.model.boosters import model_text
from workbench.params.train import Budget, TrainParams, Validation
from workbench.train import SearchPlan, dependence, importance, pairing, search
from workbench.train.alarm import gain_shares
from workbench.train.fitting import bin_rows
from workbench.train.goal import goal_of
from workbench.train.material import prepare
from workbench.train.pairing import strongest_pairs
from workbench.train.plan import TrialRecord
from workbench.train.portfolio import WITH_PAIRS, varied
from workbench.train.proposals import proposals

RATES = Roles("rate", "regression", (), ("paid", "owed", "word", "noise"))
ONE_TRIAL = TrainParams(budget=Budget(trials=1), seed=3, diagnose="off", pairs="off")
TRIALS = TrainParams(budget=Budget(trials=5), seed=3, diagnose="off")


def rates(rows: int, seed: int) -> pl.DataFrame:
    """Rows whose value rises and falls with the ratio of two columns, which trees draw as a staircase."""
    rng = np.random.default_rng(seed)
    paid, owed = rng.uniform(1, 4, rows), rng.uniform(1, 4, rows)
    word = rng.choice(["ant", "bee"], size=rows)
    rate = 2 * np.sin(6 * np.log(paid / owed)) + (word == "bee") + 0.3 * rng.normal(size=rows)
    return pl.DataFrame({"paid": paid, "owed": owed, "word": word, "noise": rng.normal(size=rows), "rate": rate})


@pytest.fixture(scope="module")
def parts() -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    return rates(800, 1), rates(400, 2), rates(1000, 3)


def _loss(result: object, test: pl.DataFrame) -> float:
    model = result.best.model  # type: ignore[attr-defined]
    return float(np.sqrt(np.mean((model.predict(test) - encode_labels(test, RATES)) ** 2)))


@pytest.mark.parametrize("by", ["holdout", "kfold"])
def test_a_ratio_is_found_and_grown_again(parts: tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame], by: str) -> None:
    train, validation, test = parts
    params = TRIALS.model_copy(update={"validation": Validation(by=by, folds=2)})
    found = search(train, validation, RATES, params)
    assert Pair("ratio", 0, 1) in found.plan.pairs or Pair("ratio", 1, 0) in found.plan.pairs
    assert [trial.pairs for trial in found.plan.trials] == [False, *[True] * 4]
    assert found.baseline.model.pairs == ()
    assert found.best.model.pairs == found.plan.pairs
    without = search(train, validation, RATES, params.model_copy(update={"pairs": "off"}))
    assert not any(trial.pairs for trial in without.plan.trials)
    assert _loss(found, test) < 0.9 * _loss(without, test)
    plan = SearchPlan.from_yaml(found.plan.to_yaml())
    again = search(train, validation, RATES, params, plan=plan)
    assert again.replayed
    assert [one.model.dumps() for one in again.candidates] == [one.model.dumps() for one in found.candidates]
    assert "paid" in found.pairs_sentence
    assert "No trial saw" in without.pairs_sentence


def test_a_blend_of_boosters_with_and_without_pairs_says_what_it_looks_at(
    parts: tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame],
) -> None:
    train, validation, test = parts
    found = search(train, validation, RATES, TRIALS)
    weights = importance(found.best.model, test)
    assert weights.names == RATES.features
    assert weights.gain.sum() == pytest.approx(1)
    assert set(weights.strongest(2)) == {"paid", "owed"}
    curve = dependence(found.best.model, test, ["paid"]).curves[0]
    assert np.ptp(curve.mean) > 0.1


def test_pairs_that_help_nothing_are_seen_by_one_trial_only() -> None:
    worse = rates(800, 1).with_columns(rate=pl.col("paid").round() + pl.col("owed").round())
    held = rates(400, 2).with_columns(rate=pl.col("paid").round() + pl.col("owed").round())
    found = search(worse, held, RATES, TRIALS)
    assert [trial.name for trial in found.plan.trials if trial.pairs] == ["pairs"]


def test_variants_of_columns_alone_see_columns_alone() -> None:
    rng = np.random.default_rng(0)
    setups = [varied(replace(WITH_PAIRS, name="mild"), rng, turn) for turn in range(50)]
    assert not any(setup.pairs for setup in setups)
    seen = [varied(replace(WITH_PAIRS, name="mild"), rng, turn, pairs=True).pairs for turn in range(200)]
    assert 20 < seen.count(False) < 70  # a fifth of them


class _Refusing:
    def choose_pairs(self) -> int:
        return 3

    def pairs_help(self) -> bool | None:
        return False


class _Open(_Refusing):
    def pairs_help(self) -> bool | None:
        return None


def test_where_it_is_open_every_other_configuration_sees_pairs() -> None:
    material = prepare(table(300, 1), table(100, 2), BINARY)
    given = list(islice(proposals(bin_rows(material, goal_of(BINARY, "auto")), 0, [], _Open()), 15))
    assert [setup.pairs for setup in given] == [False, True, *[False, True] * 6, False]


def test_defaults_with_pairs_are_nobodys_parent() -> None:
    material = prepare(table(300, 1), table(100, 2), BINARY)
    bins = bin_rows(material, goal_of(BINARY, "auto"))
    done: list[TrialRecord] = []
    given = proposals(bins, 0, done, _Refusing())
    for number, setup in enumerate(islice(given, 60)):
        assert setup.pairs == (setup.name == "pairs")
        loss = {"baseline": 1.0, "pairs": 0.9}.get(setup.name, 2.0 + number)
        shared: dict[str, Any] = {
            "settings": {},
            "segment_rounds": None,
            "seconds": 1,
            "cpu_seconds": 1,
            "rounds": 9,
            "best_round": 9,
        }
        losses = dict.fromkeys(("loss", "validation", "leaders_loss", "leaders_validation"), loss)
        done.append(TrialRecord(booster=f"b{number:02d}", name=setup.name, seed=0, **shared, **losses))
    assert [trial.name for trial in done[:2]] == ["baseline", "pairs"]
    assert not any(trial.name.startswith("pairs~") for trial in done)


@pytest.mark.parametrize(("pairs", "seen"), [((), True), ((Pair("ratio", 0, 1),), False)])
def test_a_plan_whose_trials_and_pairs_disagree_is_damaged(pairs: tuple[Pair, ...], seen: bool) -> None:
    found = search(table(300, 1), table(100, 2), BINARY, ONE_TRIAL)
    trial = found.plan.trials[0].model_copy(update={"pairs": seen})
    text = found.plan.model_copy(update={"pairs": pairs, "trials": (trial,)}).to_yaml()
    with pytest.raises(ModelError, match="plan is damaged"):
        SearchPlan.from_yaml(text)


def test_a_leak_does_not_hide_in_its_pairs() -> None:
    frame = rates(800, 1)
    features = fit_features(frame, RATES.features).features
    wide = widened(encode(features, frame).values, [Pair("product", 0, 1)])
    text = model_text(lightgbm().train({"verbosity": -1}, lightgbm().Dataset(wide, wide[:, 4] + wide[:, 0]), 20), 20)
    alone = gain_shares(text, features, [Pair("product", 0, 1)])
    assert sum(alone.values()) == pytest.approx(1)
    assert alone["paid"] > 0.95


def test_constraints_and_several_processes_see_columns_alone(
    parts: tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame],
) -> None:
    train, validation, _ = parts
    bound = TRIALS.model_copy(update={"monotone": {"paid": 1}, "budget": Budget(trials=3)})
    assert not any(trial.pairs for trial in search(train, validation, RATES, bound).plan.trials)


def test_trying_them_must_be_affordable(
    parts: tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    train, validation, _ = parts
    small = TRIALS.model_copy(update={"budget": Budget(cpu_seconds=0.3)})
    assert not any(trial.pairs for trial in search(train, validation, RATES, small).plan.trials)
    monkeypatch.setattr(pairing, "MOST_CELLS", 800 * 4)
    two = TRIALS.model_copy(update={"budget": Budget(trials=2)})
    assert not any(trial.pairs for trial in search(train, validation, RATES, two).plan.trials)


def test_only_quantities_are_paired_and_no_pair_repeats_an_order() -> None:
    rng = np.random.default_rng(0)
    wide, flat = np.exp(3 * rng.normal(size=3000)), 1 + 0.01 * rng.random(3000)
    frame = pl.DataFrame(
        {"wide": wide, "flat": flat, "code": rng.integers(0, 5, 3000), "word": rng.choice(["a", "b"], 3000)}
    )
    features = fit_features(frame, tuple(frame.columns)).features
    values = encode(features, frame).values
    rows = lightgbm().Dataset(values, np.log(wide) + 100 * flat + frame["code"].to_numpy(), categorical_feature=[3])
    text = model_text(lightgbm().train({"verbosity": -1}, rows, 20), 20)
    assert strongest_pairs(text, features, frame) == ()
    other = frame.with_columns(flat=pl.Series(np.exp(3 * rng.normal(size=3000))))
    assert {(pair.kind, pair.left, pair.right) for pair in strongest_pairs(text, features, other)} == {
        ("ratio", 0, 1),
        ("product", 0, 1),
    }
