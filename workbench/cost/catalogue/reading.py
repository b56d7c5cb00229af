"""Tells the format of a catalogue and reads it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from workbench.cost.catalogue.infracost import is_infracost, read_infracost
from workbench.cost.catalogue.listing import CLOUDS
from workbench.cost.catalogue.skypilot import read_skypilot
from workbench.cost.pricing.ownhardware import PREFIX
from workbench.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.cost.catalogue.listing import Reading
    from workbench.cost.catalogue.opening import Opened


def read_catalogue(opened: Opened, cloud: str | None, regions: Sequence[str]) -> Reading:
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
    region = regions[0].rpartition("/")[2] if len(regions) == 1 and "*" not in regions[0] else None
    return read_infracost(opened.text, opened.origin, cloud, region)


def checked_cloud(name: str | None) -> str | None:
    """Let the name of a cloud through: one that the price book has, or another that is unlike all of them.

    Raises:
        UsageError: It is no name, or a misspelt one.

    Example:
        >>> checked_cloud("lambda")
        'lambda'
    """
    if name is None or name in CLOUDS:
        return name
    hint = nearest(name, CLOUDS)
    if hint or PREFIX.startswith(f"{name}/") or not re.fullmatch(r"[a-z][a-z0-9-]*", name):
        expected = f"one of {', '.join(CLOUDS)}, or another in small letters"
        raise UsageError("no such cloud", found=name, expected=expected, hint=hint)
    return name
