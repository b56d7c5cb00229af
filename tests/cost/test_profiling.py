from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from tests.cost.models import boosted, table
from workbench.cost import ScoringProfile, profile, profile_all, profile_table
from workbench.errors import FeatureError, ModelError

ROOT = Path(__file__).parents[2]


def test_a_profile_tells_a_small_model_from_a_large_one() -> None:
    small, large = (profile(boosted(trees, leaves), table(), seconds=0.4) for trees, leaves in ((5, 7), (800, 31)))
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
    profile(model, frame, seconds=0.4)
    assert time.perf_counter() - start < 0.4 * 3 + 0.5


def test_a_fresh_process_measures_without_what_the_caller_holds() -> None:
    held = bytearray(400_000_000)
    models = {"a": boosted(5), "b": boosted(50)}
    found = dict(profile_all(models, table(), seconds=0.1))
    assert list(found) == ["a", "b"]
    assert all(item.peak_rss_bytes < len(held) for item in found.values())
    rows = profile_table(found)
    assert rows["id"].to_list() == ["a", "b"]
    assert set(rows.columns) == {"id", *ScoringProfile.__dataclass_fields__}


def test_few_rows_are_enough_and_none_are_refused() -> None:
    assert profile(boosted(3), table().head(2), seconds=0.05).rows_per_second > 0
    empty = pl.DataFrame(schema=table().schema)
    for measure in (lambda: profile(boosted(3), empty), lambda: dict(profile_all({"a": boosted(3)}, empty))):
        with pytest.raises(ModelError, match="no rows"):
            measure()


def test_what_the_model_says_of_the_rows_crosses_the_process() -> None:
    with pytest.raises(FeatureError, match="place"):
        dict(profile_all({"a": boosted(3)}, table().drop("place"), seconds=0.05))


def test_the_measuring_process_ends_with_its_parent() -> None:
    """A parent killed in the middle leaves nothing behind."""
    code = (
        "import os, signal; from tests.cost.models import boosted, table; from workbench.cost import profile_all\n"
        "found = profile_all({'a': boosted(3), 'b': boosted(3)}, table(), seconds=0.05); next(found)\n"
        "child = open(f'/proc/self/task/{os.getpid()}/children').read().split()[0]; print(child, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    child = Path(f"/proc/{int(done.stdout)}")
    deadline = time.monotonic() + 5
    while child.exists() and "State:\tZ" not in child.joinpath("status").read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not child.exists() or "State:\tZ" in child.joinpath("status").read_text()
