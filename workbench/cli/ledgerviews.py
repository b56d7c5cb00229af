"""The ledger for people: a table, its totals, and the prices below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.charts.labels import by_name, count, number, text, usd, words
from workbench.cli.tables import Heading, show_table
from workbench.cost.ledger.grouping import group
from workbench.cost.ledger.money import usd as dollars
from workbench.cost.ledger.rates import recorded_rates
from workbench.cost.ledger.totals import totals

if TYPE_CHECKING:
    from workbench.cli.ledgering import Account
    from workbench.cost.ledger.totals import Totals

NEWEST = 20
"""Runs shown one by one; the others are in the totals."""

_DATE_AND_TIME = 19
_SHORT_REVISION = 9
_MEASURES = ("wall_seconds", "cpu_seconds", "peak_rss_bytes")
_RATE = 1e-6


def show(account: Account) -> None:
    """Print the groups or the newest runs, and the totals of all below."""
    sums = totals(account.runs)
    if account.by:
        _show_groups(account)
    else:
        _show_runs(account, sums)


def _show_runs(account: Account, sums: Totals) -> None:
    headings = [Heading(name, number=False) for name in ("started, UTC", "stage", "status")]
    headings += [Heading(words(name)) for name in _MEASURES]
    headings += [Heading("USD"), *(Heading(name, number=False) for name in ("owner", "revision", "run"))]
    rows = [
        (
            row["started"][:_DATE_AND_TIME].replace("T", " "),
            text(row["stage"]),
            row["status"],
            by_name("wall_seconds")(row["wall_seconds"]),
            by_name("cpu_seconds")(row["cpu_seconds"] + row["elsewhere_cpu_seconds"]),
            by_name("peak_rss_bytes")(row["peak_rss_bytes"]),
            usd(row["usd"]),
            text(row["owner"]),
            (row["git_revision"] or "")[:_SHORT_REVISION] + ("+" if row["git_dirty"] else ""),
            text(row["run"]),
        )
        for row in account.runs.tail(NEWEST).iter_rows(named=True)
    ]
    notes = _notes(account, sums)
    if sums.runs > len(rows):
        notes.insert(
            0, f"the newest {len(rows)} of {sums.runs:,} runs; --by stage groups all, --csv and --json list them"
        )
    if any(account.runs.tail(NEWEST)["git_dirty"].fill_null(value=False)):
        notes.append("+ behind a revision: the working tree differed from it")
    show_table("ledger", headings, rows, notes)


def _show_groups(account: Account) -> None:
    grouped = group(account.runs, account.by)
    has_waste = bool(grouped["wasted_nano_usd"].sum())
    headings = [
        Heading(account.by.removeprefix("tag:"), number=False),
        Heading("runs"),
        Heading("wall"),
        Heading("CPU"),
    ]
    headings += [Heading("USD"), *([Heading("of it wasted")] if has_waste else [])]
    rows = [
        (
            text(row["group"]),
            count(row["runs"]),
            by_name("wall_seconds")(row["wall_seconds"]),
            by_name("cpu_seconds")(row["cpu_seconds"]),
            usd(dollars(row["nano_usd"])),
            *([usd(dollars(row["wasted_nano_usd"])) if row["wasted_nano_usd"] else ""] if has_waste else []),
        )
        for row in grouped.iter_rows(named=True)
    ]
    show_table(f"ledger by {account.by}", headings, rows, _notes(account, totals(account.runs)))


def _notes(account: Account, sums: Totals) -> list[str]:
    """Give the totals and what they rest on; what is zero is left out."""
    notes = [f"total {usd(sums.total_usd)} for {sums.runs:,} runs"]
    if sums.wasted_runs:
        many = "s" if sums.wasted_runs > 1 else ""
        notes.append(f"wasted {usd(sums.wasted_usd)} of it, on {sums.wasted_runs:,} run{many} that did not end well")
    if saved := account.saved_nano_usd:
        many = "s" if account.saved.height > 1 else ""
        count = f"{account.saved.height:,} stage{many}"
        notes.append(f"the cache saved {usd(dollars(saved))}: {count} did not have to run again")
    if sums.unpriced:
        notes.append(f"{sums.unpriced:,} runs have no price and are not in the total")
    return notes + (_new_prices(account) if account.prices else _recorded_prices(account))


def _new_prices(account: Account) -> list[str]:
    notes = [f"recorded at the time: {usd(dollars(account.recorded_nano_usd))}; above, priced anew by"]
    return notes + [f"  {price.basis}: ${number(price.usd_per_hour)} an hour" for price in account.prices.values()]


def _recorded_prices(account: Account) -> list[str]:
    rates = recorded_rates(account.runs)
    if not rates.height:
        return ["priced as nothing yet"]
    return [
        f"as recorded from {row['first']} to {row['last']}: {text(row['instance'])}, "
        f"${_rate(row['low_usd_per_hour'], row['high_usd_per_hour'])} an hour"
        for row in rates.iter_rows(named=True)
    ]


def _rate(low: float, high: float) -> str:
    low, high = round(low, 4), round(high, 4)
    return f"{low:g}" if high - low <= _RATE * high else f"{low:g} to ${high:g}"
