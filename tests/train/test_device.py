"""Where to train: the processor, an OpenCL device (PoCL where there is no GPU), CUDA."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.train.tables import ROLES, table
from workbench.errors import ParamsError
from workbench.model import lightgbm
from workbench.model.encode import categorical_inputs
from workbench.train import device, opencl
from workbench.train.device import choose_device
from workbench.train.goal import goal_of
from workbench.train.material import prepare
from workbench.train.tryout import Sample, Tryout, tried

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from workbench.model import Task
    from workbench.train.goal import Goal

OFFERED = opencl.devices()
needs_opencl = pytest.mark.skipif(not OFFERED, reason="no OpenCL platform; Debian's pocl-opencl-icd is one")
TOLERANCE = 1e-3
ROWS = 40_000


def drawn(task: Task, rows: int = ROWS) -> tuple[Sample, Goal, dict[str, object]]:
    roles = ROLES[task]
    goal = goal_of(roles, "auto")
    material = prepare(table(rows, seed=1), table(2000, seed=2), roles)
    sample = Sample(material.train_values, material.train_labels, categorical_inputs(material.features))
    return sample, goal, {**material.settings(goal), "seed": 0}


@pytest.fixture
def no_driver(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OCL_ICD_VENDORS", str(tmp_path))
    monkeypatch.delenv("OCL_ICD_FILENAMES", raising=False)
    monkeypatch.setattr(device, "CUDA_NODES", ())


def test_auto_starts_nothing_on_a_machine_without_a_gpu(no_driver: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(subprocess, "run", forbidden)
    choice = choose_device("auto", *drawn("binary"))
    assert (choice.device, choice.settings, choice.tryouts) == ("cpu", {}, ())
    assert choice.reason == "There is neither a CUDA device nor an OpenCL driver here."
    assert choice.repeats_bytes
    assert choice.table().height == 0


def test_few_cells_are_not_worth_a_look() -> None:
    assert "too few for a GPU" in choose_device("auto", *drawn("binary", 1000)).reason


def test_the_processor_can_be_asked_for() -> None:
    assert choose_device("cpu", *drawn("binary", 100)).reason == "The processor was asked for."


def test_a_gpu_that_was_asked_for_and_is_not_there_is_an_error(no_driver: None) -> None:
    with pytest.raises(ParamsError, match=r"key train\.device.*OpenCL drivers are not installed"):
        choose_device("gpu", *drawn("binary"))


def test_cuda_that_was_asked_for_is_used_or_refused_in_the_words_of_lightgbm() -> None:
    said = ""
    try:
        used = choose_device("cuda", *drawn("binary", 2000)).device
    except ParamsError as error:
        used, said = error.place.key, str(error)
    assert (used, said) == ("cuda", "") or (used == "train.device" and "CUDA" in said)


@needs_opencl
def test_auto_takes_no_processor_for_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "CUDA_NODES", ())
    if any(offered.kind == "gpu" for offered in OFFERED):
        pytest.skip("there is a GPU here")
    choice = choose_device("auto", *drawn("binary"))
    assert (choice.device, choice.tryouts) == ("cpu", ())
    assert "OpenCL offers no GPU here" in choice.reason
    assert OFFERED[0].name in choice.reason


@needs_opencl
def test_auto_measures_and_keeps_to_the_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    """PoCL, called a GPU here, is tried on these rows and is not faster than the processor it runs on."""
    renamed = tuple(replace(offered, kind="gpu") for offered in OFFERED)
    monkeypatch.setattr(opencl, "devices", lambda: renamed)
    monkeypatch.setattr(device, "CUDA_NODES", ())
    monkeypatch.setattr(device, "AUTO_DEADLINE", 300.0)
    choice = choose_device("auto", *drawn("binary"))
    assert len(choice.tryouts) == len(renamed)
    assert choice.tryouts[0].failure == ""
    assert choice.tryouts[0].rows == ROWS
    assert choice.cpu_seconds > 0
    assert "ms a round" in choice.reason
    assert (choice.device == "gpu") == (choice.tryouts[0].speedup >= device.FASTER)


@needs_opencl
@pytest.mark.slow
@pytest.mark.parametrize("task", ROLES)
def test_an_opencl_device_that_was_asked_for_trains_and_agrees(task: Task) -> None:
    sample, goal, settings = drawn(task)
    choice = choose_device("gpu", sample, goal, settings)
    assert choice.settings["device_type"] == "gpu"
    assert not choice.repeats_bytes
    assert choice.tryouts[0].name == OFFERED[0].name or any(o.kind == "gpu" for o in OFFERED)
    bins = {"max_bin": choice.settings["max_bin"]}  # those that the device can hold, for both
    values = {
        name: _trained(sample, goal, {**settings, **more}) for name, more in (("cpu", bins), ("gpu", choice.settings))
    }
    assert values["gpu"] == pytest.approx(values["cpu"], rel=TOLERANCE)
    assert "device_type" not in settings


def _trained(sample: Sample, goal: Goal, settings: dict[str, object]) -> float:
    rows = lightgbm().Dataset(
        sample.values, label=sample.labels, categorical_feature=list(sample.categorical), params=settings
    )
    booster = lightgbm().train(settings, rows, num_boost_round=20)
    predictions: NDArray[np.float64] = booster.predict(sample.values)
    return goal.value(sample.labels, predictions)


@needs_opencl
@pytest.mark.slow
def test_a_column_of_too_many_categories_is_named_as_the_reason() -> None:
    sample, goal, settings = drawn("binary")
    codes = np.random.default_rng(0).integers(0, 3000, sample.labels.size)
    wide = Sample(np.column_stack([sample.values, codes]), sample.labels, [*sample.categorical, 4])
    with pytest.raises(ParamsError, match=r"bin size \d+ cannot run on GPU.*at most 256 bins"):
        choose_device("gpu", wide, goal, settings)


@pytest.fixture
def deadly_driver(no_driver: None, tmp_path: Path) -> None:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler to build a driver that aborts")
    source, library = tmp_path / "deadly.c", tmp_path / "libdeadly.so"
    source.write_text("#include <stdlib.h>\n__attribute__((constructor)) static void die(void) { abort(); }\n")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source], check=True)
    (tmp_path / "deadly.icd").write_text(f"{library}\n")


def test_a_driver_that_aborts_ends_the_probe_only(deadly_driver: None) -> None:
    assert opencl.driver_installed()
    assert opencl.devices() == ()
    sample, goal, settings = drawn("binary")
    assert "OpenCL drivers installed here offer none" in choose_device("auto", sample, goal, settings).reason
    with pytest.raises(ParamsError, match="OpenCL drivers offer no device"):
        choose_device("gpu", sample, goal, settings)
    tryout = tried(sample, goal, settings, {"device_type": "gpu"}, deadline=120)
    assert tryout.failure.startswith("training ended with signal 6")


def test_a_device_that_does_not_answer_is_given_up() -> None:
    tryout = tried(*drawn("binary", 1000), {"device_type": "gpu"}, deadline=0.01)
    assert tryout.failure == "it did not answer within 0.01 s"


@pytest.mark.parametrize(
    ("change", "worth"),
    [
        ({}, 4.0),
        ({"failure": "broken"}, 0.0),
        ({"device_loss": 0.52}, 0.0),
        ({"device_loss": float("nan")}, 0.0),
        ({"device_seconds": 2.0}, 0.5),
    ],
)
def test_only_a_device_that_adds_up_right_is_worth_its_speed(change: dict[str, float | str], worth: float) -> None:
    good = Tryout("gpu", processor_seconds=1, device_seconds=0.25, processor_loss=0.5, device_loss=0.5001)
    assert device._worth(replace(good, **change)) == worth


def test_the_sample_spans_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "PROBE_ROWS", 5)
    part = device._part(Sample(np.arange(1001.0)[:, None], np.arange(1001.0), []))
    assert part.labels.tolist() == [0, 250, 500, 750, 1000]
