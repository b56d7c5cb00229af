"""What counts as standing still."""

from __future__ import annotations

import time

from workbench.train.distributed import Limits
from workbench.train.distributed.rank import Beat
from workbench.train.distributed.watch import Watch

LIMITS = Limits(join=0.2, link=0.2, stall=0.2)


def beat(count: int, cpu_seconds: float = 0.0) -> Beat:
    return Beat(1, count, cpu_seconds)


def test_a_rank_that_does_not_answer_is_to_blame_even_where_rounds_are_long() -> None:
    watch = Watch("grow", 2, LIMITS, allowance=60.0)
    time.sleep(0.15)
    watch.note(0, beat(1))
    assert watch.fault([0, 1]) is None
    time.sleep(0.1)
    watch.note(0, beat(1))
    fault = watch.fault([0, 1])
    assert fault is not None
    assert (fault.kind, fault.ranks) == ("hung", (1,))
    assert "gave no sign of life" in fault.text


def test_ranks_that_answer_may_take_their_time_for_a_long_round() -> None:
    watch = Watch("grow", 2, LIMITS, allowance=60.0)
    for _ in range(4):
        time.sleep(0.1)
        watch.note(0, beat(1))
        watch.note(1, beat(1))
    assert watch.fault([0, 1]) is None


def test_answers_without_a_round_are_a_hang_while_trees_grow_but_work_counts_while_rows_are_read() -> None:
    for step, hung in (("grow", True), ("load", False)):
        watch = Watch(step, 1, LIMITS)
        for turn in range(4):
            time.sleep(0.1)
            watch.note(0, beat(1, cpu_seconds=turn))
        assert (watch.fault([0]) is not None) is hung


def test_ranks_that_never_join_are_named() -> None:
    watch = Watch("meet", 3, LIMITS)
    time.sleep(0.25)
    fault = watch.fault([2])
    assert fault is not None
    assert (fault.kind, fault.ranks) == ("absent", (2,))
