from __future__ import annotations

from importlib.resources import files

import polars as pl
import pytest
from pydantic import ValidationError
from ruamel.yaml import YAML

from workbench.cost import PURCHASES, PriceBook
from workbench.cost.pricing.pricelist import PriceList
from workbench.errors import PriceError
from workbench.params.cost import CostParams

BOOK = PriceBook.packaged()
M7I = "aws/us-east-1/m7i.large"


def tree() -> dict[str, object]:
    text = files("workbench.cost").joinpath("prices.yaml").read_text(encoding="utf-8")
    return YAML(typ="safe", pure=True).load(text)


def test_a_price_says_what_it_rests_on() -> None:
    price = BOOK.usd_per_hour(M7I, "on_demand")
    assert price.usd_per_hour == 0.1008
    assert price.basis == "aws us-east-1 m7i.large on demand, 2026-07-20"
    assert price.confidence == "confirmed"
    assert "karpenter" in price.source


def test_every_price_in_the_book_is_positive_and_has_a_source() -> None:
    for instance in BOOK.instances:
        for purchase in BOOK.purchases(instance):
            price = BOOK.usd_per_hour(instance, purchase)
            assert price.usd_per_hour > 0
            assert price.source
            assert instance.rsplit("/", 1)[-1] in price.basis


def test_the_default_parameters_have_a_price_however_they_pay() -> None:
    assert BOOK.purchases(CostParams().instance) == PURCHASES


def test_every_other_way_to_pay_is_a_discount() -> None:
    for instance in BOOK.instances:
        for purchase in set(BOOK.purchases(instance)) - {"serverless"}:
            usd = BOOK.usd_per_hour(instance, purchase).usd_per_hour
            assert usd <= BOOK.usd_per_hour(instance, "on_demand").usd_per_hour
            assert purchase == "on_demand" or usd < BOOK.usd_per_hour(instance, "on_demand").usd_per_hour


def test_a_confirmed_discount_is_told_from_a_default_one() -> None:
    default = BOOK.usd_per_hour(M7I, "commit_1y")
    assert default.usd_per_hour == pytest.approx(0.1008 * 0.73)
    assert default.confidence == "secondary"
    assert "a default" in default.basis
    confirmed = BOOK.usd_per_hour("gcp/us-central1/a2-highgpu-1g", "commit_3y")
    assert confirmed.usd_per_hour == pytest.approx(3.673385 * 0.35)
    assert confirmed.confidence == "confirmed"


@pytest.mark.parametrize(
    ("instance", "purchase", "pattern"),
    [
        ("aws/us-east-1/p5.4xlarge", "spot", r"spot is unknown.*one of on_demand.*p5\.48xlarge has one"),
        ("aws/us-east-1/p5e.48xlarge", "on_demand", r"price of aws/us-east-1/p5e\.48xlarge is unknown.*p5en"),
        ("aws/us-east-1/p5.48xlarge", "commit_1y", "committed for 1 year is unknown"),
        ("azure/eastus/Standard_NC40ads_H100_v5", "spot", "spot is unknown"),
        ("azure/eastus/Standard_D2s_v5", "commit_3y", "committed for 3 years is unknown"),
        ("aws/us-east-1/m7i.lrge", "on_demand", r"did you mean aws/us-east-1/m7i\.large"),
        ("m7i.large", "on_demand", r"Expected: cloud/region/type.*did you mean aws/us-east-1/m7i\.large"),
        ("aws/eu-west-1/m7i.large", "on_demand", r"did you mean aws/us-east-1/m7i\.large"),
        ("gcp/us-central1/cloud-run", "on_demand", r"function service.*cost\.purchase: serverless"),
        ("nonsense", "spot", "workbench prices"),
    ],
)
def test_an_unknown_price_is_an_error_that_helps_and_never_zero(instance: str, purchase: str, pattern: str) -> None:
    with pytest.raises(PriceError, match=pattern):
        BOOK.usd_per_hour(instance, purchase)


def test_serverless_is_beside_the_machine_with_its_instruction_set() -> None:
    assert BOOK.serverless(M7I)[0] == "aws/us-east-1/lambda-x86_64"
    assert BOOK.serverless("aws/us-east-1/m7g.large")[0] == "aws/us-east-1/lambda-arm64"
    assert BOOK.serverless("gcp/us-central1/n2-standard-2")[0] == "gcp/us-central1/cloud-run"
    with pytest.raises(PriceError, match=r"no serverless price.*azure/eastus"):
        BOOK.serverless("azure/eastus/Standard_D2s_v5")


def test_running_all_month_earns_the_sustained_use_discount_where_there_is_one() -> None:
    full, part = (BOOK.usd_per_hour("gcp/us-central1/n2-standard-4", "on_demand", whole_month=m) for m in (True, False))
    assert full.usd_per_hour == pytest.approx(part.usd_per_hour * 0.8)
    assert "sustained use" in full.basis
    assert BOOK.usd_per_hour(M7I, "on_demand", whole_month=True).usd_per_hour == 0.1008


def test_the_table_keeps_unknown_as_null() -> None:
    table = BOOK.table()
    assert table.height == len(BOOK.instances) >= 60
    assert table.filter(type="p5.4xlarge")["spot_usd_per_hour"].item() is None
    prices = table.select(pl.col("^.*_usd_per_hour$"))
    assert (prices.min_horizontal() > 0).sum() >= 60


@pytest.mark.parametrize(
    ("change", "pattern"),
    [
        ({"on_demand": 0}, "greater than 0"),
        ({"on_demand": 55.04, "spot": 55.04}, "is no discount"),
        ({"spot": 1.0}, "is no discount"),
        ({"on_demnd": 1.0}, "on_demnd"),
    ],
)
def test_the_traps_of_price_lists_are_refused_when_the_book_is_read(change: dict[str, float], pattern: str) -> None:
    prices = tree()
    prices["machines"][0]["types"]["trap"] = {"arch": "x86_64", "vcpus": 1, "memory_gib": 1} | change
    with pytest.raises(ValidationError, match=pattern):
        PriceList.model_validate(prices)


def test_a_source_that_is_not_listed_is_refused() -> None:
    prices = tree()
    prices["commitments"][0]["source"] = "hearsay"
    with pytest.raises(ValidationError, match="no source is called hearsay"):
        PriceList.model_validate(prices)
