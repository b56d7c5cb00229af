"""Reads the packaged prices.yaml and lays the project's own over it."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from workbench.cost.pricing.energylist import Energy
from workbench.cost.pricing.pricelist import PriceList, PricePart
from workbench.errors import ParamsError, Place, nearest
from workbench.params.explaining import explain
from workbench.params.root import find_root
from workbench.params.tree import line_of, load, plain

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PRICES_FILE = "prices.yaml"
"""The project's own prices, beside params.yaml; it need not be there."""

EMPTY = """\
# Prices of this project, laid over those that come with the package; `workbench prices` shows the result.
# `workbench prices update --from FILE|URL` writes newer prices of clouds here; prices you write by hand stand.
#
# Hardware of your own, for `instance: local/here/tower` under `cost` of params.yaml:
#
# sources:
#   invoice: {origin: invoice of the tower, as_of: 2026-11-01, confidence: confirmed}
# local:
#   tower:
#     {source: invoice, arch: x86_64, vcpus: 16, memory_gib: 64, purchase_usd: 2000, life_years: 4,
#      share_in_use: 0.3, idle_watts: 40, busy_watts: 180, usd_per_kwh: 0.20}
"""
"""A prices.yaml that says nothing yet."""
_MOST_CHARACTERS = 4_000_000
_FIRST_COUNTS = ("commitments", "sustained_use")
_LAST_COUNTS = ("machines", "interruptions")
_BY_NAME = ("sources", "fresh_days", "serverless", "local", "storage", "egress")
_ENERGY = ("carbon", "overhead", "vcpu", "accelerator")


def read_prices(root: Path | None = None) -> PriceList:
    """Read the packaged prices, overlaid by the project's prices.yaml where there is one.

    Args:
        root: The project; by default the one around the working directory, if there is one.

    Raises:
        ParamsError: The project's file is not valid; with line, key, found, expected and the nearest known name.
    """
    text = project_text(root)
    return packaged() if text is None else overlaid(text)


def project_text(root: Path | None = None) -> str | None:
    """Read the text of the project's prices.yaml; None without a project or without the file.

    Raises:
        ParamsError: The file cannot be read or is no text.
    """
    try:
        path = find_root(root) / PRICES_FILE
    except ParamsError:
        return None
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise ParamsError(f"cannot read the prices: {reason}", place=Place(PRICES_FILE)) from error


@cache
def packaged() -> PriceList:
    """Read the price list that comes with the package, once."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - only needed when a price is asked for

    text = files("workbench.cost").joinpath("prices.yaml").read_text(encoding="utf-8")
    return PriceList.model_validate(YAML(typ="safe", pure=True).load(text))


@lru_cache(maxsize=4)
def overlaid(text: str) -> PriceList:
    """Lay the text of a project's prices.yaml over the packaged prices.

    Types of machines are completed from the packaged ones of the same name and replace them; named things
    replace those of the same name; patterns are asked before the packaged ones.

    Raises:
        ParamsError: See `read_prices`.
    """
    tree = parsed(text)
    own = _own(tree)
    _refuse_unknown_sources(tree, own)
    return _merged(packaged(), own)


def parsed(text: str) -> dict[str, Any]:
    """Read the YAML tree of a project's prices.yaml, comments and lines kept; an empty file is an empty tree.

    Raises:
        ParamsError: It is no YAML, too large, or no mapping.
    """
    place = Place(PRICES_FILE)
    if len(text) > _MOST_CHARACTERS:
        found, expected = f"{len(text):,} characters", f"at most {_MOST_CHARACTERS:,}"
        raise ParamsError("the prices are too large", place=place, found=found, expected=expected)
    tree = load(text, place)
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        known = ", ".join(PricePart.model_fields)
        raise ParamsError("the prices are not a mapping", place=place, expected=f"any of {known}")
    return tree


def _own(tree: dict[str, Any]) -> PricePart:
    """Type the project's part, with types of machines completed from the packaged ones."""
    try:
        return PricePart.model_validate(_completed(plain(tree)))
    except ValidationError as error:
        raise explain(error, PricePart, tree, PRICES_FILE, frozenset()) from error


def _completed(tree: Any) -> Any:  # noqa: ANN401 - whatever the file holds, checked afterwards
    regions = tree.get("machines") if isinstance(tree, dict) else None
    for region in regions if isinstance(regions, list) else ():
        if not isinstance(region, dict) or not isinstance(region.get("types"), dict):
            continue
        known = _packaged_types(f"{region.get('cloud')}/{region.get('region')}/")
        for name, machine in region["types"].items():
            if isinstance(machine, dict) and name in known:
                region["types"][name] = _inherited(known[name], machine) | machine
    return tree


def _inherited(known: Mapping[str, Any], machine: Mapping[str, Any]) -> dict[str, Any]:
    """Take over what the project does not say; a price keeps its source, a spot price that is none any more goes."""
    kept = {key: value for key, value in known.items() if value is not None}
    for price in ("on_demand", "spot"):
        if price in machine:
            kept.pop(f"{price}_source", None)
    is_dearer = "on_demand" in machine and isinstance(machine["on_demand"], int | float)
    if is_dearer and "spot" not in machine and kept.get("spot", 0) >= machine["on_demand"]:
        kept = {key: value for key, value in kept.items() if not key.startswith("spot")}
    return kept


def _packaged_types(prefix: str) -> dict[str, dict[str, Any]]:
    found = {}
    for region in packaged().machines:
        if f"{region.cloud}/{region.region}/" == prefix:
            for name, machine in region.types.items():
                on_demand, spot = region.sources(machine)
                named = {"on_demand_source": on_demand, "spot_source": spot if machine.spot else None}
                found[name] = machine.model_dump() | named
    return found


def _merged(base: PriceList, own: PricePart) -> PriceList:
    named = {name: getattr(base, name) | getattr(own, name) for name in _BY_NAME}
    first = {name: getattr(own, name) + getattr(base, name) for name in _FIRST_COUNTS}
    last = {name: getattr(base, name) + getattr(own, name) for name in _LAST_COUNTS}
    energy = {name: getattr(base.energy, name) | getattr(own.energy, name) for name in _ENERGY}
    memory = own.energy.memory or base.energy.memory
    return PriceList(**named, **first, **last, energy=Energy(**energy, memory=memory))


def _refuse_unknown_sources(tree: object, own: PricePart) -> None:
    known = packaged().sources | own.sources
    for path, name in own.named_sources():
        if name not in known:
            place = Place(PRICES_FILE, line_of(tree, path), ".".join(path))
            hint = nearest(name, known) or "list it under `sources` with origin, as_of and confidence"
            raise ParamsError(f"no source is called {name}", place=place, hint=hint)
    for path, name in own.false_spots():
        place = Place(PRICES_FILE, line_of(tree, path), ".".join(path))
        hint = "leave it out, or say under `spot` of the region where it is from"
        raise ParamsError(f"the spot price of {name} has no source or is no discount", place=place, hint=hint)
