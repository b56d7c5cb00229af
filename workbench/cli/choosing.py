"""Takes a decision as the explorer's Apply does, without a browser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from workbench import artifacts
from workbench.cli.tables import show_json
from workbench.errors import ParamsError, Place, UsageError
from workbench.money import usd
from workbench.params import reading
from workbench.params.cost import NO_TERMS

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.params.reading import Params
    from workbench.widgets import Choice
    from workbench.widgets.applying import Applied

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


def choose(wish: Wish, *, dry_run: bool = False, as_json: bool = False, root: Path | None = None) -> None:
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
    diff = preview(choice, root)
    if not as_json:
        _tell(choice, diff)
    applied = None if dry_run else apply(choice, root)
    if as_json:
        show_json(_choice_json(choice, diff, applied))
    elif applied:
        typer.echo(str(applied))


def _tell(choice: Choice, diff: str) -> None:
    monthly = choice.evidence.get("usd_per_month")
    at = "" if choice.threshold is None else f" at {choice.threshold:.4g}"
    costs = f": {usd(monthly)} a month" if isinstance(monthly, float) else ""
    typer.echo(f"{choice.candidate}{at}{costs}")
    if choice.recommended != choice.candidate:
        typer.echo(f"Recommended on these assumptions: {choice.recommended or 'none, the limits are too tight'}")
    typer.echo(diff or "params.yaml says so already.")


def _choice_json(choice: Choice, diff: str, applied: Applied | None) -> dict[str, object]:
    return {
        "candidate": choice.candidate,
        "threshold": choice.threshold,
        "usd_per_month": choice.evidence.get("usd_per_month"),
        "recommended": choice.recommended,
        "diff": diff,
        "decision": applied.decision.stem if applied else None,
    }


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
        key = pair.partition("=")[0]
        if not key.startswith(ASSUMPTIONS):
            raise ParamsError(
                "no assumption of a decision",
                place=Place("--set", key=key),
                expected="cost.* or decide.limits.*",
                hint="candidate and threshold have options of their own",
            )
        if key.split(".")[1] in NO_TERMS:
            raise ParamsError(
                "no assumption of a decision: it says nothing of what a month costs",
                place=Place("--set", key=key),
                hint="set it in params.yaml, or for one run with `workbench run cost --set`",
            )
    return reading.read_file(project / reading.PARAMS_FILE, overrides).params
