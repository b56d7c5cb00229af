"""Whom the end of a run may take with it."""

from __future__ import annotations

import os
import subprocess
import sys

from workbench.stages.processes import _left


def test_a_run_killed_before_its_kernel_began_takes_no_stranger_with_it() -> None:
    assert _left("a run that never was", 0) == []
    assert _left("a run that never was", 1) == []


def test_a_run_is_found_by_name_and_by_session() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", "input('begun')"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"WORKBENCH_RUN": "a run of this test"},
        start_new_session=True,
    ) as child:
        assert child.stdout is not None
        assert child.stdout.read(5) == b"begun"  # before that the kernel may not yet tell its environment
        assert _left("a run of this test", 0) == [child.pid]
        assert _left("a run that never was", child.pid) == [child.pid]
        child.communicate(b"\n")
    assert _left("a run of this test", child.pid) == []
