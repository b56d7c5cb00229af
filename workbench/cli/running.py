"""Commands that run a stage: `run`, `strip`, `debug`."""

from typing import Annotated

import typer

STAGES = ("ingest", "train", "evaluate", "cost", "decide")


def _stage_names(incomplete: str) -> list[str]:
    return [name for name in STAGES if name.startswith(incomplete)]


Stage = Annotated[str, typer.Argument(help="Name of the stage.", autocompletion=_stage_names)]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="A parameter for this run, read as YAML: train.seed=1."),
]


def run(stage: Stage, overrides: Overrides = None) -> None:
    """Run one stage's notebook, metered and supervised; this is what dvc.yaml calls."""
    from workbench import stages  # noqa: PLC0415 - keeps --help and completion quick

    stages.run(stage, overrides or [])


def strip() -> None:
    """Write the notebooks without outputs to .workbench/notebooks, where the stages depend on them."""
    from workbench import stages  # noqa: PLC0415 - keeps --help and completion quick

    stages.strip()


def debug(stage: Stage) -> None:
    """Open JupyterLab on the notebook of the stage's last run, with the same parameters."""
    from workbench import stages  # noqa: PLC0415 - keeps --help and completion quick

    stages.debug(stage)
