"""Keeps a cell's output within its limit, and says what was left out."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_OVERWRITTEN = re.compile(r"[^\n]*\r(?!\n)")
_COMPACT_EVERY_BYTES = 65_536
_NAME_CHARACTERS = 200
_NOTE = "text/plain"


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
    _chunks: dict[int, list[str]] = field(default_factory=dict)
    _loose_bytes: int = 0

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
            self._chunks[id(new_stream)] = []
        chunks = self._chunks[id(outputs[-1])]
        chunks.append(kept)
        self._loose_bytes += len(kept)
        if "\r" in kept and self._loose_bytes > _COMPACT_EVERY_BYTES:
            self._compact(chunks)
        return kept

    def bounded(self, data: Mapping[str, object]) -> dict[str, object]:
        """Give the formats of a display, or a note in their place when they are too large together."""
        size = sum(_size(value) for value in data.values())
        if self.kept_bytes + size <= self.max_bytes:
            self.kept_bytes += size
            return dict(data)
        self.dropped_bytes += size
        kinds = ", ".join(sorted(data))[:_NAME_CHARACTERS]
        return {_NOTE: f"[{size:,} bytes of {kinds} were left out: run.max_output_bytes is {self.max_bytes:,}]"}

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
            chunks = self._chunks.pop(id(output), None)
            if chunks is not None:
                output["text"] = _OVERWRITTEN.sub("", "".join(chunks))

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
        after = _OVERWRITTEN.sub("", before)
        chunks[:] = [after]
        self.kept_bytes -= len(before.encode()) - len(after.encode())
        self._loose_bytes = 0


def _size(value: object) -> int:
    if isinstance(value, str):
        return len(value)
    return len(json.dumps(value, default=str))
