from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl
import pytest

from tests.cost.advice.situations import NOW, runs, situation
from workbench.cost.advice import KEYS, SUBJECTS, Advice, Advised, Gap, Situation, advise
from workbench.cost.advice.ranking import checked_keys
from workbench.errors import ParamsError, UsageError
from workbench.params.advise import AdviseParams
from workbench.params.cost import CostParams
from workbench.params.reading import read_file

if TYPE_CHECKING:
    from pathlib import Path


def test_every_subject_has_its_key() -> None:
    assert tuple(SUBJECTS) == KEYS
    for key, look in SUBJECTS.items():
        assert {finding.key for finding in look(situation())} <= {key}


def test_the_dearest_comes_first() -> None:
    found = advise(situation())
    saved = [item.usd_per_month for item in found.advice]
    assert len(saved) > 2
    assert saved == sorted(saved, reverse=True)
    assert all(item.usd_per_month >= found.least_usd_per_month for item in found.advice)
    assert all(item.usd_per_month < found.least_usd_per_month for item in found.too_small)


def test_advice_on_one_bill_is_not_added_up() -> None:
    found = advise(situation())
    serving = [item.usd_per_month for item in found.advice if item.bill == "serving"]
    stages = [item.usd_per_month for item in found.advice if item.bill == "stages"]
    assert len(serving) > 1
    assert found.at_most_usd_per_month == pytest.approx(max(serving) + max(stages, default=0.0))
    assert found.at_most_usd_per_month < sum(serving)


def named(found: Advised) -> set[str]:
    return {item.key for item in (*found.advice, *found.too_small, *found.settled, *found.gaps)}


@pytest.mark.parametrize("key", KEYS)
def test_every_subject_can_be_turned_off(key: str) -> None:
    assert key in named(advise(situation()))
    for found in (advise(situation(), [key]), advise(situation(advise=AdviseParams(off=(key,))))):
        assert named(found) == named(advise(situation())) - {key}
        assert found.off == (key,)


def test_no_advice_goes_without_its_assumption() -> None:
    for item in (*advise(situation()).advice, *advise(situation()).too_small):
        assert all(text.strip() for text in item.assumptions)
        assert item.evidence
        assert item.risk
    for empty in ((), ("  ",)):
        with pytest.raises(ValueError, match="states no assumption"):
            Advice("spot", "do", 1.0, "e", empty, "r", "stages")


def test_what_is_below_the_least_saving_is_left_out_and_named() -> None:
    found = advise(situation(advise=AdviseParams(least_usd_per_month=1000.0)))
    assert not found.advice
    assert {item.key for item in found.too_small} >= {"spot", "serverless"}


def test_an_empty_project_gets_gaps_and_no_advice() -> None:
    empty = Situation(NOW, situation().book, CostParams())
    found = advise(empty)
    assert not found.advice
    assert not found.too_small
    assert {item.key for item in found.gaps} == set(KEYS) - {"commitment"}
    assert all(isinstance(item, Gap) and item.needs for item in found.gaps)


def test_stale_prices_are_noted() -> None:
    assert any("stale price" in note for note in advise(situation()).notes)


def test_it_is_plain_json() -> None:
    tree = json.loads(json.dumps(advise(situation()).to_json()))
    assert [item["rank"] for item in tree["advice"]] == list(range(1, len(tree["advice"]) + 1))
    assert {"key", "action", "usd_per_month", "evidence", "assumptions", "risk", "bill"} <= set(tree["advice"][0])


def test_an_unknown_key_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean spot"):
        checked_keys(["spott"])
    assert checked_keys(["spot", "batch"]) == ("spot", "batch")


def test_params_refuse_an_unknown_subject(tmp_path: Path) -> None:
    text = "ingest: {sources: {a: {path: a.csv}}, table: a, target: y}\nadvise: {off: [sport]}\n"
    (tmp_path / "params.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ParamsError, match="spot"):
        read_file(tmp_path / "params.yaml")


def test_a_candidate_without_profile_leaves_serving_alone() -> None:
    bare = pl.DataFrame([{"id": "b01", "train_cpu_seconds": 1.0}])
    found = advise(situation(candidates=bare, runs=runs(20)))
    assert not [item for item in found.advice if item.bill == "serving"]
    assert "serverless" in {item.key for item in found.gaps}
