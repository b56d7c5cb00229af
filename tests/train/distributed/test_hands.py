"""Workers that grow whole trials: what they give, and what becomes of a trial whose worker is lost."""

from __future__ import annotations

import os
import signal
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.train.tables import BINARY, table
from workbench.train.distributed import hands
from workbench.train.distributed.failing import ClusterError
from workbench.train.distributed.hand import Ended, Lost, Muster
from workbench.train.distributed.hands import Hands
from workbench.train.distributed.job import Limits
from workbench.train.distributed.parcel import pack
from workbench.train.fitting import bin_rows
from workbench.train.goal import goal_of
from workbench.train.grower import Begun, LocalGrower
from workbench.train.jury import summon
from workbench.train.material import prepare
from workbench.train.portfolio import BASELINE, Setup

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import ModuleType

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("ray")]

LONG = Setup("long", {"learning_rate": 0.001, "num_leaves": 127}, rounds=100_000, patience=100_000)


@pytest.fixture
def local() -> LocalGrower:
    bins = bin_rows(prepare(table(3000, 0), table(1000, 1), BINARY), goal_of(BINARY, "auto"))
    return LocalGrower(bins, summon(bins, (), bagging=False))


@pytest.fixture
def two(cluster: ModuleType, local: LocalGrower, tmp_path: Path) -> Muster:
    return Muster(*pack(local.bins, local.jury, tmp_path), 2, 1)


def ended(workers: Hands, count: int, meanwhile: Callable[[], None] = lambda: None) -> list[Ended]:
    """Let workers work until so many trials have ended."""
    found: list[Ended] = []
    until = time.monotonic() + 120
    while len(found) < count:
        assert time.monotonic() < until
        found += [news for news in workers.step() if isinstance(news, Ended)]
        meanwhile()
    return found


def test_trials_are_those_of_one_process(two: Muster, local: LocalGrower) -> None:
    setups = [BASELINE, Setup("leafy", {"num_leaves": 63, "bagging_fraction": 0.7, "bagging_freq": 1}, 40, 30)]
    with closing(Hands(two)) as workers:
        for number, setup in enumerate(setups):
            workers.take(Begun(number, setup, 11 + number))
        found = sorted(ended(workers, 2), key=lambda one: one.number)
        assert workers.vitals.cpu_seconds > 0
    for one, setup in zip(found, setups, strict=True):
        own = local.grow(setup, 11 + one.number, lambda: 1.0)
        assert one.grown is not None
        assert (one.grown.texts, one.grown.loss) == (own.texts, own.loss)
        assert one.cpu_seconds > 0
        assert one.faults == ()


def test_a_trial_ends_after_its_round_when_nothing_is_left(two: Muster) -> None:
    with closing(Hands(two)) as workers:
        workers.take(Begun(0, LONG, 1))
        while not workers.vitals.trials.get(0, 0.0) > 0.5:
            assert workers.step() == []
        workers.halt()
        began = time.monotonic()
        (one,) = ended(workers, 1)
        assert time.monotonic() - began < 3
        assert one.grown is not None
        assert 0 < one.grown.rounds < LONG.rounds


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_lost_worker_costs_no_trial(
    two: Muster, local: LocalGrower, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    monkeypatch.setattr(hands, "LIMITS", Limits(join=90, stall=4))
    setup, struck = Setup("slow", {"learning_rate": 0.01, "num_leaves": 127}, 150, 150), []
    with closing(Hands(two)) as workers:

        def strike() -> None:
            if workers.vitals.trials.get(3, 0.0) > 0.1 and not struck:
                struck.extend(post.beat.pid for post in workers._posts if post.trial and post.beat)
                os.kill(struck[0], number)

        workers.take(Begun(3, setup, 5))
        (one,) = ended(workers, 1, strike)
        assert workers.workers == 2, "it was replaced"
    assert [fault.kind for fault in one.faults] == ["died" if number == signal.SIGKILL else "hung"]
    assert one.grown is not None
    assert one.grown.texts == local.grow(setup, 5, lambda: 1.0).texts


def test_a_worker_lost_before_it_had_a_trial_is_told_and_replaced(two: Muster, cluster: ModuleType) -> None:
    news: list[Ended | Lost] = []
    with closing(Hands(two)) as workers:
        cluster.kill(workers._posts[0].actor)
        workers.take(Begun(0, BASELINE, 1))
        until = time.monotonic() + 120
        while len(news) < 2:
            assert time.monotonic() < until
            news += workers.step()
        assert workers.workers == 2
    lost = [one for one in news if isinstance(one, Lost)]
    assert [one.fault.kind for one in lost] == ["died"]
    assert [one.grown is not None for one in news if isinstance(one, Ended)] == [True]


def test_a_trial_that_costs_one_worker_after_the_other_is_given_up(two: Muster) -> None:
    struck: set[int] = set()
    with closing(Hands(two)) as workers:

        def strike() -> None:
            for post in workers._posts:
                if post.trial and post.beat and post.beat.pid not in struck:
                    struck.add(post.beat.pid)
                    os.kill(post.beat.pid, signal.SIGKILL)

        workers.take(Begun(0, LONG, 1))
        (one,) = ended(workers, 1, strike)
        workers.take(Begun(1, BASELINE, 1))
        (other,) = ended(workers, 1)
    assert (one.grown, [fault.kind for fault in one.faults]) == (None, ["died"] * 3)
    assert other.grown is not None, "the search goes on"


def test_what_would_fail_again_is_not_tried_again(two: Muster) -> None:
    with closing(Hands(two)) as workers:
        workers.take(Begun(0, Setup("wrong", {"num_leaves": -5}, 10, 10), 1))
        with pytest.raises(ClusterError, match=r"'wrong' cannot be grown.*num_leaves"):
            ended(workers, 1)
        assert workers.workers == 2
