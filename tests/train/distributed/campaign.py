"""Faults of distributed training at random moments: each run plays one, and tells how it ended."""

from __future__ import annotations

import signal
import subprocess
import tempfile
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from tests.train.distributed import callbacks
from tests.train.distributed.apart import alone, driver, harmed, lines, lines_of
from tests.train.distributed.namespaces import TwoNodes, processes, two_nodes
from tests.train.distributed.play import (
    GONE_SECONDS,
    Ended,
    Stage,
    Strike,
    assert_gone,
    assert_in_time,
    driven,
    judged,
    when,
)
from tests.train.distributed.tables import ROWS, job, table
from workbench.train.distributed.shards import Span
from workbench.train.distributed.training import Order, drive

if TYPE_CHECKING:
    from collections.abc import Callable


LEASE_SECONDS = 50.0
"""Within which a rank that is cut off has ended itself."""

ROUND_SECONDS = 0.05
INTRUSIONS = 5
SMALL = {"address": "local", "num_cpus": 2, "include_dashboard": False, "object_store_memory": 80_000_000}
"""Options of a cluster of one small node."""
BEFORE_GROWTH = ("meet", "load", "seat", "link")


def killed(stage: Stage) -> Ended:
    """Fault 16: a worker is killed in the middle of boosting."""
    return _struck(stage, signal.SIGKILL, "killed", ("grow",), 2.5)


def stopped(stage: Stage) -> Ended:
    """Fault 17: a worker stands still in the middle of boosting."""
    return _struck(stage, signal.SIGSTOP, "stopped", ("grow",), 2.5)


def never_joined(stage: Stage) -> Ended:
    """Fault 19: a worker ends before it trains."""
    return _struck(stage, signal.SIGKILL, "never joined", BEFORE_GROWTH, 0.3)


def port_taken(stage: Stage) -> Ended:
    """Fault 19: another process has the port of a worker; an intruder that comes too late tries the next training."""
    rank = stage.dice("port").randrange(2)
    for number in range(INTRUSIONS):
        each = replace(stage, folder=stage.folder / f"{number}")
        each.folder.mkdir()
        mark = each.folder / "taken"
        work = job(each.folder, on_round=callbacks.intrude(rank, str(mark)))
        ended = driven(each, work, Strike(0, 0, 0), partial(when, mark))
        if mark.exists():
            assert ended.outcome == "recovered", ended
            return ended
        assert ended.outcome == "unharmed", ended
    raise AssertionError("the port was never taken")


def raised(stage: Stage) -> Ended:
    """Fault 18: one rank alone raises, stops, leaves or never comes back at a round."""
    dice = stage.dice("raised")
    how, rank, at = ("error", "stop", "exit", "vanish", "sleep")[stage.seed % 5], dice.randrange(2), dice.randint(1, 55)
    watcher = Strike(0, 0, 0)
    mark = stage.folder / "mark"
    work = job(stage.folder, on_round=callbacks.fail(how, rank, at, str(mark)))
    ended = driven(stage, work, watcher, lambda: when(mark))
    assert ended.outcome == "refused", f"{how} of one rank went unseen"
    known = {"error": "a bug of mine", "stop": "EarlyStopException", "sleep": "stood still"}
    assert known.get(how, f"rank {rank} died") in ended.told, ended.told
    return ended


def unfit(stage: Stage) -> Ended:
    """Fault 20: a shard is empty, or a column of it is missing or has another type."""
    dice, work = stage.dice("unfit"), job(stage.folder)
    path, orders = work.train[0], {}
    odd = stage.folder / "odd.parquet"
    column = dice.choice(["x0", "x1", "x2", "late"])
    kind = ("empty", "retyped", "missing")[stage.seed % 3]
    if kind == "empty":
        parts = [(Span(path, 0, ROWS),), ()]
        dice.shuffle(parts)
        orders["shards"] = tuple(parts)
    else:
        whole = table(ROWS, 3)
        other = whole.drop(column) if kind == "missing" else whole.with_columns((whole[column] * 10).cast(int))
        other.write_parquet(odd, row_group_size=1000)
        work = replace(work, train=tuple(dice.sample([path, str(odd)], 2)))
    began = time.monotonic()
    ended = driven(stage, work, Strike(0, 0, 0), lambda: began, **orders)
    assert ended.outcome == "refused", f"{kind} went unseen"
    assert "rank" in ended.told or column in ended.told, ended.told
    return ended


UNLINKING: tuple[tuple[str, str | int, str], ...] = (
    ("num_machines", 1, "refused"),
    ("tree_learner", "serial", "refused"),
    ("tree_learner", "voting", "refused"),
    ("tree_learner", "feature", "refused"),
    ("pre_partition", False, "refused"),
    ("num_machine", 1, "unharmed"),
    ("tree", "serial", "unharmed"),
    ("is_pre_partition", False, "unharmed"),
)
"""Settings that contradict the network's, and what they must come to: LightGBM ignores an alias beside the name."""


def unlinked(stage: Stage) -> Ended:
    """Fault 21: the network parameters are overruled, so that each rank would learn from its own rows alone."""
    work = job(stage.folder)
    name, value, outcome = UNLINKING[stage.seed % len(UNLINKING)]
    began = time.monotonic()
    ended = driven(stage, replace(work, settings={**work.settings, name: value}), Strike(0, 0, 0), lambda: began)
    assert ended.outcome == outcome, f"{name}={value}: {ended}"
    return ended


def driver_killed(stage: Stage) -> Ended:
    """Fault 22: the driver is killed; the same call goes on from the last checkpoint."""
    pids: set[int] = set()
    safe = 0
    with driver(stage, init={"address": stage.address}) as process:
        delay, struck = stage.dice("driver").uniform(0.3, 2.8), None
        for line in lines(process):
            pids |= {pid for pid in line.get("pids", []) if pid}
            safe = line.get("rounds", safe)
            if line.get("step") == "grow" and struck is None:
                struck = time.monotonic()
            if struck is not None and time.monotonic() - struck > delay:
                break
        process.kill()
        at = time.monotonic()
        assert process.wait() == -signal.SIGKILL, "it had ended before"
    assert_gone(pids)
    watcher = Strike(0, 0, 0)
    work = callbacks.slow(ROUND_SECONDS)
    trained = drive(Order(job(stage.folder, on_round=work), stage.folder / "kept", 2), on_progress=watcher)
    assert trained.resumed_rounds >= safe
    assert trained.resumed_rounds % 10 == 0
    assert_gone(watcher.pids)
    ended = judged(stage, trained, time.monotonic() - at)
    assert_in_time(ended)
    return replace(ended, outcome="resumed")


def headless(stage: Stage) -> Ended:
    """Fault 22: a server of the only node is killed in the middle of boosting: Ray's head, or what starts workers."""
    server = ("gcs_server", "raylet")[stage.seed % 2]
    with driver(stage, init=SMALL) as process:

        def strike(_: set[int]) -> None:
            time.sleep(stage.dice("head").uniform(0, 2.5))
            family = psutil.Process(process.pid).children(recursive=True)
            next(child for child in family if child.name() == server).kill()

        ended, pids = harmed(stage, process, strike)
    assert_in_time(ended)
    assert_gone(pids)
    return ended


def crowded(stage: Stage) -> Ended:
    """Fault 26: two trainings at once, each with its own folder, or both with the same."""
    same = stage.seed % 4 == 3
    began = time.monotonic()
    names = ["one", "one" if same else "other"]
    with (
        driver(stage, init={"address": stage.address}, kept=names[0]) as first,
        driver(stage, init={"address": stage.address}, kept=names[1]) as second,
    ):
        runs = [lines_of(process) for process in (first, second)]
    ends = [lines[-1] for lines in runs]
    assert_gone({pid for lines in runs for line in lines for pid in line.get("pids", []) if pid})
    digests = [end.get("sha256") for end in ends]
    errors = [end["error"] for end in ends if "error" in end]
    if same and errors:
        assert "another training keeps its checkpoints in this folder" in errors[0]
        digests.remove(None)
    assert set(digests) == {stage.sha256}, ends
    faults = [fault for end in ends for fault in end.get("faults", [])]
    return Ended("recovered" if faults else "unharmed", time.monotonic() - began, str(errors + faults))


def store_full(stage: Stage) -> Ended:
    """Fault 24: Ray's object store is full to the brim, and so is the disk that it spills to and falls back on."""
    disk = Path(tempfile.mkdtemp())
    megabytes = stage.dice("store").randint(48, 96)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "none", str(disk)], check=True)
    try:
        ended = alone(stage, init={**SMALL, "_temp_dir": str(disk)}, hoard=400)
        assert ended.outcome in {"recovered", "unharmed"} or "found no room for what Ray keeps" in ended.told, ended
        return ended
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)
        disk.rmdir()


def out_of_memory(stage: Stage) -> Ended:
    """Fault 25: a worker takes more memory than the node has; once, or whenever it comes to that round."""
    dice = stage.dice("memory")
    memory = psutil.virtual_memory()
    limit = (memory.total - memory.available + 4_000_000_000) / memory.total
    lasting = stage.seed % 2
    environment = {"RAY_memory_usage_threshold": f"{limit:.4f}", "RAY_memory_monitor_refresh_ms": "100"}
    callback = ("hoard", [dice.randrange(2), dice.randint(3, 50), str(stage.folder / "mark"), bool(lasting)])
    ended = alone(stage, environment, init=SMALL, callback=callback)
    assert ended.outcome == ("refused" if lasting else "recovered"), ended
    return ended


def cut_off(stage: Stage) -> Ended:
    """Fault 17: the other node of two is cut off in the middle of boosting; it has the room, or half of it."""
    cpus = 2 - stage.seed % 2
    with two_nodes(cpus) as nodes:

        def strike(pids: set[int]) -> None:
            assert _spread(pids, nodes), "both ranks are on one node"
            time.sleep(stage.dice("cut off").uniform(0, 2.5))
            nodes.cut()

        init = {"address": nodes.address}
        with driver(stage, nodes.environment, prefix=nodes.inside([]), init=init) as process:
            ended, pids = harmed(stage, process, strike)
        assert_in_time(ended)
        assert_gone(pids, LEASE_SECONDS - ended.seconds + GONE_SECONDS)
    assert ended.outcome == ("recovered" if cpus > 1 else "fewer"), ended
    return ended


FAULTS: dict[str, Callable[[Stage], Ended]] = {
    "16 killed": killed,
    "17 stopped": stopped,
    "17 cut off": cut_off,
    "18 raised": raised,
    "19 never joined": never_joined,
    "19 port taken": port_taken,
    "20 unfit": unfit,
    "21 unlinked": unlinked,
    "22 driver killed": driver_killed,
    "22 headless": headless,
    "24 store full": store_full,
    "25 out of memory": out_of_memory,
    "26 crowded": crowded,
}


def _struck(stage: Stage, number: int, fault: str, steps: tuple[str, ...], within: float) -> Ended:
    dice = stage.dice(fault)
    strike = Strike(number, dice.randrange(2), dice.uniform(0, within), steps)
    work = job(stage.folder, on_round=callbacks.slow(ROUND_SECONDS))
    ended = driven(stage, work, strike, lambda: strike.at or time.monotonic())
    assert strike.at is not None, "the run had ended before the fault"
    assert ended.outcome == "recovered", ended
    return ended


def _spread(pids: set[int], nodes: TwoNodes) -> bool:
    """Tell whether each node has a rank."""
    return all(pids & {process.pid for process in processes(name)} for name in (nodes.head, nodes.other))
