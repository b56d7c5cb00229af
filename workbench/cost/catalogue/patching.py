"""Writes listings into the YAML tree of a project's prices.yaml; comments and everything else stay.

What an update writes stands under sources whose names begin with `update-`. The next update takes prices of
earlier ones out where it brings newer ones, and sources that nothing names any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence

    from workbench.cost.catalogue.listing import Listing
    from workbench.cost.catalogue.opening import Opened

PREFIX = "update-"
_SHORT_DIGEST = 8


def source_name(tree: Mapping[str, Any], opened: Opened, as_of: dt.date) -> str:
    """Name the source of an update by its day; by its digest too, when another file of that day was read."""
    name = f"{PREFIX}{as_of}"
    known = (tree.get("sources") or {}).get(name)
    same = known is None or known.get("revision") == revision(opened)
    return name if same else f"{name}-{opened.sha256[:_SHORT_DIGEST]}"


def revision(opened: Opened) -> str:
    """Give what tells the file from any other."""
    return f"sha256 {opened.sha256}"


def written_by_hand(tree: Mapping[str, Any]) -> frozenset[str]:
    """List the machines whose prices a person wrote into the file."""
    regions = [region for region in tree.get("machines") or () if not _is_update(region)]
    return frozenset(f"{region['cloud']}/{region['region']}/{name}" for region in regions for name in region["types"])


def add(
    tree: CommentedMap,
    listings: Sequence[Listing],
    shapes: Mapping[str, Mapping[str, Any]],
    source: CommentedMap,
    name: str,
) -> None:
    """Put listings into the tree.

    Args:
        tree: The tree, changed in place.
        listings: The machines.
        shapes: Size of each machine by its full name.
        source: What is to stand under `sources`.
        name: Its name.
    """
    _section(tree, "sources", CommentedMap)[name] = source
    regions = _section(tree, "machines", CommentedSeq)
    _forget(regions, {listing.instance for listing in listings})
    for cloud, region in dict.fromkeys((listing.cloud, listing.region) for listing in listings):
        here = [listing for listing in listings if (listing.cloud, listing.region) == (cloud, region)]
        types = _types(regions, cloud, region, name)
        for listing in sorted(here, key=lambda listing: listing.type):
            types[listing.type] = _flow({**shapes[listing.instance], **_prices(listing)})
    _drop_unused(tree)


def source_entry(opened: Opened, as_of: dt.date, note: str) -> CommentedMap:
    """Describe the file an update was read from."""
    return CommentedMap(origin=opened.origin, revision=revision(opened), as_of=as_of, confidence="confirmed", note=note)


def _is_update(region: Mapping[str, Any]) -> bool:
    return str(region.get("on_demand", "")).startswith(PREFIX)


def _section(tree: CommentedMap, name: str, kind: type[Any]) -> Any:  # noqa: ANN401 - a mapping or a list, as asked for
    if tree.get(name) is None:
        tree[name] = kind()
    return tree[name]


def _forget(regions: CommentedSeq, instances: set[str]) -> None:
    """Take what earlier updates said of machines out."""
    for region in filter(_is_update, list(regions)):
        for name in list(region["types"]):
            if f"{region['cloud']}/{region['region']}/{name}" in instances:
                del region["types"][name]
        if not region["types"]:
            regions.remove(region)


def _types(regions: CommentedSeq, cloud: str, region: str, source: str) -> Any:  # noqa: ANN401 - a mapping of ruamel
    for known in regions:
        if (known["cloud"], known["region"], known["on_demand"]) == (cloud, region, source):
            return known["types"]
    fresh = CommentedMap(cloud=cloud, region=region, on_demand=source, spot=source, types=CommentedMap())
    regions.append(fresh)
    return fresh["types"]


def _prices(listing: Listing) -> dict[str, float | None]:
    """Give what the listing says; a spot price that is no discount any more takes the packaged one away."""
    known = {"on_demand": listing.on_demand, "spot": listing.spot}
    found = {key: price for key, price in known.items() if price is not None}
    return found | ({"spot": None} if listing.no_discount else {})


def _flow(values: Mapping[str, Any]) -> CommentedMap:
    row = CommentedMap(values)
    row.fa.set_flow_style()
    return row


def _drop_unused(tree: CommentedMap) -> None:
    named = set(_named(tree))
    for name in [name for name in tree["sources"] if str(name).startswith(PREFIX) and name not in named]:
        del tree["sources"][name]


def _named(node: object) -> Iterator[str]:
    """Walk the texts of a tree: a source is named by its plain name."""
    if isinstance(node, dict):
        for value in node.values():
            yield from _named(value)
    elif isinstance(node, list):
        for value in node:
            yield from _named(value)
    elif isinstance(node, str):
        yield node
