"""The command `advise`: what to do about costs."""

from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.options import Json
from workbench.cli.tables import show_json
from workbench.money import CENT, usd

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from workbench.cost.advice import Advice, Advised

WIDEST = 100
NARROWEST = 40
_INDENT = 4


def advise(
    off: Annotated[
        list[str] | None,
        typer.Option("--off", metavar="KEY", help="A subject to leave alone; advise.off does so for good."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what to do about costs, the dearest first.

    Every action states what it rests on, what it supposes and what may go wrong.
    """
    from workbench.cli.gathering import situation  # noqa: PLC0415 - keeps --help and completion quick
    from workbench.cost.advice import ranking  # noqa: PLC0415 - keeps --help and completion quick

    silent = ranking.checked_keys(off or [])
    found = ranking.advise(situation(), silent)
    if as_json:
        show_json(found.to_json())
        return
    for line in told(found, _width()):
        typer.echo(line)


def told(found: "Advised", width: int) -> "Iterable[str]":
    """Write what there is to say as lines of text."""
    first: dict[str, int] = {}
    for rank, item in enumerate(found.advice, start=1):
        yield from _block(rank, item, first.setdefault(item.bill, rank), width)
    if not found.advice:
        yield from _wrapped(f"No advice saves {usd(found.least_usd_per_month)} a month or more.", width, 0)
    elif len(found.advice) > 1:
        total, bills = usd(found.at_most_usd_per_month), sorted({item.bill for item in found.advice})
        text = f"Together at most {total} a month: actions on one bill ({', '.join(bills)}) exclude each other."
        yield from _wrapped(text, width, 0)
    least = usd(found.least_usd_per_month)
    small = [f"{item.key}: {_cents(item.usd_per_month)}. {item.action}" for item in found.too_small]
    yield from _section(f"Left out, saving less than {least} a month (advise.least_usd_per_month):", small, width)
    yield from _section("Nothing to gain:", [f"{item.key}: {item.reason}." for item in found.settled], width)
    yield from _section("Not enough evidence:", [f"{item.key} needs {item.needs}." for item in found.gaps], width)
    yield from _section("Turned off:", [", ".join(found.off)] if found.off else [], width)
    yield from _section("Notes:", [f"{note}." for note in found.notes], width)


def _block(rank: int, item: "Advice", best: int, width: int) -> "Iterable[str]":
    instead = "" if rank == best else f", instead of {best}"
    head = f"{rank}. {item.action} Saves {_saving(item)} a month on {item.bill}{instead} [{item.key}]."
    yield from _wrapped(head, width, 0)
    yield from _wrapped(f"Evidence: {item.evidence}", width, _INDENT)
    yield from _wrapped(f"Assumes: {'; '.join(item.assumptions)}.", width, _INDENT)
    yield from _wrapped(f"Risk: {item.risk}.", width, _INDENT)
    yield ""


def _saving(item: "Advice") -> str:
    text = usd(item.usd_per_month)
    if item.usd_per_month_low is not None and item.usd_per_month_high is not None:
        low, high = usd(item.usd_per_month_low), usd(item.usd_per_month_high)
        text += f" ({low} to {high})" if low != high else ""
    if item.kg_co2e_per_month is not None:
        text += f" and {item.kg_co2e_per_month:.2g} kg CO2e"
    return text


def _section(title: str, entries: "Sequence[str]", width: int) -> "Iterable[str]":
    if not entries:
        return
    yield ""
    yield title
    for entry in entries:
        yield from _wrapped(entry, width, _INDENT)


def _wrapped(text: str, width: int, indent: int) -> "list[str]":
    import textwrap  # noqa: PLC0415 - only printed text is wrapped

    wrapper = textwrap.TextWrapper(width, break_long_words=False, break_on_hyphens=False)
    wrapper.initial_indent, wrapper.subsequent_indent = " " * indent, " " * (indent + _INDENT)
    return wrapper.wrap(text)


def _cents(amount: float) -> str:
    return usd(amount) if amount >= CENT else f"less than {usd(CENT)}"


def _width() -> int:
    import shutil  # noqa: PLC0415 - only printed text is wrapped

    return min(WIDEST, max(NARROWEST, shutil.get_terminal_size((WIDEST, 24)).columns))
