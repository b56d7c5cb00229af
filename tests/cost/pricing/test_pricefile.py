"""The project's prices.yaml: laid over the packaged prices, mistakes told with line and key."""

from __future__ import annotations

import datetime as dt
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from workbench.cost.pricing.pricefile import EMPTY, overlaid, packaged
from workbench.cost.pricing.prices import PriceBook
from workbench.errors import ParamsError, PriceError

if TYPE_CHECKING:
    from pathlib import Path

M7I = "aws/us-east-1/m7i.large"
SOURCE = "sources:\n  mine: {origin: our contract, as_of: 2026-10-01, confidence: confirmed}\n"
OWN = """\
sources:
  mine: {origin: our contract, as_of: 2026-10-01, confidence: confirmed}
machines:
  - cloud: aws
    region: us-east-1
    on_demand: mine
    types:
      m7i.large: {on_demand: 0.09}
      m9z.large: {arch: arm64, vcpus: 2, memory_gib: 8, on_demand: 0.08}
"""


def book(text: str) -> PriceBook:
    return PriceBook(overlaid(text))


def test_a_price_of_the_project_replaces_the_packaged_one_and_the_rest_stays() -> None:
    mine = book(OWN)
    price = mine.usd_per_hour(M7I, "on_demand")
    assert (price.usd_per_hour, price.source, price.as_of) == (0.09, "our contract", dt.date(2026, 10, 1))
    spot = mine.usd_per_hour(M7I, "spot")
    assert spot.usd_per_hour == PriceBook.packaged().usd_per_hour(M7I, "spot").usd_per_hour
    assert "skypilot" in spot.source
    assert mine.machine(M7I).vcpus == 2
    assert mine.usd_per_hour("aws/us-east-1/m9z.large", "on_demand").usd_per_hour == 0.08
    assert mine.usd_per_hour("aws/us-east-1/m7i.xlarge", "on_demand").source != "our contract"


def test_a_spot_price_that_is_no_discount_any_more_goes() -> None:
    cheaper = book(OWN.replace("0.09", "0.03"))
    with pytest.raises(PriceError, match="spot is unknown"):
        cheaper.usd_per_hour(M7I, "spot")


def test_a_pattern_of_the_project_is_asked_first() -> None:
    text = SOURCE + 'commitments:\n  - {instances: "aws/*", source: mine, commit_1y: 0.4, commit_3y: 0.6}\n'
    assert book(text).usd_per_hour(M7I, "commit_1y").usd_per_hour == pytest.approx(0.1008 * 0.6)
    assert book(text).usd_per_hour("gcp/us-central1/e2-standard-2", "commit_1y").source != "our contract"


@pytest.mark.parametrize("text", ["", "\n", "# nothing yet\n", EMPTY, "{}\n"])
def test_an_empty_file_changes_nothing(text: str) -> None:
    assert overlaid(text) == packaged()


def test_the_example_in_the_empty_file_is_valid_once_its_marks_are_taken_off() -> None:
    example = EMPTY.split("params.yaml:\n#\n")[1]
    tower = book("\n".join(line.removeprefix("# ") for line in example.splitlines()))
    assert tower.usd_per_hour("local/here/tower", "on_demand").source == "invoice of the tower"
    assert "local/here/tower" in tower.instances


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("machine: []\n", r"prices\.yaml:1, key machine: unknown key.*did you mean machines\?"),
        (OWN.replace("0.09", "0"), r"prices\.yaml:8, key machines\.0\.types\.m7i\.large\.on_demand: .*greater than 0"),
        (OWN.replace("0.09", "cheap"), r"prices\.yaml:8, key .*on_demand: .*number.*Found: 'cheap'"),
        (OWN.replace("0.09", "0.09, spt: 0.1"), r"prices\.yaml:8, key .*m7i\.large\.spt: unknown key.*mean spot"),
        (OWN.replace("on_demand: mine", "on_demand: mein"), r"prices\.yaml:6, key .*no source is called mein.*mine"),
        (OWN.replace("0.09", "0.09, spot: 0.09"), r"prices\.yaml:8, key .*\.spot: .*no discount"),
        (OWN.replace("arch: arm64, ", ""), r"prices\.yaml:9, key .*m9z\.large\.arch: a required key is missing"),
        ("- a\n- b\n", r"prices\.yaml: the prices are not a mapping"),
        ("machines: 3\n", r"prices\.yaml:1, key machines"),
        ("machines: [3]\n", r"prices\.yaml:1, key machines\.0"),
        ("a: [\n", r"prices\.yaml:\d: not valid YAML"),
        (SOURCE + "egress:\n  aws/x: {source: mine, tiers: []}\n", r"prices\.yaml:4, key egress\.aws/x\.tiers"),
    ],
)
def test_a_mistake_is_told_with_line_and_key(text: str, pattern: str) -> None:
    with pytest.raises(ParamsError, match=pattern) as caught:
        overlaid(text)
    assert caught.value.exit_code == 2


def test_the_project_is_found_from_a_folder_below(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    below = tmp_path / "notebooks"
    below.mkdir()
    monkeypatch.chdir(below)
    assert PriceBook.load() == PriceBook.packaged()
    (tmp_path / "params.yaml").write_text("", encoding="utf-8")
    assert PriceBook.load() == PriceBook.packaged()
    (tmp_path / "prices.yaml").write_text(OWN, encoding="utf-8")
    assert PriceBook.load().usd_per_hour(M7I, "on_demand").usd_per_hour == 0.09
    assert PriceBook.load(tmp_path) == PriceBook.load()
    (tmp_path / "prices.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ParamsError, match="not UTF-8"):
        PriceBook.load()


def test_every_source_that_is_listed_is_named_somewhere() -> None:
    named = {name for _, name in packaged().named_sources()}
    assert sorted(set(packaged().sources) - named) == []


def test_the_packaged_file_keeps_to_the_forms_of_a_project_file() -> None:
    text = files("workbench.cost").joinpath("prices.yaml").read_text(encoding="utf-8")
    assert overlaid(text).sources == packaged().sources
