"""Whose trees a search keeps."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.train.running import CLEARLY, Field, Size, Standing, in_the_running

SIZES = st.builds(Size, st.floats(1, 1000), st.floats(0.1, 2))
STANDINGS = st.lists(st.tuples(st.floats(0.5, 1.5), st.lists(SIZES, min_size=1, max_size=4)), max_size=30).map(
    lambda drawn: [Standing(f"b{number:02d}", score, tuple(sizes)) for number, (score, sizes) in enumerate(drawn)]
)


@given(st.lists(SIZES, max_size=30))
def test_a_size_is_beaten_by_less_work_at_a_clearly_smaller_loss(sizes: list[Size]) -> None:
    field = Field(sizes)
    for one in sizes:
        expected = any(other.work < one.work and other.loss <= one.loss * (1 - CLEARLY) for other in sizes)
        assert field.beats(one) == expected


@given(STANDINGS, st.integers(1, 12))
def test_who_is_out_stays_out(standings: list[Standing], most: int) -> None:
    before: set[str] = set()
    for count in range(1, len(standings) + 1):
        now = in_the_running(standings[:count], most)
        assert now <= before | {standings[count - 1].trial}
        before = now


@given(STANDINGS, st.integers(1, 12))
def test_all_that_an_offer_may_take_is_in_the_running(standings: list[Standing], most: int) -> None:
    running = in_the_running(standings, most)
    field = Field(size for one in standings for size in one.sizes)
    assert {one.trial for one in sorted(standings, key=lambda one: (one.score, one.trial))[:most]} <= running
    assert {one.trial for one in standings if any(not field.beats(size) for size in one.sizes)} <= running


def test_what_no_blend_and_no_frontier_wants_is_out() -> None:
    good = Standing("good", 0.9, (Size(10, 0.3), Size(5, 0.35)))
    assert in_the_running([good, Standing("bad", 1.1, (Size(20, 0.4), Size(6, 0.36)))], 1) == {"good"}
    assert in_the_running([good, Standing("brief", 1.1, (Size(20, 0.4), Size(2, 0.39)))], 1) == {"good", "brief"}
