"""Trains the same few rounds on the processor and on another device, in a process of its own.

A broken driver ends the process that loads it, and a compiler of kernels may not come back: neither may cost more than
this process. Rows and settings come in through standard input, one line of JSON goes out.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.model import lightgbm
from workbench.train.goal import Goal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import ModuleType

    import lightgbm as lgb
    from numpy.typing import NDArray

WARM_UP = 2
ROUNDS = 12
LONGEST_SECONDS = 10.0
MOST_WORDS = 300


@dataclass(frozen=True)
class Sample:
    """Rows to try devices on.

    Attributes:
        values: `(rows, inputs)` numbers; missing is NaN.
        labels: `(rows,)` labels.
        categorical: Positions of the inputs that hold codes of categories.
    """

    values: NDArray[np.float64]
    labels: NDArray[np.float64]
    categorical: Sequence[int]


@dataclass(frozen=True)
class Tryout:
    """How a device did beside the processor, on the same rows at the same time.

    Attributes:
        device: `gpu` or `cuda`.
        name: What LightGBM calls the device; empty where it did not say.
        failure: Why it cannot train these rows, in LightGBM's words; empty where it can.
        rows: Rows of the sample.
        rounds: Rounds measured on each, in turns.
        processor_seconds: Median seconds of a round on the processor, with all threads of the search.
        device_seconds: Median seconds of a round on the device.
        starting_seconds: Seconds before the first measured round on the device: kernels are compiled, rows copied.
        processor_loss: Loss on the sample after the last round, trained on the processor.
        device_loss: The same, trained on the device.
        cpu_seconds: CPU-seconds that all of this took.
    """

    device: str
    name: str = ""
    failure: str = ""
    rows: int = 0
    rounds: int = 0
    processor_seconds: float = float("nan")
    device_seconds: float = float("nan")
    starting_seconds: float = float("nan")
    processor_loss: float = float("nan")
    device_loss: float = float("nan")
    cpu_seconds: float = 0.0

    @property
    def speedup(self) -> float:
        """How many times faster a round is than on the processor."""
        return self.processor_seconds / self.device_seconds


def tried(
    sample: Sample, goal: Goal, settings: Mapping[str, object], device: Mapping[str, object], deadline: float
) -> Tryout:
    """Try a device in a process of its own.

    Args:
        sample: Rows to train on.
        goal: What is minimised.
        settings: LightGBM parameters of the search.
        device: Those that choose the device.
        deadline: Seconds after which the device counts as broken.
    """
    kind = str(device["device_type"])
    command = [sys.executable, "-P", "-m", "workbench.train.tryout"]
    began = time.monotonic()
    try:
        done = subprocess.run(
            command, input=_packed(sample, goal, settings, device), capture_output=True, timeout=deadline, check=False
        )
    except subprocess.TimeoutExpired:
        return Tryout(kind, failure=f"it did not answer within {deadline:g} s", cpu_seconds=deadline)
    answer = done.stdout.rpartition(b"\n{")[2]
    if done.returncode or not answer:
        words = " ".join(done.stderr.decode(errors="replace").split())[-MOST_WORDS:]
        ended = f"signal {-done.returncode}" if done.returncode < 0 else f"exit status {done.returncode}"
        return Tryout(
            kind, failure=f"training ended with {ended}: {words or 'no words'}", cpu_seconds=time.monotonic() - began
        )
    return Tryout(**json.loads(b"{" + answer))


def _packed(sample: Sample, goal: Goal, settings: Mapping[str, object], device: Mapping[str, object]) -> bytes:
    stream = io.BytesIO()
    head = {
        "goal": asdict(goal),
        "settings": dict(settings),
        "device": dict(device),
        "categorical": list(sample.categorical),
    }
    stream.write(json.dumps(head).encode() + b"\n")
    np.save(stream, sample.values)
    np.save(stream, sample.labels)
    return stream.getvalue()


class _Words:
    """Keeps what LightGBM says."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def info(self, message: str) -> None:
        """Keep a message."""
        self.said.append(message)

    warning = info

    def device_name(self) -> str:
        """Find the name of the device."""
        found = re.search(r"Using (?:GPU|CUDA) Device: (.*?)(?:, Vendor: .*)?$", "\n".join(self.said), re.MULTILINE)
        return found.group(1) if found else ""


def _answer(stream: io.BytesIO) -> Tryout:
    """Train by turns in this process."""
    head = json.loads(stream.readline())
    values, labels = np.load(stream, allow_pickle=False), np.load(stream, allow_pickle=False)
    sample, goal = Sample(values, labels, head["categorical"]), Goal(**head["goal"])
    engine, words = lightgbm(), _Words()
    engine.register_logger(words)
    plain, special = head["settings"], {**head["settings"], **head["device"], "verbosity": 1}
    kind, began = str(head["device"]["device_type"]), time.perf_counter()
    try:
        device = _started(engine, special, sample)
        starting = time.perf_counter() - began
        processor = _started(engine, plain, sample)
        seconds = _turns(processor, device)
    except engine.basic.LightGBMError as error:
        return Tryout(kind, words.device_name(), " ".join(str(error).split()), cpu_seconds=time.process_time())
    return Tryout(
        kind,
        words.device_name(),
        rows=labels.size,
        rounds=len(seconds),
        processor_seconds=float(np.median(seconds[:, 0])),
        device_seconds=float(np.median(seconds[:, 1])),
        starting_seconds=starting,
        processor_loss=goal.loss(labels, np.asarray(processor.predict(values))),
        device_loss=goal.loss(labels, np.asarray(device.predict(values))),
        cpu_seconds=time.process_time(),
    )


def _started(engine: ModuleType, settings: Mapping[str, object], sample: Sample) -> lgb.Booster:
    """Bin the rows and grow the rounds that are not measured."""
    rows = engine.Dataset(
        sample.values, label=sample.labels, categorical_feature=list(sample.categorical), params=dict(settings)
    )
    booster: lgb.Booster = engine.Booster(dict(settings), rows.construct())
    for _ in range(WARM_UP):
        booster.update()
    return booster


def _turns(processor: lgb.Booster, device: lgb.Booster) -> NDArray[np.float64]:
    """Grow both by turns, so that busy neighbours disturb both alike; `(rounds, 2)` seconds of each round."""
    taken: list[list[float]] = []
    began = time.perf_counter()
    while not taken or (len(taken) < ROUNDS and time.perf_counter() - began < LONGEST_SECONDS):
        marks = [time.perf_counter()]
        for booster in (processor, device):
            booster.update()
            marks.append(time.perf_counter())
        taken.append([marks[1] - marks[0], marks[2] - marks[1]])
    return np.array(taken)


def _main() -> None:
    """Answer on what was standard output; whatever libraries print there goes to standard error."""
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answer:
        os.dup2(2, 1)
        answer.write("\n" + json.dumps(asdict(_answer(io.BytesIO(sys.stdin.buffer.read())))) + "\n")


if __name__ == "__main__":
    _main()
