"""Commands that run stages: `repro`, `run`, `strip`, `debug`."""

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


def repro(context: typer.Context) -> None:
    """Run what changed: `dvc repro`, but two at once queue.

    Takes every argument of `dvc repro`.
    """
    from workbench import stages  # noqa: PLC0415 - keeps --help and completion quick

    stages.repro(context.args)


def run(stage: Stage, overrides: Overrides = None) -> None:
    """Run one stage, metered and supervised.

    This is what dvc.yaml calls.
    """
    from workbench import stages  # noqa: PLC0415 - keeps --help and completion quick

    stages.run(stage, overrides or [], leaving=True)


def strip() -> None:
    """Copy the notebooks without outputs.

    The stages depend on the copies in .workbench/notebooks, so that saving a notebook reruns nothing.
    """
    from workbench import stages  # noqa: PLC0415 - keeps --help and completion quick

    stages.strip()


def debug(stage: Stage) -> None:
    """Open a stage's last run in JupyterLab, same parameters."""
    from workbench import stages  # noqa: PLC0415 - keeps --help and completion quick

    stages.debug(stage)
