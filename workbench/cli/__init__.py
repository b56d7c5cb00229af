"""The room `cli`: parse the arguments, call one room, print what it returns.

Every command imports what it needs when it is called, so that `workbench --help` and completion
answer at once.
"""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run the command line and exit: 0 done, 1 the work failed, 2 bad arguments or parameters."""
    from workbench.cli.entry import run_command_line  # noqa: PLC0415 - importing the package stays free of typer

    run_command_line()
