"""The command `whatif`: the scenarios of params.yaml, the best candidate of each, and one for all."""

from typing import TYPE_CHECKING, Any

from workbench.cli.options import Json
from workbench.cli.tables import show_json

if TYPE_CHECKING:
    from workbench.decide.scenarios import WhatIf

DECISION = "decisions/current.json"
_EXAMPLE = "scenarios: {double traffic: {cost.traffic.requests_per_day: 2_000_000}}"
_NONE = f"params.yaml states no scenarios. For example: {_EXAMPLE}"


def whatif(as_json: Json = False) -> None:
    """Play scenarios: the best of each, and one for all.

    The scenarios are those of the section `scenarios:` of params.yaml, beside the terms as stated.
    """
    found = play()
    if as_json:
        show_json(whatif_json(found))
        return
    from workbench.cli.whatifviews import show_whatif  # noqa: PLC0415 - --json needs no table

    show_whatif(found, [_NONE] if len(found.names) == 1 else [])


def play() -> "WhatIf":
    """Play the scenarios of the project around the working directory.

    Raises:
        ParamsError: params.yaml is not valid.
        ArtifactError: Nothing was priced or evaluated yet.
        PriceError: A scenario uses something that has no known price.
    """
    from workbench import artifacts, decide  # noqa: PLC0415 - keeps --help and completion quick
    from workbench.cost import PriceBook  # noqa: PLC0415 - keeps --help and completion quick
    from workbench.decide import scenarios  # noqa: PLC0415 - keeps --help and completion quick
    from workbench.params import reading  # noqa: PLC0415 - keeps --help and completion quick

    params, costs = reading.read(), artifacts.read_frame("data/cost/candidates.parquet")
    candidates = decide.candidates_table(costs, artifacts.read_frame("data/evaluation/metrics.parquet"))
    return scenarios.what_if(
        candidates,
        artifacts.read_frame("data/evaluation/error_rates.parquet"),
        scenarios.scenario_terms(params.scenarios, params.cost, params.decide.limits),
        PriceBook.load(),
        artifacts.read_roles().task,
        costs["metric"][0],
        kept=_kept(),
    )


def whatif_json(found: "WhatIf") -> dict[str, Any]:
    """Give what `whatif --json` prints; null is unknown, or no regret beyond a limit."""
    from workbench.decide import hedging  # noqa: PLC0415 - keeps --help and completion quick

    known, kept = found.regret, found.kept
    return {
        "scenarios": hedging.best_of_each(found).to_dicts(),
        "one_for_all": hedging.one_for_all(found).to_dicts(),
        "choices": hedging.every_choice(found).to_dicts(),
        "robust": None if known is None or known.robust is None else found.ids[known.robust],
        "least_expected": None if known is None or known.likely is None else found.ids[known.likely],
        "kept": None
        if kept is None
        else vars(kept) | {"usd_per_month": dict(zip(found.names, found.kept_usd, strict=True))},
        "advice": hedging.advice(found),
    }


def _kept() -> Any:  # noqa: ANN401 - a Point or None, whose module is not imported for --help
    from contextlib import suppress  # noqa: PLC0415 - see below

    from workbench import artifacts  # noqa: PLC0415 - keeps --help and completion quick
    from workbench.decide.scenarios import Point  # noqa: PLC0415 - keeps --help and completion quick
    from workbench.errors import MissingArtifactError  # noqa: PLC0415 - keeps --help and completion quick

    with suppress(MissingArtifactError):
        record = artifacts.read_json(DECISION)
        if isinstance(record, dict) and isinstance(record.get("candidate"), str):
            return Point(record["candidate"], record.get("threshold"))
    return None
