"""What a catalogue lists of one machine, and what of the catalogue was left out and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.cost.pricing.machinelist import Arch

CLOUDS = ("aws", "gcp", "azure")
"""The clouds that the packaged price book has; a catalogue may be of any other."""

NO_PRICE = "without a price: unknown, not free"
NO_DISCOUNT = "spot prices equal to on demand: no discount"
OTHER_MACHINE = "neither x86_64 nor arm64"


@dataclass(frozen=True)
class Listing:
    """A machine and its prices in USD per hour; what the catalogue does not say is None.

    Attributes:
        cloud: The cloud.
        region: The region.
        type: The instance type.
        on_demand: USD per hour.
        spot: USD per hour.
        no_discount: Whether the catalogue says that spot costs as much as on demand.
        arch: Instruction set.
        vcpus: Hardware threads.
        memory_gib: Memory.
        accelerator: Name of the GPU.
        accelerators: Number of GPUs.
        accelerator_memory_gib: Memory of each.
    """

    cloud: str
    region: str
    type: str
    on_demand: float | None = None
    spot: float | None = None
    no_discount: bool = False
    arch: Arch | None = None
    vcpus: float | None = None
    memory_gib: float | None = None
    accelerator: str | None = None
    accelerators: int = 0
    accelerator_memory_gib: float | None = None

    @property
    def instance(self) -> str:
        """Give `cloud/region/type`."""
        return f"{self.cloud}/{self.region}/{self.type}"


@dataclass(frozen=True)
class Reading:
    """A catalogue that was read.

    Attributes:
        listings: Its machines.
        skipped: What was left out: the reason and how often.
        notes: What was put together or assumed.
    """

    listings: tuple[Listing, ...]
    skipped: Counter[str] = field(default_factory=Counter)
    notes: tuple[str, ...] = ()
