"""Where boosters are trained: on the processor, or on a GPU that proved faster on these very rows."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from workbench.errors import ParamsError, Place
from workbench.train import opencl
from workbench.train.tryout import Sample, Tryout, tried

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.train.goal import Goal
    from workbench.train.opencl import OpenClDevice

Device = Literal["cpu", "gpu", "cuda"]
Asked = Literal["auto", "cpu", "gpu", "cuda"]

FEWEST_CELLS = 100_000
"""Below, a round takes the processor less time than the calls to a device alone."""

PROBE_ROWS, PROBE_CELLS = 200_000, 10_000_000
FASTER = 1.1
"""A device must be this many times faster than the processor to be worth its compiling and its inexact repeats."""

AGREEMENT = 0.01
"""Largest difference of the losses, relative to the processor's, before `auto` calls a device's sums wrong."""

MOST_TRIED = 3
AUTO_DEADLINE, ASKED_DEADLINE = 60.0, 300.0
CUDA_NODES = ("/dev/nvidiactl", "/dev/nvidia0", "/dev/dxg", "/dev/kfd", "C:/Windows/System32/nvcuda.dll")


@dataclass(frozen=True)
class DeviceChoice:
    """Where to train, and why.

    Attributes:
        device: The device.
        settings: LightGBM parameters to add to those of every Dataset and booster; empty for the processor.
        reason: Why, in one sentence with the figures of the probe.
        tryouts: What was measured, one for each device that was tried.
    """

    device: Device
    settings: Mapping[str, str | int] = field(default_factory=dict)
    reason: str = ""
    tryouts: tuple[Tryout, ...] = ()

    @property
    def repeats_bytes(self) -> bool:
        """Whether the same seed gives the same bytes; on a GPU, sums are added in an order that varies."""
        return self.device == "cpu"

    @property
    def cpu_seconds(self) -> float:
        """CPU-seconds that the probe cost; the clock counts them, as those of a child."""
        return sum(tryout.cpu_seconds for tryout in self.tryouts)

    def table(self) -> pl.DataFrame:
        """Lay the measurements out, one row for each device that was tried."""
        return pl.DataFrame([asdict(tryout) for tryout in self.tryouts], schema=_SCHEMA)


_SCHEMA = {
    "device": pl.String,
    "name": pl.String,
    "failure": pl.String,
    "rows": pl.Int64,
    "rounds": pl.Int64,
    "processor_seconds": pl.Float64,
    "device_seconds": pl.Float64,
    "starting_seconds": pl.Float64,
    "processor_loss": pl.Float64,
    "device_loss": pl.Float64,
    "cpu_seconds": pl.Float64,
}


def choose_device(asked: Asked, sample: Sample, goal: Goal, settings: Mapping[str, object]) -> DeviceChoice:
    """Choose where to train.

    `auto` takes a device only where it trains a sample of these rows faster than the processor and to the same loss;
    on a machine without one it looks into one folder and starts nothing.

    Args:
        asked: What `train.device` says.
        sample: The training rows; a part of them is tried.
        goal: What is minimised.
        settings: LightGBM parameters of the search on the processor.

    Raises:
        ParamsError: A device was asked for by name and cannot train these rows.
    """
    if asked == "cpu":
        return DeviceChoice("cpu", reason="The processor was asked for.")
    if asked == "auto":
        return _fastest(sample, goal, settings)
    device = _cuda() if asked == "cuda" else _opencl(_preferred())
    tryout = tried(_part(sample), goal, settings, device, ASKED_DEADLINE)
    if tryout.failure:
        raise _unavailable(asked, tryout.failure)
    apart = abs(tryout.device_loss / tryout.processor_loss - 1)
    reason = f"It was asked for: {_measured(tryout)}; the losses differ by {apart:.2g} of themselves."
    return DeviceChoice(asked, device, reason, (tryout,))


def _fastest(sample: Sample, goal: Goal, settings: Mapping[str, object]) -> DeviceChoice:
    if sample.values.size < FEWEST_CELLS:
        return DeviceChoice("cpu", reason=f"{sample.values.size:,} cells are too few for a GPU to gain anything.")
    offered = opencl.devices()
    promising = [_cuda()] * any(Path(node).exists() for node in CUDA_NODES)
    promising += [_opencl(device) for device in offered if device.kind == "gpu"]
    if not promising:
        return DeviceChoice("cpu", reason=_without_gpu(offered))
    part = _part(sample)
    tryouts = tuple(tried(part, goal, settings, device, AUTO_DEADLINE) for device in promising[:MOST_TRIED])
    best = max(range(len(tryouts)), key=lambda position: _worth(tryouts[position]))
    words = "; ".join(_measured(tryout) for tryout in tryouts)
    if _worth(tryouts[best]) < FASTER:
        return DeviceChoice("cpu", reason=f"No GPU is at least {FASTER:g} times faster: {words}.", tryouts=tryouts)
    kind: Device = "cuda" if tryouts[best].device == "cuda" else "gpu"
    return DeviceChoice(kind, promising[best], f"It is faster: {words}.", tryouts)


def _worth(tryout: Tryout) -> float:
    """Give how many times faster than the processor a device is; 0 where it fails or its sums are wrong."""
    if tryout.failure or not tryout.speedup > 0:
        return 0.0
    apart = abs(tryout.device_loss - tryout.processor_loss)
    return tryout.speedup if apart <= AGREEMENT * abs(tryout.processor_loss) else 0.0


def _without_gpu(offered: tuple[OpenClDevice, ...]) -> str:
    if offered:
        names = ", ".join(f"{device.name} ({device.platform})" for device in offered)
        return f"OpenCL offers no GPU here, only {names}: LightGBM uses a processor better without OpenCL."
    if opencl.driver_installed():
        return "There is no CUDA device, and the OpenCL drivers installed here offer none."
    return "There is neither a CUDA device nor an OpenCL driver here."


def _measured(tryout: Tryout) -> str:
    who = tryout.name or tryout.device
    if tryout.failure:
        return f"{who} cannot train these rows ({tryout.failure})"
    return (
        f"{who} ({tryout.device}) takes {tryout.device_seconds * 1000:,.3g} ms a round and the processor "
        f"{tryout.processor_seconds * 1000:,.3g} ms ({tryout.rounds} rounds on {tryout.rows:,} rows, after "
        f"{tryout.starting_seconds:,.1f} s of compiling and copying), to losses of {tryout.device_loss:.5g} and "
        f"{tryout.processor_loss:.5g}"
    )


MOST_BINS = 255
"""What LightGBM's kernels for devices hold; the processor may use finer bins."""


def _cuda() -> dict[str, str | int]:
    return {"device_type": "cuda", "max_bin": MOST_BINS}


def _opencl(device: OpenClDevice) -> dict[str, str | int]:
    return {
        "device_type": "gpu",
        "gpu_platform_id": device.platform_id,
        "gpu_device_id": device.device_id,
        "max_bin": MOST_BINS,
    }


def _preferred() -> OpenClDevice:
    """Give the first OpenCL GPU, or the first device where there is no GPU.

    Raises:
        ParamsError: There is none at all.
    """
    offered = opencl.devices()
    if not offered:
        without = "offer no device" if opencl.driver_installed() else "are not installed"
        raise _unavailable("gpu", f"OpenCL drivers {without} on this machine")
    return next((device for device in offered if device.kind == "gpu"), offered[0])


def _unavailable(asked: Asked, said: str) -> ParamsError:
    hints = {
        "gpu": "install the OpenCL driver of the GPU, or take device: auto",
        "cuda": "PyPI's LightGBM has no CUDA: build it with USE_CUDA=ON, or take device: gpu or auto",
    }
    hint = "a GPU takes at most 256 bins for a column: take device: cpu or auto" if "bin size" in said else hints[asked]
    return ParamsError(
        "the device cannot train these rows",
        place=Place(key="train.device"),
        found=f"{asked}: {said}",
        expected="auto, cpu or a device that LightGBM can use",
        hint=hint,
    )


def _part(sample: Sample) -> Sample:
    """Take rows evenly from the first to the last."""
    rows, inputs = sample.values.shape
    wanted = max(1, min(rows, PROBE_ROWS, PROBE_CELLS // max(1, inputs)))
    chosen = np.linspace(0, rows - 1, wanted).astype(np.int64)
    return Sample(sample.values[chosen], sample.labels[chosen], sample.categorical)
