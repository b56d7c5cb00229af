"""Assembles the commands, and turns every exception into one readable paragraph and an exit code."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import typer

from workbench import __version__
from workbench.cli import advising, deciding, history, ledgering, planning, pricing, reading, running, starting, whatif
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from types import TracebackType

ABOUT = "A Jupyter-first MLOps workbench for tabular data: what quality costs, and how to prove it."
DEBUG_VARIABLE = "WORKBENCH_DEBUG"


def application() -> typer.Typer:
    """Build the command-line application."""
    app = typer.Typer(
        help=ABOUT,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(help=ABOUT)(_options)
    app.command()(starting.init)
    app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(running.repro)
    app.command()(running.run)
    app.command()(running.strip)
    app.command()(running.debug)
    app.command()(planning.plan)
    app.command()(ledgering.costs)
    app.command()(reading.candidates)
    app.command()(reading.compare)
    app.command()(deciding.decide)
    app.command()(history.history)
    app.command()(whatif.whatif)
    app.add_typer(pricing.application(), name="prices")
    app.command()(advising.advise)
    app.command()(starting.doctor)
    app.command()(starting.params)
    return app


def run_command_line(arguments: list[str] | None = None) -> None:
    """Run the command that the arguments name; always ends in `SystemExit`."""
    sys.excepthook = explain_bug
    try:
        typer.main.get_command(application()).main(args=arguments, prog_name="workbench")
    except WorkbenchError as error:
        if os.environ.get(DEBUG_VARIABLE):
            raise
        typer.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)


def explain_bug(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    """Say in one paragraph that an exception nobody foresaw ended the command."""
    if os.environ.get(DEBUG_VARIABLE):
        sys.__excepthook__(kind, error, traceback)
        return
    typer.echo(
        f"error: {kind.__name__}: {error}. This is a bug of workbench {__version__}, not of your data. "
        f"Hint: {DEBUG_VARIABLE}=1 shows the traceback; please report it",
        err=True,
    )


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"workbench {__version__}")
        raise typer.Exit


def _options(
    version: bool = typer.Option(
        False, "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
    ),
) -> None:
    """Take the options that stand before a command."""
