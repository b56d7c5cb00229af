"""The command `plan`: what stages will take, before they run."""

from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.options import Json
from workbench.cli.running import STAGES
from workbench.cli.tables import show_json

if TYPE_CHECKING:
    from workbench.cost.forecast import Estimate, MachineForecast, StageForecast
    from workbench.stages.forecasting.planning import Outlook


def _stage_names(incomplete: str) -> list[str]:
    return [name for name in STAGES if name.startswith(incomplete)]


def plan(
    stages: Annotated[
        list[str] | None, typer.Argument(help="Names of stages; all when left out.", autocompletion=_stage_names)
    ] = None,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A parameter, as for `run`.")
    ] = None,
    machines: Annotated[bool, typer.Option("--machines", help="Forecast every machine of the price book.")] = False,
    probe: Annotated[
        bool, typer.Option("--probe/--no-probe", help="Rehearse stages that never ran, on a few of the rows.")
    ] = True,
    anew: Annotated[
        bool, typer.Option("--anew", help="Rehearse again, also where parameters, code and data are the same.")
    ] = False,
    calibration: Annotated[
        bool, typer.Option("--calibration", help="Show how well the forecasts on record came true.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Forecast time, memory, dollars and CO2e before a run.

    From the ledger where it knows a stage; else its notebook is rehearsed on at most 5 % of the rows (6,000 on small
    tables), in a project of its own. A rehearsal is kept until parameters, code, data or machine are others.
    """
    if calibration:
        _show_calibration(as_json)
        return
    from workbench.stages.forecasting.planning import look_ahead  # noqa: PLC0415 - keeps --help and completion quick

    outlook = look_ahead(
        stages or (),
        overrides=overrides or (),
        probe=probe,
        anew=anew,
        machines=machines,
        told=lambda line: typer.echo(line, err=True),
    )
    if as_json:
        show_json(plan_json(outlook))
        return
    from workbench.cli.planviews import show_outlook  # noqa: PLC0415 - --json needs no table

    show_outlook(outlook)


def plan_json(outlook: "Outlook") -> dict[str, object]:
    """Give what `plan --json` prints; null is unknown."""
    price = outlook.price
    tree: dict[str, object] = {
        "stages": [_stage(outlook, stage) for stage in outlook.stages],
        "machine": outlook.host.name,
        "priced_as": outlook.instance,
        "usd_per_hour": price.usd_per_hour if price else None,
        "price_basis": price.basis if price else None,
        "confidence": 0.9,
        "calibration": [vars(each) for each in outlook.calibration],
        "warnings": list(outlook.warnings),
    }
    if outlook.machines:
        from workbench.cost.forecast.machines import SPEED_BASIS, SPEED_RATIO  # noqa: PLC0415 - keeps --help quick

        tree |= {"machines": [_machine(each) for each in outlook.machines]}
        tree |= {"speed_ratio": SPEED_RATIO, "speed_basis": SPEED_BASIS}
    return tree


def _stage(outlook: "Outlook", stage: "StageForecast") -> dict[str, object]:
    known = {
        "wall_seconds": stage.wall_seconds,
        "cpu_seconds": stage.cpu_seconds,
        "peak_rss_bytes": stage.peak_rss_bytes,
        "usd": outlook.usd(stage),
        "kg_co2e": outlook.emissions.get(stage.stage),
    }
    return {"stage": stage.stage} | _values(known) | {"interval": _intervals(known), "basis": stage.basis}


def _machine(found: "MachineForecast") -> dict[str, object]:
    sums = {"wall_seconds": found.wall_seconds, "usd": found.usd, "kg_co2e": found.kg_co2e}
    stages = []
    for stage in found.stages:
        known = {"wall_seconds": stage.wall_seconds, "usd": stage.usd, "kg_co2e": stage.kg_co2e}
        stages.append({"stage": stage.stage, "memory": stage.memory} | _values(known) | {"interval": _intervals(known)})
    return (
        {"instance": found.instance, "vcpus": found.vcpus, "memory_bytes": found.memory_bytes, "memory": found.memory}
        | {"usd_per_hour": found.price.usd_per_hour, "price_basis": found.price.basis}
        | _values(sums)
        | {"interval": _intervals(sums), "stages": stages}
    )


def _values(known: "dict[str, Estimate | None]") -> dict[str, float | None]:
    return {name: None if estimate is None else estimate.value for name, estimate in known.items()}


def _intervals(known: "dict[str, Estimate | None]") -> dict[str, list[float] | None]:
    return {name: None if estimate is None else estimate.interval() for name, estimate in known.items()}


def _show_calibration(as_json: bool) -> None:
    from workbench import artifacts  # noqa: PLC0415 - keeps --help and completion quick
    from workbench.cost.forecast import calibration  # noqa: PLC0415 - keeps --help and completion quick

    found = calibration(artifacts.read_runs().records)
    if as_json:
        show_json({"calibration": [vars(each) for each in found]})
        return
    from workbench.cli.planviews import calibrated  # noqa: PLC0415 - --json needs no table

    for each in found:
        typer.echo(calibrated(each))
