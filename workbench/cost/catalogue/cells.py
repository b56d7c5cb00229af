"""The cells of one row of the SkyPilot catalogue, with the traps of the format taken out."""

from __future__ import annotations

import ast
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.errors import Place, SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.cost.catalogue.offer import Cloud
    from workbench.cost.pricing.machinelist import Arch

PLACEHOLDER_USD = 700.0
"""Stands in the catalogue where a price is not known."""
_KNOWN_ARCH: Mapping[str, Arch] = {"x86_64": "x86_64", "arm64": "arm64", "aarch64": "arm64"}
_ARM = {
    "aws": re.compile(r"a1\.|[a-z]+\d+[a-z]*g[a-z]*\."),
    "gcp": re.compile(r"(t2a|c4a|n4a|a4x)-"),
    "azure": re.compile(r"Standard_[A-Z]+\d+(-\d+)?[a-z]*p[a-z]*_"),
}
_MOST_CHARACTERS = 10_000
_MIB_PER_GIB = 1024


@dataclass(frozen=True)
class Cells:
    """One row.

    Attributes:
        line: Line of the file.
        values: Cell by column.
        file: The catalogue.
    """

    line: int
    values: Mapping[str, str]
    file: str

    def text(self, column: str) -> str:
        """Give a cell; one that is empty or not there is the empty text."""
        return (self.values.get(column) or "").strip()

    def number(self, column: str) -> float | None:
        """Give a number; an empty cell or NaN is unknown.

        Raises:
            SourceError: The cell holds no number.
        """
        text = self.text(column)
        if not text:
            return None
        try:
            value = float(text)
        except ValueError as error:
            place = Place(self.file, self.line, column=column)
            raise SourceError("not a number", place=place, found=repr(text[:50])) from error
        return value if math.isfinite(value) else None

    def price(self, column: str) -> float | None:
        """Give a price; an empty one and 0 are unknown, not free."""
        value = self.number(column)
        return value if value and value > 0 else None

    def is_placeholder(self) -> bool:
        """Tell whether a price is the number that stands for a missing one."""
        return PLACEHOLDER_USD in {self.number("Price"), self.number("SpotPrice")}

    def is_regional(self) -> bool:
        """Tell whether the zone is one of the region itself: local zones lie in other towns, at other spot prices.

        Zones are written as `use1-az1`, `us-east-1a` or `us-central1-a`; local ones as `use1-atl2-az1`.
        """
        zone, region = self.text("AvailabilityZone"), re.escape(self.text("Region"))
        return not zone or re.fullmatch(rf"[a-z]+\d+-az\d+|{region}-?[a-z]", zone) is not None

    def arch(self, cloud: Cloud) -> Arch | None:
        """Give the instruction set, from the name where there is no column; None for 32 bits and Macs."""
        written = self.text("Arch")
        if written:
            return _KNOWN_ARCH.get(written)
        return "arm64" if _ARM[cloud].match(self.text("InstanceType")) else "x86_64"

    def accelerator(self) -> str | None:
        """Give the name of the GPU; the column GpuInfo is less exact, it calls both sizes of the A100 the same."""
        name = self.text("AcceleratorName")
        return name if name and name.upper() != "CPU-ONLY" else None

    def accelerator_memory_gib(self) -> float | None:
        """Give the memory of one GPU from GpuInfo: a Python literal, or a bare name that tells nothing of it."""
        text = self.text("GpuInfo")
        if not text.startswith("{") or len(text) > _MOST_CHARACTERS:
            return None
        try:
            mib = float(ast.literal_eval(text)["Gpus"][0]["MemoryInfo"]["SizeInMiB"])
        except (ValueError, SyntaxError, TypeError, LookupError, MemoryError, RecursionError):
            return None
        return round(mib / _MIB_PER_GIB, 2) if mib > 0 else None
