"""Scenarios: nested or dotted alike, mistakes with their line, and no stage that depends on them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from workbench.errors import ParamsError
from workbench.params.cost import CostParams, Traffic
from workbench.params.decide import Limits
from workbench.params.dotted import undotted
from workbench.params.reading import Params, ParamsFile, json_schema, read_file
from workbench.params.scenarios import AS_STATED, Scenario, ScenariosParams
from workbench.params.tree import leaves, parse

MINIMAL = "ingest:\n  sources: {a: {path: a.csv}}\n  table: a\n  target: y\n"
ROOT = Path(__file__).resolve().parents[2]
COST = CostParams(traffic=Traffic(requests_per_day=1000, rows_per_request=2), retrains_per_month=3)
VALUES = {
    "cost.traffic.requests_per_day": 5000.0,
    "cost.traffic.rows_per_request": 7,
    "cost.error_usd.false_negative": 2.5,
    "cost.purchase": "spot",
    "cost.serving.min_machines": 2,
    "decide.limits.latency_p99_ms": 4.0,
    "decide.limits.size_bytes": None,
    "prices.machine": 1.5,
}

MISTAKES = {
    "unknown section": ("  launch:\n    train.seed: 3\n", r"yaml:7, key scenarios\.launch\.train: unknown key"),
    "unknown dotted key": (
        "  launch:\n    probability: 0.1\n    cost.traffic.request_per_day: 5\n",
        r"yaml:8, key scenarios\.launch\.cost\.traffic\.request_per_day: unknown.*did you mean requests_per_day\?",
    ),
    "unknown nested key": (
        "  launch:\n    cost:\n      traffic:\n        row_per_request: 5\n",
        r"yaml:9, key scenarios\.launch\.cost\.traffic\.row_per_request: unknown.*did you mean rows_per_request\?",
    ),
    "unknown key below a nested one": (
        "  launch:\n    cost:\n      error_usd.false_positiv: 5\n",
        r"yaml:8, key scenarios\.launch\.cost\.error_usd\.false_positiv: unknown.*did you mean false_positive\?",
    ),
    "unknown limit": (
        "  strict: {decide.limits.latency_p99: 5}\n",
        r"yaml:6, key scenarios\.strict\.decide\.limits\.latency_p99: unknown.*did you mean latency_p99_ms\?",
    ),
    "a choice is no term": (
        "  launch:\n    decide.candidate: b01\n",
        r"yaml:7, key scenarios\.launch\.decide\.candidate: unknown key\. Expected: one of limits",
    ),
    "unknown price": (
        "  dear: {prices: {machines: 2}}\n",
        r"yaml:6, key scenarios\.dear\.prices\.machines: unknown key.*did you mean machine\?",
    ),
    "text for a number": (
        "  a:\n    cost.retrains_per_month: often\n",
        r"yaml:7, key scenarios\.a\.cost\.retrains_per_month: Input should be a number\. Found: 'often'",
    ),
    "negative price": (
        "  a: {prices: {machine: -1}}\n",
        r"key scenarios\.a\.prices\.machine: .*equal to 0\. Found: -1",
    ),
    "endless price": ("  a: {prices: {machine: .inf}}\n", r"key scenarios\.a\.prices\.machine: .*finite"),
    "probability above 1": (
        "  a: {probability: 2}\n",
        r"yaml:6, key scenarios\.a\.probability: .*equal to 1\. Found: 2",
    ),
    "probabilities above 1": (
        "  a: {probability: 0.6}\n  b: {probability: 0.5}\n",
        r"yaml:5, key scenarios: the probabilities sum to 1\.1, more than 1",
    ),
    "one probability only": (
        "  a: {probability: 0.6}\n  b: {}\n",
        r"key scenarios: give a probability to every scenario or to none; 'b' has none",
    ),
    "the one that is always there": ("  as stated: {}\n", r"key scenarios: the scenario 'as stated' is always there"),
    "cells of one's own": ("  a: {cost.notebook: {x: 1}}\n", r"key scenarios\.a: .*cost\.notebook is none"),
    "how it is measured": ("  a: {cost.profiles: anew}\n", r"key scenarios\.a: .*cost\.profiles is none"),
    "given twice": (
        "  a:\n    cost.traffic.rows_per_request: 1\n    cost: {traffic: {rows_per_request: 2}}\n",
        r"yaml:8, key scenarios\.a\.cost\.traffic\.rows_per_request: the value is given twice",
    ),
    "value and section": (
        "  a:\n    cost.traffic: 1\n    cost.traffic.rows_per_request: 2\n",
        r"yaml:8, key scenarios\.a\.cost\.traffic: the value is given twice",
    ),
    "no mapping": ("  a: 3\n", r"yaml:6, key scenarios\.a: the value should be a mapping"),
    "no mappings": ("  [a, b]\n", r"yaml:5, key scenarios: the value should be a mapping"),
    "empty part": ("  a: {cost..traffic: 1}\n", r"yaml:6, key scenarios\.a\.cost\.\.traffic: unknown key"),
}


def read(folder: Path, text: str, *overrides: str) -> ParamsFile:
    path = folder / "params.yaml"
    path.write_text(f"{MINIMAL}scenarios:\n{text}", encoding="utf-8")
    return read_file(path, overrides)


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_names_line_and_key(tmp_path: Path, name: str) -> None:
    text, expected = MISTAKES[name]
    with pytest.raises(ParamsError) as caught:
        read(tmp_path, text)
    assert re.search(expected, str(caught.value)), str(caught.value)


@given(st.data())
def test_dots_and_nesting_say_the_same(data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.sampled_from(sorted(VALUES)), unique=True, min_size=1))
    written: dict[str, Any] = {}
    nested: dict[str, Any] = {}
    for key in chosen:
        parts = key.split(".")
        cuts = data.draw(st.lists(st.integers(1, len(parts) - 1), unique=True).map(sorted)) if len(parts) > 1 else []
        put(written, [".".join(parts[a:b]) for a, b in zip([0, *cuts], [*cuts, len(parts)], strict=True)], VALUES[key])
        put(nested, parts, VALUES[key])
    tree = undotted(parse(dumped({"scenarios": {"s": written}}), "params.yaml"), "params.yaml")
    found = Scenario.model_validate(tree["scenarios"]["s"])
    assert found == Scenario.model_validate(nested)
    assert dict(leaves(found.model_dump())) == {tuple(key.split(".")): VALUES[key] for key in chosen}


def put(tree: dict[str, Any], parts: list[str], value: object) -> None:
    *above, last = parts
    for part in above:
        tree = tree.setdefault(part, {})
    tree[last] = value


def dumped(tree: object) -> str:
    import io  # noqa: PLC0415 - only here

    target = io.StringIO()
    YAML(typ="safe", pure=True).dump(tree, target)
    return target.getvalue()


def test_values_know_their_lines(tmp_path: Path) -> None:
    text = "  a:\n    cost.retrains_per_month: 1\n    cost:\n      traffic.rows_per_request: 3\n"
    origins = read(tmp_path, text).origins
    assert origins["scenarios.a.cost.retrains_per_month"] == "params.yaml:7"
    assert origins["scenarios.a.cost.traffic.rows_per_request"] == "params.yaml:9"
    assert sum(key.startswith("scenarios.") for key in origins) == 2, "what a scenario leaves alone has no line"


def test_set_states_a_scenario_too(tmp_path: Path) -> None:
    found = read(tmp_path, "  {}\n", "scenarios.a.cost.retrains_per_month=5")
    assert found.params.scenarios.root["a"].cost.retrains_per_month == 5
    assert found.origins["scenarios.a.cost.retrains_per_month"] == "--set"


def test_a_shared_scenario_is_built_upon(tmp_path: Path) -> None:
    text = "  a: &a {cost.retrains_per_month: 5}\n  b:\n    <<: *a\n    prices: {egress: 2}\n"
    found = read(tmp_path, text).params.scenarios.root
    assert found["b"].cost == found["a"].cost
    assert found["b"].prices.egress == 2


@given(st.lists(st.sampled_from(sorted(VALUES)), unique=True))
def test_terms_change_in_what_is_given_and_in_nothing_else(chosen: list[str]) -> None:
    nested: dict[str, Any] = {}
    for key in chosen:
        put(nested, key.split("."), VALUES[key])
    limits = Limits(latency_p99_ms=9, size_bytes=1000, usd_per_month=50)
    cost, bounds = Scenario.model_validate(nested).terms(COST, limits)
    before = dict(leaves({"cost": COST.model_dump(), "decide": {"limits": limits.model_dump()}}))
    after = dict(leaves({"cost": cost.model_dump(), "decide": {"limits": bounds.model_dump()}}))
    changed = {path: value for path, value in after.items() if value != before[path]}
    assert changed == {tuple(key.split(".")): VALUES[key] for key in chosen if not key.startswith("prices.")}


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_the_terms_as_stated_have_the_rest_of_the_probability(shares: list[float]) -> None:
    total = max(1.0, sum(shares))
    given_ = {f"s{at}": {"probability": share / total} for at, share in enumerate(shares)}
    found = ScenariosParams.model_validate(given_).in_order()
    assert found[0][0] == AS_STATED
    assert sum(scenario.probability or 0.0 for _, scenario in found) == pytest.approx(1, abs=1e-6)


def test_without_scenarios_there_are_the_terms_as_stated() -> None:
    ((name, scenario),) = ScenariosParams().in_order()
    assert name == AS_STATED
    assert scenario.probability is None
    assert scenario.terms(COST, Limits()) == (COST, Limits())


def test_the_schema_for_editors_knows_dotted_keys() -> None:
    scenario = json_schema()["$defs"]["Scenario"]
    (pattern,) = scenario["patternProperties"]
    for key in ("cost.traffic.requests_per_day", "decide.limits.size_bytes"):
        assert re.search(pattern, key)
    for key in ("decide.candidate", "train.seed", "cost", "costs.traffic"):
        assert not re.search(pattern, key)
    assert {"cost", "decide", "prices", "probability"} == set(scenario["properties"])


def test_no_stage_depends_on_scenarios() -> None:
    stages = YAML(typ="safe", pure=True).load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    assert "scenarios" in Params.model_fields
    for stage in stages.values():
        assert not any(key.startswith("scenarios") for key in stage.get("params", []))
        assert not any("scenarios" in str(path) for path in stage["deps"])
