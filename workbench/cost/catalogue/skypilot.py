"""Reads the SkyPilot catalogue: one CSV file per cloud, a row for each type and zone.

The price on demand is the same in every zone of a region. The spot price is the median over the zones of the
region that have one below the price on demand: a minimum would be that of a zone where nothing may be free, a
mean would mix in zones without a discount.

Format: the files `catalogs/*/<cloud>/vms.csv` of the project skypilot-org/skypilot-catalog.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter, defaultdict
from statistics import median
from typing import TYPE_CHECKING

from workbench.cost.catalogue import gcphosts
from workbench.cost.catalogue.cells import Cells
from workbench.cost.catalogue.listing import CLOUDS, NO_DISCOUNT, NO_PRICE, OTHER_MACHINE, Listing, Reading
from workbench.errors import Place, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

NEEDED = ("InstanceType", "vCPUs", "MemoryGiB", "Price", "SpotPrice", "Region")
REPEATED = "repeated rows"
LOCAL_ZONE = "rows of local zones"
PLACEHOLDER = "cells with the placeholder price 700"
NO_NAME = "rows without a region, or with a slash in a name"
NO_SHAPE = "rows without processors or memory"
PART_OF_A_GPU = "machines with a part of a GPU"
WRONG_COUNT = "machines listed with a wrong number of GPUs"
FLAT_SPOT = "Azure spot prices: a fixed share of the list price, not a market's"
_WRONG_COUNTS = {("Standard_ND96isr_H100_v5", 12.0)}
_IN_THE_CATALOGUE = re.compile(r"catalogs/v\d+/([a-z][a-z0-9-]*)/vms\.csv$")
_TYPE_OF_AWS = re.compile(r"[a-z0-9-]+\.[a-z0-9-]+")
_ZONE_OF_OCI = re.compile(r"[A-Z0-9:-]+-AD-\d+")
_DECIMALS = 6


def read_skypilot(text: str, file: str, cloud: str | None = None) -> Reading:
    """Read one file of the catalogue.

    Args:
        text: The CSV text.
        file: Its name, for errors.
        cloud: The cloud it is of; by default told from the folder of its file, else from zones and types.

    Raises:
        SourceError: A column is missing, a number is none, or the cloud cannot be told.
    """
    skipped: Counter[str] = Counter()
    listed = list(_rows(text, file))
    of = cloud or _cloud(listed, file)
    rows = list(_usable(listed, of, skipped))
    hosts = [row for row in rows if row.text("InstanceType")]
    bare = [row for row in rows if not row.text("InstanceType")]
    grouped: dict[tuple[str, str], list[Cells]] = defaultdict(list)
    for row in hosts:
        grouped[row.text("Region"), row.text("InstanceType")].append(row)
    listings = [listing for zones in grouped.values() if (listing := _listing(zones, of, skipped))]
    if of == "gcp":
        whole, notes = gcphosts.with_accelerators(listings, bare, skipped)
        return Reading(tuple(whole), skipped, notes)
    return Reading(tuple(listings), skipped)


def _rows(text: str, file: str) -> Iterator[Cells]:
    reader = csv.DictReader(io.StringIO(text), restval="")
    if missing := [name for name in NEEDED if name not in (reader.fieldnames or ())]:
        expected = f"the columns {', '.join(NEEDED)}"
        raise SourceError(f"no SkyPilot catalogue: it lacks {', '.join(missing)}", place=Place(file), expected=expected)
    try:
        for cells in reader:
            yield Cells(reader.line_num, {str(key): value for key, value in cells.items() if key}, file)
    except csv.Error as error:
        raise SourceError(f"not valid CSV: {error}", place=Place(file, reader.line_num)) from error


def _usable(rows: Iterable[Cells], cloud: str, skipped: Counter[str]) -> Iterator[Cells]:
    """Leave out what must not be counted, and count the reasons."""
    seen: set[tuple[str, ...]] = set()
    for row in rows:
        key = tuple(row.values.values())
        if key in seen:
            skipped[REPEATED] += 1
        elif not row.is_nameable():
            skipped[NO_NAME] += 1
        elif not row.is_regional(cloud):
            skipped[LOCAL_ZONE] += 1
        else:
            skipped[PLACEHOLDER] += len(row.placeholders())
            if "Price" not in row.placeholders():
                yield row
        seen.add(key)


def _cloud(rows: Sequence[Cells], file: str) -> str:
    """Tell the cloud: by its folder, as the catalogue keeps it, else by how its types and zones are written."""
    if kept := _IN_THE_CATALOGUE.search(file):
        return kept[1]
    for row in rows:
        name, zone, region = row.text("InstanceType"), row.text("AvailabilityZone"), row.text("Region")
        if name.startswith(("Standard_", "Basic_")):
            return "azure"
        if zone.startswith(f"{region}-") and zone != region:
            return "gcp"
        if _ZONE_OF_OCI.fullmatch(zone):
            return "oci"
        if _TYPE_OF_AWS.fullmatch(name):
            return "aws"
    expected = f"--cloud {' or '.join(CLOUDS)}, or the name of another cloud"
    raise SourceError("the catalogue does not tell which cloud it is of", place=Place(file), expected=expected)


def _listing(zones: Sequence[Cells], cloud: str, skipped: Counter[str]) -> Listing | None:
    first = zones[0]
    arch, vcpus, memory = first.arch(cloud), first.size("vCPUs"), first.size("MemoryGiB")
    count = first.number("AcceleratorCount") or 0.0
    refusals: Mapping[str, bool] = {
        OTHER_MACHINE: arch is None,
        NO_SHAPE: vcpus is None or memory is None,
        PART_OF_A_GPU: count != int(count),
        WRONG_COUNT: (first.text("InstanceType"), count) in _WRONG_COUNTS,
    }
    if reason := next((reason for reason, holds in refusals.items() if holds), None):
        skipped[reason] += len(zones)
        return None
    on_demand = _median([row.price("Price") for row in zones])
    spot, no_discount = _spot(zones, cloud, on_demand, skipped)
    if on_demand is None and spot is None:
        skipped[f"machines {NO_PRICE}"] += 1
        return None
    accelerator = first.accelerator() if count else None
    return Listing(
        cloud=cloud,
        region=first.text("Region"),
        type=first.text("InstanceType"),
        on_demand=on_demand,
        spot=spot,
        no_discount=no_discount,
        arch=arch,
        vcpus=vcpus,
        memory_gib=memory,
        accelerator=accelerator,
        accelerators=int(count) if accelerator else 0,
        accelerator_memory_gib=first.accelerator_memory_gib() if accelerator else None,
    )


def _spot(
    zones: Sequence[Cells], cloud: str, on_demand: float | None, skipped: Counter[str]
) -> tuple[float | None, bool]:
    prices = [price for row in zones if (price := row.price("SpotPrice"))]
    skipped[f"spot cells {NO_PRICE}"] += len(zones) - len(prices)
    if cloud == "azure":
        skipped[FLAT_SPOT] += len(prices)
        return None, False
    market = [price for price in prices if on_demand is None or price < on_demand]
    skipped[NO_DISCOUNT] += len(prices) - len(market)
    return _median(market), bool(prices) and not market


def _median(prices: Iterable[float | None]) -> float | None:
    known = [price for price in prices if price]
    return round(median(known), _DECIMALS) if known else None
