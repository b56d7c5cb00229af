from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cost.models import boosted, table
from workbench.cost import Measurement, ScoringProfile, measure, measure_all, profile_table
from workbench.cost.profiling import QUIET, _quietest, _Round, _Timed
from workbench.errors import FeatureError, ModelError

ROOT = Path(__file__).parents[2]


def test_a_profile_tells_a_small_model_from_a_large_one() -> None:
    sizes = ((5, 7), (800, 31))
    small, large = (measure(boosted(trees, leaves), table(), seconds=0.4).profile for trees, leaves in sizes)
    assert small.rows_per_second > 3 * large.rows_per_second
    assert small.size_bytes < large.size_bytes
    assert small.latency_p50_ms_100_rows < large.latency_p50_ms_100_rows
    for found in (small, large):
        assert 0 < found.latency_p50_ms <= found.latency_p99_ms
        assert found.latency_p50_ms_100_rows <= found.latency_p99_ms_100_rows
        assert found.repeats >= 300
        assert found.peak_rss_bytes > 10_000_000


def test_time_is_kept_to() -> None:
    model, frame = boosted(10), table()
    start = time.perf_counter()
    measure(model, frame, seconds=0.4)
    assert time.perf_counter() - start < 0.4 * 3 + 0.5


def test_a_fresh_process_measures_without_what_the_caller_holds() -> None:
    held = bytearray(400_000_000)
    models = {"a": boosted(5), "b": boosted(50)}
    found = dict(measure_all(models, table(), seconds=0.1))
    assert set(found) == {"a", "b"}
    assert all(item.profile.peak_rss_bytes < len(held) for item in found.values())
    rows = profile_table({name: found[name].profile for name in models})
    assert rows["id"].to_list() == ["a", "b"]
    assert set(rows.columns) == {"id", *ScoringProfile.__dataclass_fields__}


def test_few_rows_are_enough_and_none_are_refused() -> None:
    assert measure(boosted(3), table().head(2), seconds=0.05).profile.rows_per_second > 0
    empty = pl.DataFrame(schema=table().schema)
    for measured in (lambda: measure(boosted(3), empty), lambda: dict(measure_all({"a": boosted(3)}, empty))):
        with pytest.raises(ModelError, match="no rows"):
            measured()


def test_what_the_model_says_of_the_rows_crosses_the_process() -> None:
    with pytest.raises(FeatureError, match="place"):
        dict(measure_all({"a": boosted(3)}, table().drop("place"), seconds=0.05))


def test_the_measuring_process_ends_with_its_parent() -> None:
    """A parent killed in the middle leaves nothing behind."""
    code = (
        "import os, signal; from tests.cost.models import boosted, table; from workbench.cost import measure_all\n"
        "found = measure_all({'a': boosted(3), 'b': boosted(3)}, table(), seconds=0.05); next(found)\n"
        "child = open(f'/proc/self/task/{os.getpid()}/children').read().split()[0]; print(child, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    child = Path(f"/proc/{int(done.stdout)}")
    deadline = time.monotonic() + 5
    while child.exists() and "State:\tZ" not in child.joinpath("status").read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not child.exists() or "State:\tZ" in child.joinpath("status").read_text()


def rounds_of(*pairs: tuple[float, float]) -> list[_Round]:
    """Make rounds of a median (ms) and a ratio of clock to processor."""
    made = []
    for median, ratio in pairs:
        part = _Timed(np.full(5, median), 5 * median * ratio)
        made.append(_Round(part, part, part))
    return made


@given(
    quiet=st.lists(st.floats(0.1, 50), min_size=3, max_size=6),
    busy=st.lists(st.tuples(st.floats(0.1, 50), st.floats(QUIET + 0.01, 9)), max_size=6),
)
def test_a_disturbed_round_is_behind_no_profile_where_three_were_quiet(
    quiet: list[float], busy: list[tuple[float, float]]
) -> None:
    best = _quietest([*rounds_of(*busy), *rounds_of(*((median, 1.0) for median in quiet))])
    assert [each.median_ms for each in best] == pytest.approx(sorted(quiet)[:3])
    assert all(each.wall_per_cpu <= QUIET for each in best)


def test_where_all_were_disturbed_the_least_are_taken_and_said_to_be() -> None:
    best = _quietest(rounds_of((1, 3), (9, 1.5), (1, 4), (5, 1.2)))
    assert [each.wall_per_cpu for each in best] == pytest.approx([1.2, 1.5, 3])
    profile = ScoringProfile(1, 1, 1, 1, 1, 1, 1, 1)
    assert Measurement(profile, wall_per_cpu=1.2, spread=1.0).is_disturbed
    assert Measurement(profile, wall_per_cpu=1.0, spread=1.2).is_disturbed
    assert not Measurement(profile, wall_per_cpu=1.05, spread=1.05).is_disturbed


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="a core cannot be taken away here")
def test_a_neighbour_on_the_same_core_is_noticed() -> None:
    code = (
        "import os, subprocess, sys; core = {min(os.sched_getaffinity(0))}; os.sched_setaffinity(0, core)\n"
        "from tests.cost.models import boosted, table; from workbench.cost import measure\n"
        "spin = lambda: subprocess.Popen([sys.executable, '-c', 'while True: pass'])\n"
        "others = [spin(), spin()]\n"
        "try: print(measure(boosted(50), table(), seconds=0.4).wall_per_cpu)\n"
        "finally: [(other.kill(), other.wait()) for other in others]"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert float(done.stdout) > QUIET
