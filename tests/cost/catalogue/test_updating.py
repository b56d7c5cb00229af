"""An update of the project's prices.yaml: what it writes, what it leaves alone, what it says."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.cost.catalogue import updating
from workbench.cost.catalogue.listing import Listing, Reading
from workbench.cost.catalogue.opening import Opened
from workbench.cost.catalogue.updating import Update, Wanted, plan_update
from workbench.cost.pricing.pricefile import EMPTY, overlaid
from workbench.cost.pricing.prices import PriceBook
from workbench.errors import ParamsError

DAY = dt.date(2026, 11, 20)
M7I = "aws/us-east-1/m7i.large"


def opened(digest: str = "ab" * 32) -> Opened:
    return Opened("vms.csv", "", digest, DAY)


def listing(
    name: str = "m7i.large", on_demand: float | None = 0.11, spot: float | None = 0.05, **more: object
) -> Listing:
    known: dict[str, object] = {"arch": "x86_64", "vcpus": 2.0, "memory_gib": 8.0} | more
    return Listing("aws", "us-east-1", name, on_demand, spot, **known)  # type: ignore[arg-type]  # a test's own keywords


def planned(
    old: str | None, *listings: Listing, day: dt.date = DAY, wanted: Wanted | None = None, digest: str = "ab" * 32
) -> Update:
    return plan_update(old, Reading(listings), opened(digest), day, wanted)


def text_of(update: Update) -> str:
    assert update.text is not None
    return update.text


def test_an_update_gives_prices_their_file_and_day() -> None:
    update = planned(None, listing())
    price = PriceBook(overlaid(text_of(update))).usd_per_hour(M7I, "spot")
    assert (price.usd_per_hour, price.source, price.as_of) == (0.05, "vms.csv", DAY)
    assert "ab" * 32 in text_of(update)
    assert not price.is_stale(DAY)


def test_it_says_what_changes_and_by_how_much() -> None:
    update = planned(None, listing(on_demand=0.1008, spot=0.0495))
    (change,) = update.changes
    assert (change.instance, change.option, change.old_usd_per_hour, change.new_usd_per_hour) == (
        M7I,
        "spot",
        0.0396,
        0.0495,
    )
    assert change.per_cent == pytest.approx(25.0)
    assert update.same == 1


def test_comments_and_everything_else_stay() -> None:
    old = "# mine\nfresh_days: {spot: 7}   # a week\n"
    text = text_of(planned(old, listing()))
    assert text.startswith(old)
    assert text_of(planned(EMPTY, listing())).startswith(EMPTY)
    assert overlaid(text).fresh_days["spot"] == 7


def test_a_price_written_by_hand_stands() -> None:
    old = (
        "sources:\n  mine: {origin: our contract, as_of: 2026-01-01, confidence: confirmed}\n"
        "machines:\n  - {cloud: aws, region: us-east-1, on_demand: mine, types: {m7i.large: {on_demand: 0.09}}}\n"
    )
    update = planned(old, listing(), listing("c7i.large"))
    assert update.skipped == {updating.BY_HAND: 1}
    book = PriceBook(overlaid(text_of(update)))
    assert book.usd_per_hour(M7I, "on_demand").usd_per_hour == 0.09
    assert book.usd_per_hour("aws/us-east-1/c7i.large", "on_demand").usd_per_hour == 0.11


def test_the_next_update_replaces_the_former_and_its_source_goes_with_the_last_price() -> None:
    first = text_of(planned(None, listing(), listing("c7i.large")))
    later = DAY + dt.timedelta(days=3)
    second = text_of(planned(first, listing(spot=0.06), day=later))
    assert [region.types.keys() for region in overlaid(second).machines[-2:]] == [{"c7i.large"}, {"m7i.large"}]
    assert PriceBook(overlaid(second)).usd_per_hour(M7I, "spot").usd_per_hour == 0.06
    third = text_of(planned(second, listing(), listing("c7i.large"), day=later))
    assert f"update-{DAY}:" not in third
    assert third.count("region: us-east-1") == 1


def test_the_same_file_twice_gives_the_same_text() -> None:
    first = text_of(planned(None, listing()))
    again = planned(first, listing())
    assert text_of(again) == first
    assert again.changes == ()


def test_another_file_of_the_same_day_has_a_source_of_its_own() -> None:
    first = text_of(planned(None, listing()))
    second = planned(first, listing("c7i.large"), digest="cd" * 32)
    assert second.source == f"update-{DAY}-cdcdcdcd"
    assert PriceBook(overlaid(text_of(second))).usd_per_hour(M7I, "spot").usd_per_hour == 0.05


def test_by_default_only_known_machines_are_taken() -> None:
    new, elsewhere = (
        listing("m9z.large"),
        Listing("aws", "eu-west-1", "m7i.large", 0.12, arch="x86_64", vcpus=2, memory_gib=8),
    )
    update = planned(None, new, elsewhere)
    assert update.text is None
    assert update.skipped == {updating.OTHER_TYPE: 1, updating.OTHER_REGION: 1}
    asked = planned(None, new, elsewhere, wanted=Wanted(["eu-west-1", "aws/us-east-1"], ["m*"]))
    book = PriceBook(overlaid(text_of(asked)))
    assert {"aws/us-east-1/m9z.large", "aws/eu-west-1/m7i.large"} <= set(book.instances)
    assert book.machine("aws/us-east-1/m9z.large").vcpus == 2


def test_regions_are_asked_for_by_patterns() -> None:
    places = [Listing("lambda", name, "gpu", 1.0, arch="x86_64", vcpus=8, memory_gib=64) for name in ("us-a", "eu-a")]
    book = PriceBook(overlaid(text_of(planned(None, *places, wanted=Wanted(["us-*"], ["*"])))))
    assert [name for name in book.instances if name.startswith("lambda/")] == ["lambda/us-a/gpu"]
    assert book.purchases("lambda/us-a/gpu") == ("on_demand",)
    assert book.watts("lambda/us-a/gpu", 0.5) is None


def test_a_catalogue_without_sizes_takes_those_of_the_price_book() -> None:
    bare = {"arch": None, "vcpus": None, "memory_gib": None}
    update = planned(None, listing(**bare), listing("m9z.large", **bare), wanted=Wanted(types=["m*"]))
    assert update.skipped == {updating.NO_SIZE: 1}
    assert PriceBook(overlaid(text_of(update))).machine(M7I).memory_gib == 8


def test_where_spot_is_no_discount_any_more_the_packaged_price_goes() -> None:
    update = planned(None, listing(spot=None, no_discount=True))
    assert "spot" not in PriceBook(overlaid(text_of(update))).purchases(M7I)
    assert update.changes[-1].new_usd_per_hour is None
    unknown = planned(None, listing(spot=None))
    assert PriceBook(overlaid(text_of(unknown))).usd_per_hour(M7I, "spot").usd_per_hour == 0.0396


def test_a_spot_price_above_the_known_price_on_demand_is_left_out() -> None:
    update = planned(None, listing(on_demand=None, spot=0.2))
    assert update.skipped[updating.DEARER_SPOT] == 1
    assert "spot" not in PriceBook(overlaid(text_of(update))).purchases(M7I)


def test_a_machine_that_has_no_price_on_demand_anywhere_is_left_out() -> None:
    update = planned(None, listing("m9z.large", on_demand=None), wanted=Wanted(types=["*"]))
    assert update.text is None
    assert update.skipped == {updating.NO_LIST_PRICE: 1}


def test_an_older_catalogue_is_told() -> None:
    assert any(
        "were newer, up to 2026-07-20" in note for note in planned(None, listing(), day=dt.date(2025, 1, 1)).notes
    )
    assert planned(None, listing()).notes == ()


def test_a_file_that_is_not_valid_is_told_before_anything_is_planned() -> None:
    with pytest.raises(ParamsError, match=r"prices\.yaml:1, key machine"):
        planned("machine: []\n", listing())


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["m7i.large", "c7i.large", "g5.xlarge", "m9z.large"]),
            st.none() | st.floats(min_value=0.01, max_value=10).map(lambda usd: round(usd, 6)),
            st.none() | st.floats(min_value=0.01, max_value=10).map(lambda usd: round(usd, 6)),
        ),
        max_size=4,
        unique_by=lambda item: item[0],
    )
)
def test_whatever_a_catalogue_says_the_file_stays_readable_and_spot_a_discount(
    listed: list[tuple[str, float | None, float | None]],
) -> None:
    update = planned(None, *(listing(*item) for item in listed), wanted=Wanted(types=["*"]))
    book = PriceBook(overlaid(update.text or ""))
    for instance in book.instances:
        options = book.purchases(instance)
        assert "spot" not in options or (
            book.usd_per_hour(instance, "spot").usd_per_hour < book.usd_per_hour(instance, "on_demand").usd_per_hour
        )
