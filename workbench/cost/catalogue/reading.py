"""Tells the format of a catalogue and reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from workbench.cost.catalogue.infracost import is_infracost, read_infracost
from workbench.cost.catalogue.offer import Cloud
from workbench.cost.catalogue.skypilot import read_skypilot
from workbench.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.cost.catalogue.offer import Reading
    from workbench.cost.catalogue.opening import Opened


def read_catalogue(opened: Opened, cloud: Cloud | None, regions: Sequence[str]) -> Reading:
    """Read a catalogue of either format.

    Args:
        opened: Its text.
        cloud: The cloud, where it does not tell.
        regions: The regions asked for; a breakdown of Infracost is taken to be of the only one.

    Raises:
        SourceError: It is none, or its prices are not in US dollars.
        UsageError: The region of a breakdown is not told.
    """
    if not is_infracost(opened.text):
        return read_skypilot(opened.text, opened.origin, cloud)
    region = regions[0].rpartition("/")[2] if len(regions) == 1 else None
    return read_infracost(opened.text, opened.origin, cloud, region)


def checked_cloud(name: str | None) -> Cloud | None:
    """Let the name of a known cloud through.

    Raises:
        UsageError: It is none.
    """
    for known in get_args(Cloud):
        if name == known:
            return known  # type: ignore[no-any-return]  # one of the literal's values
    if name is None:
        return None
    clouds = get_args(Cloud)
    raise UsageError("no such cloud", found=name, expected=f"one of {', '.join(clouds)}", hint=nearest(name, clouds))
