"""The command `costs`: what runs took, in dollars; what was wasted, what the cache saved, what a branch changes."""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from workbench.cost.pricing.quoting import Price

_BY = "stage, day, owner, status or tag:NAME: one line per group."


@dataclass(frozen=True)
class Account:
    """The part of the ledger that was asked for, ready to be shown.

    Attributes:
        runs: The runs, as `cost.ledger.amounts.ledger_frame` gives them.
        saved: What the cache saved meanwhile, as `cost.ledger.saving.saved` gives it.
        recorded_nano_usd: What the runs cost at the prices of their time.
        prices: The prices they were priced by anew; empty for those of their time.
        by: How they are to be grouped; empty for not at all.
    """

    runs: pl.DataFrame
    saved: pl.DataFrame
    recorded_nano_usd: int
    prices: Mapping[str, Price]
    by: str

    @property
    def saved_nano_usd(self) -> int:
        """What the cache saved, in billionths of a dollar."""
        return sum(self.saved["nano_usd"].drop_nulls().to_list())


def costs(  # noqa: PLR0913 - the options of a command
    by: Annotated[str, typer.Option(help=_BY)] = "",
    since: Annotated[str, typer.Option(help="Only runs since: 7d, 2026-11, 2026-11-25 or a moment, UTC.")] = "",
    until: Annotated[str, typer.Option(help="Only runs until: the same; a day or a month is included.")] = "",
    diff: Annotated[str, typer.Option(metavar="REV", help="What this branch changes against a git revision.")] = "",
    *,
    reprice: Annotated[bool, typer.Option("--reprice", help="Today's price book instead of recorded dollars.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_prometheus: Annotated[bool, typer.Option("--prometheus", help="Print Prometheus text.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the ledger: what runs took, in dollars.

    Dollars are those recorded when the runs ended, unless --reprice. Runs that failed or were killed count.
    """
    _at_most_one({"--csv": as_csv, "--prometheus": as_prometheus, "--json": as_json})
    if diff:
        _nothing_beside_diff(
            {"--by": by, "--since": since, "--until": until, "--csv": as_csv, "--prometheus": as_prometheus}
        )
        from workbench.cli.ledgerchange import show_change  # noqa: PLC0415 - keeps --help and completion quick

        show_change(diff, reprice=reprice, as_json=as_json)
        return
    account = _account(by, since, until, reprice=reprice)
    if as_csv or as_prometheus or as_json:
        from workbench.cli import ledgertexts as texts  # noqa: PLC0415 - keeps --help and completion quick

        write = texts.csv if as_csv else texts.prometheus if as_prometheus else texts.json_text
        sys.stdout.write(write(account))  # echo looks for colours in 50 MB of text first
        return
    from workbench.cli.ledgerviews import show  # noqa: PLC0415 - programs need no table

    show(account)


def _account(by: str, since: str, until: str, *, reprice: bool) -> Account:
    import polars as pl  # noqa: PLC0415 - keeps --help and completion quick

    from workbench.cost.ledger.amounts import ledger_frame  # noqa: PLC0415 - keeps --help and completion quick
    from workbench.cost.ledger.period import period  # noqa: PLC0415 - keeps --help and completion quick
    from workbench.cost.ledger.saving import saved  # noqa: PLC0415 - keeps --help and completion quick
    from workbench.cost.ledger.totals import totals  # noqa: PLC0415 - keeps --help and completion quick

    now = dt.datetime.now(dt.UTC)
    asked = pl.col("started") >= (period(since, now).start if since else "")
    asked &= pl.col("started") < period(until, now).end if until else pl.lit(value=True)
    recorded, repros = read_ledger()
    runs, prices = priced_anew(recorded) if reprice else (recorded, {})
    spared = saved(runs, repros).filter(asked) if repros.height else saved(runs.clear(), repros)
    frame = ledger_frame(runs.filter(asked))
    was = totals(ledger_frame(recorded.filter(asked))) if reprice else totals(frame)
    return Account(frame, spared, was.nano_usd, prices, by)


def read_ledger() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read the ledger's runs and runs of the pipeline, and warn of files that are no record."""
    from workbench import artifacts  # noqa: PLC0415 - keeps --help and completion quick

    table = artifacts.read_ledger()
    for warning in table.warnings:
        typer.echo(f"warning: {warning.path} is no run record: {warning.problem}", err=True)
    return table.frame, table.repros


def priced_anew(runs: pl.DataFrame) -> tuple[pl.DataFrame, Mapping[str, Price]]:
    """Price runs by the price book of today, overlaid by the project's."""
    from workbench.cost.ledger.repricing import repriced  # noqa: PLC0415 - keeps --help and completion quick
    from workbench.cost.pricing.prices import PriceBook  # noqa: PLC0415 - keeps --help and completion quick
    from workbench.params.root import find_root  # noqa: PLC0415 - keeps --help and completion quick

    return repriced(runs, PriceBook.load(find_root()))


def _at_most_one(options: Mapping[str, bool]) -> None:
    from workbench.errors import UsageError  # noqa: PLC0415 - keeps --help and completion quick

    given = [name for name, wanted in options.items() if wanted]
    if len(given) > 1:
        raise UsageError("one output at a time", found=" ".join(given), expected=f"one of {', '.join(options)}")


def _nothing_beside_diff(options: Mapping[str, object]) -> None:
    from workbench.errors import UsageError  # noqa: PLC0415 - keeps --help and completion quick

    given = [name for name, value in options.items() if value]
    if given:
        raise UsageError(
            "--diff compares one full run on both sides",
            found=" ".join(given),
            expected="--reprice or --json beside it",
        )
