"""Plans an update of the project's prices.yaml from a catalogue: what is taken, what changes, what is left out.

A price that a person wrote into the project's file stands: an update never replaces it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from ruamel.yaml.comments import CommentedMap

from workbench.cost.catalogue import patching
from workbench.cost.pricing.machinelist import Shape
from workbench.cost.pricing.pricefile import EMPTY, overlaid, packaged, parsed
from workbench.cost.pricing.prices import PriceBook
from workbench.params.tree import dump

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence

    from workbench.cost.catalogue.listing import Listing, Reading
    from workbench.cost.catalogue.opening import Opened

OTHER_REGION = "machines of regions not asked for; by default those the price book has: see --region"
OTHER_TYPE = "machines of types not asked for; by default those the price book has: see --type"
BY_HAND = "machines whose price is written by hand in prices.yaml"
NO_SIZE = "machines whose size nobody tells"
NO_LIST_PRICE = "machines without a price on demand"
DEARER_SPOT = "spot prices that are no discount on the price on demand"
SPOT_NOTE = "spot: median over the zones of the region that have a discount, local zones left out"


@dataclass(frozen=True)
class Change:
    """A price before and after.

    Attributes:
        instance: The machine.
        option: On demand or spot.
        old_usd_per_hour: What the price book says now; None when it says nothing.
        new_usd_per_hour: What the catalogue says; None when there is no discount any more.
    """

    instance: str
    option: str
    old_usd_per_hour: float | None
    new_usd_per_hour: float | None

    @property
    def per_cent(self) -> float | None:
        """Give the change in per cent of the old price.

        Example:
            >>> round(Change("a/b/c", "spot", 0.04, 0.05).per_cent, 6)
            25.0
        """
        if self.old_usd_per_hour is None or self.new_usd_per_hour is None:
            return None
        return 100 * (self.new_usd_per_hour / self.old_usd_per_hour - 1)


@dataclass(frozen=True)
class Update:
    """A new text of prices.yaml and what it changes.

    Attributes:
        text: The text; None when the catalogue has nothing for the price book.
        source: Name of the source it adds.
        changes: Prices that differ.
        same: Number of prices that only get another day.
        skipped: What was left out: the reason and how often.
        notes: What was put together, assumed or is doubtful.
    """

    text: str | None
    source: str
    changes: tuple[Change, ...]
    same: int
    skipped: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """Which machines of a catalogue are taken.

    Attributes:
        regions: Patterns of their regions; empty: those the price book has.
        types: Patterns of their types; empty: those the price book has.
    """

    regions: Sequence[str] = ()
    types: Sequence[str] = ()


def plan_update(
    old_text: str | None, reading: Reading, opened: Opened, as_of: dt.date, wanted: Wanted | None = None
) -> Update:
    """Plan an update; nothing is written.

    Args:
        old_text: The project's prices.yaml; None when there is none.
        reading: What the catalogue says.
        opened: The catalogue's file.
        as_of: The day its prices are of.
        wanted: Which machines are taken.

    Raises:
        ParamsError: The project's prices.yaml is not valid.
    """
    book = PriceBook(packaged() if old_text is None else overlaid(old_text))
    tree = parsed(old_text or EMPTY) or CommentedMap()
    skipped = Counter(reading.skipped)
    listings = list(_taken(reading.listings, book, patching.written_by_hand(tree), wanted or Wanted(), skipped))
    changes = [change for listing in listings for change in _changes(listing, book)]
    differing = tuple(change for change in changes if change.old_usd_per_hour != change.new_usd_per_hour)
    source = patching.source_name(tree, opened, as_of)
    return Update(
        text=_text(tree, old_text, listings, book, patching.source_entry(opened, as_of, SPOT_NOTE), source),
        source=source,
        changes=differing,
        same=len(changes) - len(differing),
        skipped={reason: count for reason, count in skipped.items() if count},
        notes=(*reading.notes, *_older(listings, book, as_of)),
    )


def _text(
    tree: Any,  # noqa: ANN401 - a mapping of ruamel, or an empty one
    old_text: str | None,
    listings: Sequence[Listing],
    book: PriceBook,
    entry: CommentedMap,
    source: str,
) -> str | None:
    """Write the new text and read it back, so that nothing is kept that the next command could not read."""
    if not listings:
        return None
    before = "" if tree else old_text or EMPTY
    shapes = {listing.instance: shape for listing in listings if (shape := _shape(listing, book))}
    patching.add(tree, listings, shapes, entry, source)
    text = before + dump(tree)
    overlaid(text)
    return text


def _taken(
    listings: Sequence[Listing], book: PriceBook, by_hand: frozenset[str], wanted: Wanted, skipped: Counter[str]
) -> Iterator[Listing]:
    regions = list(wanted.regions) or sorted({name.rpartition("/")[0] for name in book.instances})
    types = {(name.partition("/")[0], name.rpartition("/")[2]) for name in book.instances}
    for listing in listings:
        is_known = (listing.cloud, listing.type) in types
        is_wanted = any(fnmatchcase(listing.type, pattern) for pattern in wanted.types) if wanted.types else is_known
        places = listing.region, f"{listing.cloud}/{listing.region}"
        if not any(fnmatchcase(place, pattern) for place in places for pattern in regions):
            skipped[OTHER_REGION] += 1
        elif not is_wanted:
            skipped[OTHER_TYPE] += 1
        elif reason := _refusal(listing, book, by_hand):
            skipped[reason] += 1
        else:
            yield _with_a_true_spot(listing, book, skipped)


def _refusal(listing: Listing, book: PriceBook, by_hand: frozenset[str]) -> str | None:
    if listing.instance in by_hand:
        return BY_HAND
    if _listed(listing, book) is None:
        return NO_LIST_PRICE
    return NO_SIZE if _shape(listing, book) is None else None


def _with_a_true_spot(listing: Listing, book: PriceBook, skipped: Counter[str]) -> Listing:
    """Leave a spot price out that is no discount on what the price book will say of the machine on demand."""
    if listing.spot is None or listing.spot < (_listed(listing, book) or 0.0):
        return listing
    skipped[DEARER_SPOT] += 1
    return replace(listing, spot=None, no_discount=True)


def _listed(listing: Listing, book: PriceBook) -> float | None:
    return listing.on_demand if listing.on_demand is not None else _known(book, listing.instance, "on_demand")


def _shape(listing: Listing, book: PriceBook) -> dict[str, Any] | None:
    """Give the size of a machine: the catalogue's, or that of the same type in the price book; whole numbers plain."""
    machine: object = listing
    if not (listing.arch and listing.vcpus and listing.memory_gib):
        ending = f"/{listing.type}"
        same = [name for name in book.instances if name.startswith(f"{listing.cloud}/") and name.endswith(ending)]
        if not same:
            return None
        machine = book.machine(same[0])
    values = {key: getattr(machine, key) for key in Shape.model_fields}
    return {key: _plain(value) for key, value in values.items() if value}


def _plain(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _known(book: PriceBook, instance: str, option: str) -> float | None:
    if instance not in book.instances:
        return None
    price: float | None = getattr(book.machine(instance), option)
    return price


def _changes(listing: Listing, book: PriceBook) -> Iterator[Change]:
    for option in ("on_demand", "spot"):
        old, new = _known(book, listing.instance, option), getattr(listing, option)
        is_gone = option == "spot" and listing.no_discount and old is not None
        if new is not None or is_gone:
            yield Change(listing.instance, option, old, new)


def _older(listings: Sequence[Listing], book: PriceBook, as_of: dt.date) -> Iterator[str]:
    """Warn where the price book already has newer prices."""
    known = [listing.instance for listing in listings if _known(book, listing.instance, "on_demand")]
    days = [day for name in known if (day := book.usd_per_hour(name, "on_demand").as_of) and day > as_of]
    if days:
        yield f"the catalogue is of {as_of}; {len(days):,} prices of the price book were newer, up to {max(days)}"
