"""Takes a decision as the explorer's Apply does, without a browser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from workbench import artifacts
from workbench.errors import ParamsError, Place, UsageError
from workbench.params import reading

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.params.reading import Params
    from workbench.widgets import Choice

TABLE = "data/decision/candidates.parquet"
RATES = "data/evaluation/error_rates.parquet"
ASSUMPTIONS = ("cost.", "decide.limits.")


@dataclass(frozen=True)
class Wish:
    """What was asked for on the command line.

    Attributes:
        candidate: Id of a candidate; empty for the recommended one.
        threshold: A threshold; None for the best one.
        overrides: Assumptions as `key=value`.
        because: The reason.
        who: Who decides; empty for whom git knows.
    """

    candidate: str = ""
    threshold: float | None = None
    overrides: tuple[str, ...] = ()
    because: str = ""
    who: str = ""


def choose(wish: Wish, *, dry_run: bool = False, root: Path | None = None) -> None:
    """Show what changes in params.yaml, write it and a decision file.

    Raises:
        UsageError: A reason is missing, or there is no such candidate.
        ParamsError: An assumption does not fit.
        DecisionError: No candidate keeps to the limits.
        ArtifactError: Nothing was decided on yet, or a file cannot be written.
    """
    if not wish.because.strip() and not dry_run:
        raise UsageError(
            "a decision needs a reason", hint="say it with --because TEXT; --dry-run shows what would change"
        )
    from workbench.widgets import apply  # noqa: PLC0415 - a missing reason needs no widget
    from workbench.widgets.preview import preview  # noqa: PLC0415 - as above

    choice = choice_of(wish, root)
    usd, at = choice.evidence.get("usd_per_month"), "" if choice.threshold is None else f" at {choice.threshold:.4g}"
    typer.echo(f"{choice.candidate}{at}: ${usd:,.2f} a month" if isinstance(usd, float) else f"{choice.candidate}{at}")
    if choice.recommended != choice.candidate:
        typer.echo(f"Recommended on these assumptions: {choice.recommended or 'none, the limits are too tight'}")
    typer.echo(preview(choice, root) or "params.yaml says so already.")
    if not dry_run:
        typer.echo(str(apply(choice, root)))


def choice_of(wish: Wish, root: Path | None = None) -> Choice:
    """Give the choice that a wish means, on the tables that the stage decide left.

    Raises:
        UsageError: There is no such candidate.
        ParamsError: An assumption does not fit.
        DecisionError: No candidate keeps to the limits.
        ArtifactError: Nothing was decided on yet.
    """
    from workbench.widgets import Explorer  # noqa: PLC0415 - brings the widgets

    project = reading.find_root(root)
    params = assumed(project, wish.overrides)
    explorer = Explorer(
        artifacts.read_frame(TABLE, project),
        artifacts.read_frame(RATES, project),
        artifacts.read_roles(project),
        params.cost,
        params.decide,
        metric=params.train.metric,
    )
    if wish.candidate:
        explorer.candidate = wish.candidate
    if wish.threshold is not None:
        explorer.threshold = wish.threshold
    return explorer.choice(why=wish.because, who=wish.who)


def assumed(project: Path, overrides: tuple[str, ...]) -> Params:
    """Read params.yaml with other assumptions.

    Raises:
        ParamsError: One does not fit, or is none.
    """
    for pair in overrides:
        if not pair.startswith(ASSUMPTIONS):
            raise ParamsError(
                "no assumption of a decision",
                place=Place("--set", key=pair.partition("=")[0]),
                expected="cost.* or decide.limits.*",
                hint="candidate and threshold have options of their own",
            )
    return reading.read_file(project / reading.PARAMS_FILE, overrides).params
