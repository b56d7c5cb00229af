"""Runs `dvc repro` in this process and puts on record that all of it ended well: `workbench repro` becomes this."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from pathlib import Path

from workbench import artifacts
from workbench.artifacts import ReproRecord
from workbench.errors import ArtifactError
from workbench.stages.queueing import RECORD_VARIABLE


def main() -> int:
    """Become DVC, then write."""
    told = os.environ.pop(RECORD_VARIABLE, "")
    from dvc.cli import main as dvc  # type: ignore[import-untyped]  # noqa: PLC0415 - reads its environment when loaded

    code = int(dvc(["repro", *sys.argv[1:]]) or 0)
    if code == 0 and told:
        tree = json.loads(told)
        record = ReproRecord(tree["repro"], tree["started"], tree["owner"], tuple(tree["stages"]))
        with suppress(ArtifactError):  # what a cache saved is worth no failure
            artifacts.write_repro(record, Path(tree["root"]))
    return code


if __name__ == "__main__":
    sys.exit(main())
