from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest

from tests.stages.conftest import Project, commit, wait_for
from workbench import artifacts
from workbench.errors import MissingArtifactError, StageFailedError
from workbench.params import reading
from workbench.stages.debugging import prepare


def fail(project: Project) -> None:
    project.write("train", "x = 1", "1 / 0", commit("train"))
    with pytest.raises(StageFailedError, match="workbench debug train"):
        project.run("train", "train.seed=7")


def test_a_failed_run_opens_with_its_own_parameters(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    fail(project)
    project.params(extra="train: {seed: 8}\n")
    session = prepare("train", project.root)
    monkeypatch.setenv("WORKBENCH_PARAMS", session.environment["WORKBENCH_PARAMS"])
    assert reading.read(project.root).train.seed == 7
    cells = json.loads(session.notebook.read_text())["cells"]
    assert "ZeroDivisionError" in json.dumps(cells[2]["outputs"])
    assert session.notebook.parent.parent == project.root
    assert str(project.root / "notebooks") in session.environment["PYTHONPATH"].split(os.pathsep)


def test_a_notebook_of_an_older_run_opens_with_the_parameters_of_that_run(project: Project) -> None:
    fail(project)
    of_the_notebook = project.last().run
    newest = artifacts.new_run("train")
    artifacts.write_run(replace(newest, status="KILLED"), project.root)
    session = prepare("train", project.root)
    assert of_the_notebook in session.environment["WORKBENCH_PARAMS"]
    assert session.note == (
        f"warning: this is run {of_the_notebook}; the newest, {newest.run} (KILLED), has left no notebook"
    )


def test_a_stage_without_a_run_cannot_be_debugged(project: Project) -> None:
    with pytest.raises(MissingArtifactError, match="workbench run train"):
        prepare("train", project.root)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(address: str) -> bool:
    host, port = address.removeprefix("http://").split(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


@pytest.mark.slow
def test_jupyterlab_answers_on_loopback_with_a_token_only(project: Project) -> None:
    fail(project)
    session = prepare("train", project.root)
    browser, opened = project.root / "browser", project.root / "opened.html"
    browser.write_text(f'#!/bin/sh\ncat "${{1#file://}}" > {opened}\n')
    browser.chmod(0o755)
    variables = {"JUPYTER_RUNTIME_DIR": str(project.root / "runtime"), "BROWSER": str(browser)}
    lab = subprocess.Popen(
        [*session.command, f"--ServerApp.port={free_port()}"],
        cwd=session.notebook.parent,
        env={**os.environ, **session.environment, **variables},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert lab.stderr is not None
    try:
        address = next(
            found[0] for line in lab.stderr if (found := re.search(r"http://127\.0\.0\.1:\d+/lab\S*token=\w+", line))
        )
        base, token = address.split("/lab")[0], address.rpartition("token=")[2]
        wait_for(lambda: listens(base))
        path = f"{base}/api/contents/reports/train.debug.ipynb?content=0"
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(path, timeout=20)  # noqa: S310 - an address of this test
        with urllib.request.urlopen(f"{path}&token={token}", timeout=20) as answer:  # noqa: S310 - an address of this test
            assert json.load(answer)["name"] == "train.debug.ipynb"
        wait_for(lambda: opened.is_file() and "lab/tree/reports/train.debug.ipynb" in opened.read_text())
        environment = Path(f"/proc/{lab.pid}/environ").read_bytes()
        assert b"WORKBENCH_PARAMS=" in environment
    finally:
        os.killpg(lab.pid, signal.SIGTERM)
        lab.communicate(timeout=20)
