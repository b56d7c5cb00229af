"""Drivers in processes of their own, and what they say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import psutil

from tests.train.distributed.play import Ended, Stage, assert_gone, assert_in_time, outcome, when

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


def alone(stage: Stage, environment: dict[str, str] | None = None, **plan: object) -> Ended:
    """Drive in a process that starts a cluster of its own; the fault is there when it begins to train."""
    began, mark = time.monotonic(), stage.folder / "mark"
    pids: set[int] = set()
    with driver(stage, environment, **plan) as process:
        family = psutil.Process(process.pid)
        for line in lines(process):
            began = time.monotonic() if "began" in line else began
            pids |= {pid for pid in line.get("pids", []) if pid}
            if "error" in line or "sha256" in line:
                break
        else:
            raise without_a_word(stage)
        seconds = time.monotonic() - (when(mark) if mark.exists() else began)
        servers = {child.pid for child in family.children(recursive=True)}
    assert_gone(pids | servers)
    ended = end_of(stage, line, seconds)
    assert_in_time(ended)
    return ended


def harmed(stage: Stage, process: subprocess.Popen[str], strike: Callable[[set[int]], None]) -> tuple[Ended, set[int]]:
    """Strike once, when the ranks of a driver grow, and wait for its end.

    Args:
        stage: What the run plays on.
        process: The driver.
        strike: Does the harm; it is given the processes of the ranks that were seen until then.

    Returns:
        How the driver ended, and the processes of all ranks.
    """
    pids: set[int] = set()
    at: float | None = None
    for line in lines(process):
        pids |= {pid for pid in line.get("pids", []) if pid}
        if line.get("step") == "grow" and at is None:
            strike(pids)
            at = time.monotonic()
        if "error" in line or "sha256" in line:
            assert at is not None, line
            return end_of(stage, line, time.monotonic() - at), pids
    raise without_a_word(stage)


def without_a_word(stage: Stage) -> AssertionError:
    """Tell what a driver left in its log instead of an answer; the folder is not kept for long."""
    last = (stage.folder / "driver.log").read_text(encoding="utf-8", errors="replace").splitlines()[-12:]
    return AssertionError(" | ".join(["the driver ended without a word", *last]))


def end_of(stage: Stage, line: dict[str, Any], seconds: float) -> Ended:
    """Judge the last line of a driver."""
    if "error" in line:
        return Ended("refused", seconds, line["error"])
    told = "; ".join(str(fault) for fault in line["faults"])
    return outcome(stage, line["sha256"], tuple(line["workers"]), seconds, told)


@contextmanager
def driver(
    stage: Stage, environment: dict[str, str] | None = None, prefix: Sequence[str] = (), **plan: object
) -> Iterator[subprocess.Popen[str]]:
    """Run a driver, and end it whatever happens."""
    text = json.dumps({"folder": str(stage.folder), **plan})
    command = [*prefix, sys.executable, "-m", "tests.train.distributed.driver", text]
    with (
        (stage.folder / "driver.log").open("a") as log,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, text=True, env=os.environ | (environment or {})
        ) as process,
    ):
        try:
            yield process
        finally:
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=20)
            process.kill()


def lines(process: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("{"):
            yield json.loads(line)


def lines_of(process: subprocess.Popen[str]) -> list[dict[str, Any]]:
    return list(lines(process))
