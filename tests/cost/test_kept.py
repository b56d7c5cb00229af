"""A model keeps the profile that was measured of its bytes; anything else measured means another profile."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.cost.models import boosted, table
from workbench.cost import Measurement, ScoringProfile, kept
from workbench.cost.basis import Basis, bases
from workbench.cost.kept import Found

if TYPE_CHECKING:
    from workbench.model import Model

MODELS = {"a": boosted(3), "b": boosted(6)}


def found_by(
    models: dict[str, Model], former: pl.DataFrame | None, frame: pl.DataFrame | None = None, *, anew: bool = False
) -> dict[str, Found]:
    return dict(kept.profiles(models, table() if frame is None else frame, former, anew=anew, seconds=0.02))


def test_a_model_is_measured_once() -> None:
    first = found_by(MODELS, None)
    assert {one.why for one in first.values()} == {"never measured before"}
    former = kept.to_keep(first, None)
    again = found_by(MODELS, former)
    assert {one.why for one in again.values()} == {""}
    assert {name: dataclasses.replace(one, why="") for name, one in first.items()} == again
    assert_frame_equal(kept.figures(again).sort("id"), kept.figures(first).sort("id"), check_exact=True)
    assert_frame_equal(kept.to_keep(again, former), former, check_exact=True)


def test_an_id_means_nothing_and_equal_models_have_one_profile() -> None:
    first = found_by({"a": MODELS["a"], "twin": MODELS["a"]}, None)
    assert first["a"] == first["twin"]
    renamed = found_by({"c": MODELS["a"], "a": MODELS["b"]}, kept.to_keep(first, None))
    assert renamed["c"].measurement == first["a"].measurement
    assert (renamed["c"].why, renamed["a"].why) == ("", "never measured before")


def test_other_rows_are_another_profile_but_columns_no_model_reads_are_not() -> None:
    former = kept.to_keep(found_by(MODELS, None), None)
    wider = table().with_columns(unused=pl.lit("x"))
    assert {one.why for one in found_by(MODELS, former, wider).values()} == {""}
    for other in (table().reverse(), table().head(500), table().with_columns(pl.col("number").cast(pl.Float32))):
        assert {one.why for one in found_by(MODELS, former, other).values()} == {"measured on other rows before"}


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Basis)])
def test_whatever_differs_is_measured_again_and_named(name: str) -> None:
    frame = kept.to_keep(found_by(MODELS, None), None)
    other = pl.lit(7) if frame.schema[name] == pl.Int64 else pl.lit("another")
    now = found_by(MODELS, frame.with_columns(other.cast(frame.schema[name]).alias(name)))
    assert {one.why for one in now.values()} == {kept._WHY[name]}


def test_asked_for_is_measured_again_and_replaces_what_was_kept() -> None:
    former = kept.to_keep(found_by(MODELS, None), None).with_columns(
        latency_p50_ms=pl.lit(99.0), measured_at=pl.lit("2026-01-01T00:00:00+00:00")
    )
    anew = found_by(MODELS, former, anew=True)
    assert {one.why for one in anew.values()} == {"asked for"}
    after = kept.to_keep(anew, former)
    assert after.height == former.height
    assert after["latency_p50_ms"].max() < 99  # type: ignore[operator]  # a float


def test_a_table_of_another_form_holds_nothing() -> None:
    former = kept.to_keep(found_by(MODELS, None), None)
    for other in (former.drop("spread"), former.rename({"machine": "host"}), pl.DataFrame()):
        assert {one.why for one in found_by(MODELS, other).values()} == {"never measured before"}


def test_profiles_of_models_that_are_gone_are_kept_the_newest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    former = kept.to_keep(found_by({"a": MODELS["a"]}, None), None)
    old = former.with_columns(measured_at=pl.lit("2026-01-01T00:00:00+00:00"))
    now = found_by({"b": MODELS["b"]}, old)
    assert kept.to_keep(now, old).height == 2
    monkeypatch.setattr(kept, "MOST_KEPT", 1)
    assert kept.to_keep(now, old)["model_sha256"].to_list() == [now["b"].basis.model_sha256]


def test_the_report_says_from_when_profiles_are_and_where_the_machine_was_busy() -> None:
    basis = bases({"a": MODELS["a"]}, table())["a"]
    profile = ScoringProfile(1, 1, 1, 1, 1, 1, 1, 1)
    calm, busy, uneven = Measurement(profile, 1.0, 1.0), Measurement(profile, 2.04, 1.5), Measurement(profile, 1.0, 1.3)
    found = {
        "a": Found(basis, calm, "2026-11-24T09:05:59+00:00"),
        "b": Found(basis, busy, "2026-11-25T10:00:00+00:00"),
        "c": Found(basis, uneven, "2026-11-25T11:00:00+00:00", "never measured before"),
    }
    said = kept.told(found)
    assert "2 profiles from 2026-11-24 09:05 UTC to 2026-11-25 10:00 UTC" in said
    assert "1 profile measured now (never measured before): c." in said
    assert "b (2.0 s on the clock for a second of work), c (rounds 30% apart)" in said
    assert "cost.profiles=anew" in said
    quiet = kept.told({"a": found["a"]})
    assert "1 profile of 2026-11-24 09:05 UTC" in quiet
    assert "busy" not in quiet
