"""Keeps a cell's output within its limit, and says what was left out."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_COMPACT_EVERY_BYTES = 65_536
_NAME_CHARACTERS = 200
_DISPLAY_BYTES = 100
"""What a display takes in the notebook beside its data."""


@dataclass
class CellOutput:
    """What one cell has put out so far.

    Attributes:
        max_bytes: Output kept; the rest is counted.
        kept_bytes: Output kept so far.
        dropped_bytes: Output left out so far.
    """

    max_bytes: int
    kept_bytes: int = 0
    dropped_bytes: int = 0
    _chunks: dict[int, tuple[Any, list[str]]] = field(default_factory=dict)
    _loose_bytes: int = 0
    _displays_dropped: int = 0

    def add_text(self, outputs: list[Any], new_stream: Any, text: str) -> str:  # noqa: ANN401 - a notebook node
        """Add text of a stream; text after text of the same stream goes into one output.

        Args:
            outputs: Outputs of the cell; changed in place.
            new_stream: An empty stream output, used when the last output is of another kind.
            text: The text.

        Returns:
            The part that was kept.
        """
        kept = self._fitting(text)
        if not kept:
            return ""
        if not self._continues(outputs, new_stream):
            outputs.append(new_stream)
            self._chunks[id(new_stream)] = (new_stream, [])  # held, so that no later output gets its identity
        _, chunks = self._chunks[id(outputs[-1])]
        chunks.append(kept)
        self._loose_bytes += len(kept)
        if "\r" in kept and self._loose_bytes > _COMPACT_EVERY_BYTES:
            self._compact(chunks)
        return kept

    def bounded(self, data: Mapping[str, object]) -> dict[str, object] | None:
        """Give the formats of a display, or what stands in their place when they are too large together.

        Returns:
            The formats; a note for the first display that does not fit; None for those after it.
        """
        size = sum(_size(value) for value in data.values()) + _DISPLAY_BYTES
        if self.kept_bytes + size <= self.max_bytes:
            self.kept_bytes += size
            return dict(data)
        first = not self._displays_dropped
        self._displays_dropped += 1
        self.dropped_bytes += size
        kinds = ", ".join(sorted(data))[:_NAME_CHARACTERS]
        note = f"[{size:,} bytes of {kinds} were left out: run.max_output_bytes is {self.max_bytes:,}]"
        return {"text/plain": note} if first else None

    def bounded_traceback(self, lines: list[str]) -> list[str]:
        """Shorten the lines of a traceback in the middle, where the least is to be learned."""
        limit = max(1_000, self.max_bytes // max(1, len(lines)))
        return [line if len(line) <= limit else f"{line[: limit // 2]}\n[…]\n{line[-limit // 2 :]}" for line in lines]

    def note(self) -> str:
        """Say how much text was left out; empty when nothing was."""
        if not self.dropped_bytes:
            return ""
        return (
            f"\n[{self.dropped_bytes:,} bytes of output were left out after the first {self.kept_bytes:,}: "
            f"run.max_output_bytes is {self.max_bytes:,}]\n"
        )

    def close(self, outputs: list[Any]) -> None:
        """Put the collected text into the outputs."""
        for output in outputs:
            _, chunks = self._chunks.pop(id(output), (None, None))
            if chunks is not None:
                output["text"] = overtyped("".join(chunks))
        self._chunks.clear()

    def _continues(self, outputs: list[Any], new_stream: Any) -> bool:  # noqa: ANN401 - a notebook node
        return bool(outputs) and id(outputs[-1]) in self._chunks and outputs[-1]["name"] == new_stream["name"]

    def _fitting(self, text: str) -> str:
        """Cut text to what still fits, counting UTF-8 bytes without encoding more than needed."""
        room = self.max_bytes - self.kept_bytes
        head = text[: max(0, room)].encode(errors="surrogatepass")[: max(0, room)].decode(errors="ignore")
        size = len(text.encode(errors="surrogatepass"))
        kept = len(head.encode())
        self.kept_bytes += kept
        self.dropped_bytes += size - kept
        return head

    def _compact(self, chunks: list[str]) -> None:
        """Forget what carriage returns have overwritten, as a progress bar does all the time."""
        before = "".join(chunks)
        after = overtyped(before)
        chunks[:] = [after]
        self.kept_bytes -= len(before.encode()) - len(after.encode())
        self._loose_bytes = 0


def overtyped(text: str) -> str:
    r"""Apply carriage returns as a terminal does; one at the end still waits for what it lets overwrite.

    Example:
        >>> overtyped("10 %\r20 %\nnext\r")
        '20 %\nnext\r'
    """
    if "\r" not in text:
        return text
    *lines, last = text.split("\n")
    waiting = "\r" if last.endswith("\r") else ""
    return "\n".join([*map(_overtyped_line, lines), _overtyped_line(last) + waiting])


def _overtyped_line(line: str) -> str:
    return line.rstrip("\r").rpartition("\r")[2]


def _size(value: object) -> int:
    if isinstance(value, str):
        return len(value)
    return len(json.dumps(value, default=str))
