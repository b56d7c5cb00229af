"""The command `prices` and its sub-command `update`."""

import datetime as dt
from typing import Annotated

import typer
from typer.core import TyperGroup

from workbench.cli.options import Json
from workbench.cli.tables import show_json

ABOUT = """Show the price book, or update it.

`workbench prices [MATCH] [--json]` shows it: the word `show` may be left out.
"""
SHOW = "show"
_DAY = "%Y-%m-%d"


class ShownByDefault(TyperGroup):
    """A group whose first word may be left out: `workbench prices m7i` is `workbench prices show m7i`."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]  # its base is private
        """Put the sub-command in front where none is named."""
        is_named = bool(args) and (args[0] in self.commands or args[0] in ctx.help_option_names)
        return super().parse_args(ctx, args if is_named else [SHOW, *args])


def application() -> typer.Typer:
    """Build `workbench prices`."""
    app = typer.Typer(cls=ShownByDefault, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.callback(help=ABOUT)(_prices)
    app.command(name=SHOW)(show)
    app.command()(update)
    return app


def _prices() -> None:
    pass


def show(
    match: Annotated[str, typer.Argument(help="Only instances whose name contains this.")] = "",
    as_json: Json = False,
) -> None:
    """Show the price book, the day of each price, and what it rests on."""
    from workbench.cost.pricing.prices import PriceBook  # noqa: PLC0415 - keeps --help and completion quick

    book = PriceBook.load()
    rows = book.rows(match)
    warnings = book.warnings([str(row["instance"]) for row in rows], dt.datetime.now(tz=dt.UTC).date())
    if as_json:
        show_json({"prices": rows, "warnings": warnings})
        return
    from workbench.cli.priceviews import show_prices, show_warnings  # noqa: PLC0415 - --json needs no table

    show_prices(rows)
    show_warnings(warnings)


def update(
    origin: Annotated[
        str,
        typer.Option("--from", metavar="FILE|URL", help="vms.csv of the SkyPilot catalogue, or JSON of Infracost."),
    ],
    cloud: Annotated[
        str | None, typer.Option(help="Its cloud, such as aws or lambda, where the catalogue does not tell.")
    ] = None,
    region: Annotated[
        list[str] | None,
        typer.Option(help="Regions to take, such as 'us-*'; by default those the price book has. Repeatable."),
    ] = None,
    types: Annotated[
        list[str] | None,
        typer.Option("--type", help="Types to take, such as 'm8i.*'; by default those the price book has. Repeatable."),
    ] = None,
    as_of: Annotated[
        dt.datetime | None, typer.Option(formats=[_DAY], help="The day of the prices; by default that of the file.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, write nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Write newer prices into the project's prices.yaml.

    Shows what changes and what was left out and why. Prices that you wrote by hand stand.
    """
    from workbench import artifacts  # noqa: PLC0415 - keeps --help and completion quick
    from workbench.cost.catalogue.opening import open_catalogue  # noqa: PLC0415 - as above
    from workbench.cost.catalogue.reading import checked_cloud, read_catalogue  # noqa: PLC0415 - as above
    from workbench.cost.catalogue.updating import Wanted, plan_update  # noqa: PLC0415 - as above
    from workbench.cost.pricing.pricefile import PRICES_FILE, project_text  # noqa: PLC0415 - as above
    from workbench.params.root import find_root  # noqa: PLC0415 - as above

    root, regions = find_root(), region or []
    opened = open_catalogue(origin)
    reading = read_catalogue(opened, checked_cloud(cloud), regions)
    day = _checked_day(as_of.date() if as_of else opened.as_of)
    planned = plan_update(project_text(root), reading, opened, day, Wanted(regions, types or []))
    is_written = planned.text is not None and not dry_run
    if is_written and planned.text is not None:
        artifacts.write_text(PRICES_FILE, planned.text, root)
    from workbench.cli.priceviews import show_update, update_json  # noqa: PLC0415 - as above

    if as_json:
        show_json(update_json(planned, day, written=is_written))
    else:
        show_update(planned, day, written=is_written)


def _checked_day(day: dt.date) -> dt.date:
    """Refuse a day to come: a price of that day would stay fresh for too long."""
    from workbench.errors import UsageError  # noqa: PLC0415 - keeps --help and completion quick

    today = dt.datetime.now(tz=dt.UTC).date()
    if day > today:
        raise UsageError("the day of the prices lies ahead", found=day, expected=f"--as-of {today} or before")
    return day
