"""What a run says on the terminal while it runs: one line per cell, and the cell's own output as it comes."""

from __future__ import annotations

import os
import re
import sys
import textwrap
from typing import TYPE_CHECKING, TextIO

from workbench.stages.outputs import overtyped

if TYPE_CHECKING:
    from workbench.artifacts import RunRecord
    from workbench.stages.outcome import Outcome

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|.)")
_COLOURS = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33"}
_TITLE_CHARACTERS = 72
_SOURCE_LINES = 12


class Console:
    """Writes lines; colours only on a terminal, never with NO_COLOR.

    Args:
        stream: Where to; standard output when left out.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._terminal = self._stream.isatty()
        self._colours = self._terminal and not os.environ.get("NO_COLOR")
        self._held = ""
        self._total = 0
        self._at_line_start = True

    def line(self, text: str, colour: str = "") -> None:
        """Write one line of the runner's own."""
        held, self._held = self._held.rstrip("\r"), ""
        self._write(held)
        if not self._at_line_start:
            self._write("\n")
        self._write(self.coloured(text, colour) + "\n")

    def cells(self, total: int) -> None:
        """Take note of how many cells there are."""
        self._total = total

    def cell_began(self, number: int, source: str) -> None:
        """Announce a cell by its first line of code."""
        self.line(f"[{number}/{self._total}] {title(source)}", "bold")

    def cell_ended(self, number: int, wall_seconds: float) -> None:
        """Say how long a cell took, when that is worth a line."""
        if wall_seconds >= 1:
            self.line(f"[{number}/{self._total}] {wall_seconds:.1f} s", "dim")

    def text(self, text: str, stream: str) -> None:
        """Pass on what a cell printed; what carriage returns overwrite is shown on a terminal only."""
        if self._terminal:
            self._write(self.coloured(self.plain(text), "dim" if stream == "stderr" else ""))
            return
        lines, newline, last = (self._held + self.plain(text)).rpartition("\n")
        holding = bool(self._held and not newline) or "\r" in last
        self._held = overtyped(last) if holding else ""
        self._write(overtyped(lines).rstrip("\r") + newline + ("" if holding else last))

    def ended(self, record: RunRecord, outcome: Outcome) -> None:
        """Say how the run ended; where and why first, when it did not end well."""
        if outcome.cell is not None:
            self.line(f"cell {outcome.cell}:", "bold")
            self.line(textwrap.indent(shortened(outcome.source), "    "))
        if outcome.traceback:
            self.line(self.plain(outcome.traceback))
        cost = "" if record.usd is None else f", {record.usd:.6f} USD"
        used = f"{record.wall_seconds:.1f} s, {record.cpu_seconds:.1f} CPU-s, {record.peak_rss_bytes / 2**20:,.0f} MiB"
        colour = "green" if outcome.status == "DONE" else "red"
        self.line(f"{record.stage} {outcome.status}: {used}{cost}", colour)

    def coloured(self, text: str, colour: str) -> str:
        """Colour text where colours are shown."""
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if colour and self._colours else text

    def plain(self, text: str) -> str:
        """Remove a cell's own colours and terminal commands where they are not shown."""
        return text if self._colours else without_ansi(text)

    def _write(self, text: str) -> None:
        if not text:
            return
        encoding = self._stream.encoding or "utf-8"
        self._stream.write(text.encode(encoding, errors="replace").decode(encoding))
        self._stream.flush()
        self._at_line_start = text.endswith("\n")


def title(source: str) -> str:
    r"""Give the first line of a cell that holds code, shortened.

    Example:
        >>> title("# read\n\ntable = read()")
        'table = read()'
    """
    lines = [line.strip() for line in source.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    first = lines[0] if lines else source.strip().partition("\n")[0]
    return first if len(first) <= _TITLE_CHARACTERS else first[: _TITLE_CHARACTERS - 1] + "…"


def shortened(source: str) -> str:
    """Give the first lines of a cell."""
    lines = source.strip().splitlines()
    kept = lines[:_SOURCE_LINES]
    return "\n".join(kept if len(lines) == len(kept) else [*kept, f"… {len(lines) - len(kept)} more lines"])


def without_ansi(text: str) -> str:
    """Remove terminal commands from text."""
    return _ANSI.sub("", text)
