"""Made-up tables: as much is known of their labels as of the real ones, and their words are as many."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from workbench.model import Roles, fit_features
from workbench.stages.forecasting import standin

ROWS = 1_500


def whole() -> pl.DataFrame:
    """Make a table whose labels are right three times out of four, with a number of its own in each row."""
    rng = np.random.default_rng(0)
    x = rng.random(20 * ROWS)
    right = rng.random(x.size) < 0.75
    place = rng.integers(0, 300, x.size)
    return pl.DataFrame(
        {
            "x": x,
            "place": [f"p{each}" for each in place],
            "name": [f"n{each}" for each in range(x.size)],
            "late": (x > 0.4) == right,
            "size": np.where(x > 0.4, "large", "small"),
            "price": 100 * x + rng.normal(0, 5, x.size),
        }
    )


def studied(target: str) -> standin.Sample:
    table = whole()
    task = "regression" if target == "price" else "binary"
    classes = {"late": ("false", "true"), "size": ("large", "small"), "price": ()}[target]
    roles = Roles(target, task, classes, ("x", "place", "name"))
    return standin.study(table[:ROWS], fit_features(table, roles.features).features, roles)


def agreement(made: pl.DataFrame, sample: pl.DataFrame, target: str) -> float:
    """Give the share of made-up rows with the label that the row with the same number has in the sample."""
    label = dict(zip(sample["x"], sample[target], strict=True))
    return float(np.mean([label[x] == value for x, value in zip(made["x"], made[target], strict=True)]))


def test_noise_is_drawn_anew_and_what_is_known_stays() -> None:
    sample = studied("late")
    made = sample.stand_in(10 * ROWS, 1)
    assert made.schema == sample.frame.schema
    assert agreement(made, sample.frame, "late") < 0.75, "copies would agree always, two independent draws in 62 %"
    right = float(((made["x"] > 0.4) == made["late"]).mean())
    assert right == pytest.approx(0.75, abs=0.03)


def test_no_row_is_guessed_by_a_model_that_learned_from_it() -> None:
    sample = studied("late")
    given = np.where(sample.frame["late"].to_numpy(), sample.guesses, 1 - sample.guesses)
    assert float(given.mean()) == pytest.approx(0.625, abs=0.03), "a model that knew the row would give its label more"


def test_labels_without_noise_stay_what_they_are() -> None:
    sample = studied("size")
    made = sample.stand_in(10 * ROWS, 1)
    assert agreement(made, sample.frame, "size") > 0.97


def test_numbers_are_drawn_from_rows_alike() -> None:
    sample = studied("price")
    made = sample.stand_in(10 * ROWS, 1)
    assert agreement(made, sample.frame, "price") < 0.1
    left = made["price"].to_numpy() - 100 * made["x"].to_numpy()
    assert 4.5 < float(np.std(left)) < 9, "the noise of the table, and a little more that the small model does not know"


def test_a_seed_makes_the_same_table() -> None:
    sample = studied("late")
    assert sample.stand_in(500, 3).equals(sample.stand_in(500, 3))
    assert not sample.stand_in(500, 3).equals(sample.stand_in(500, 4))


def test_there_are_as_many_categories_as_in_the_whole_table() -> None:
    sample = studied("late")
    made = sample.stand_in(20 * ROWS, 1)
    table = fit_features(made, ("x", "place", "name"))
    assert len(table.features[1].categories) == 300
    assert "name" in table.dropped, "names of the sample, drawn twenty times each, would be categories"


def test_words_that_the_sample_does_not_show_come_as_often_as_new_ones() -> None:
    words = pl.Series("w", ["a"] * 60 + ["b"] * 20 + [f"c{i}" for i in range(20)] + [None] * 50)
    known = ("a", "b", *(f"c{i}" for i in range(40)))
    rng = np.random.default_rng(0)
    made = standin.words_drawn(words, known, rng.integers(0, 150, 15_000), rng)
    assert made.null_count() == pytest.approx(5_000, rel=0.1)
    new = made.is_in([f"c{i}" for i in range(20, 40)]).sum()
    assert new == pytest.approx(0.2 * 10_000, rel=0.1)
    assert set(made.drop_nulls()) == set(known)


def test_rare_words_stay_rare() -> None:
    words = pl.Series("w", [f"id {i}" for i in range(100)])
    rng = np.random.default_rng(0)
    assert standin.words_drawn(words, (), rng.integers(0, 100, 2_000), rng).is_unique().all()
