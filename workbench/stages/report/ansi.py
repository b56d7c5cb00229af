"""Turns the colours of a terminal into classes of a page, which has a light and a dark sheet."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from workbench.stages.console import without_ansi

if TYPE_CHECKING:
    from collections.abc import Iterator

_SGR = re.compile(r"\x1b\[([0-9;]*)m")
_NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_BASES = (30, 90)
_BOLD, _NOT_BOLD, _DEFAULT, _EXTENDED, _BACKGROUND = 1, 22, 39, 38, 48
_CUBE_STEPS = (0, 95, 135, 175, 215, 255)
_STRONG = 0.6


def ansi_html(text: str) -> str:
    """Render text; every sign of it that is markup is escaped, every command but colour and weight is dropped."""
    pieces = _SGR.split(text)
    out = [escape(without_ansi(pieces[0]))]
    colour, bold = "", False
    for codes, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        colour, bold = _after(codes, colour, bold)
        classes = " ".join(name for name in (f"ansi-{colour}" if colour else "", "ansi-bold" if bold else "") if name)
        plain = escape(without_ansi(piece))
        out.append(f'<span class="{classes}">{plain}</span>' if classes and plain else plain)
    return "".join(out)


def _after(codes: str, colour: str, bold: bool) -> tuple[str, bool]:
    """Apply one command to the colour and weight in force."""
    numbers = iter([int(code or 0) for code in codes.split(";")])
    for number in numbers:
        if number == 0:
            colour, bold = "", False
        elif number in {_BOLD, _NOT_BOLD}:
            bold = number == _BOLD
        elif number in {_EXTENDED, _BACKGROUND}:
            extended = _extended(numbers)
            colour = extended if number == _EXTENDED else colour
        else:
            colour = _plain(number, colour)
    return colour, bold


def _plain(number: int, colour: str) -> str:
    if number == _DEFAULT:
        return ""
    return next((_NAMES[number - base] for base in _BASES if 0 <= number - base < len(_NAMES)), colour)


def _extended(numbers: Iterator[int]) -> str:
    """Read `5;n`, one of 256 colours, or `2;r;g;b`, and give the nearest of the eight."""
    if next(numbers, 0) != 5:  # noqa: PLR2004 - the standard's number of the 256 colours
        return _nearest(*(next(numbers, 0) for _ in range(3)))
    number = next(numbers, 0)
    if number < 16:  # noqa: PLR2004 - the eight colours and their bright ones
        return _NAMES[number % 8]
    if number > 231:  # noqa: PLR2004 - the shades of grey
        return ""
    red, rest = divmod(number - 16, 36)
    return _nearest(*(_CUBE_STEPS[step] for step in (red, *divmod(rest, 6))))


def _nearest(red: int, green: int, blue: int) -> str:
    """Name the mix of the channels that are strong; text that is grey keeps the page's own colour.

    Example:
        >>> _nearest(0, 135, 0)
        'green'
    """
    most = max(red, green, blue)
    strong = [channel >= _STRONG * most for channel in (red, green, blue)]
    return "" if all(strong) or not most else _NAMES[sum(bit << place for place, bit in enumerate(strong))]
