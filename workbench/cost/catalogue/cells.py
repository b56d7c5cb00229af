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

    from workbench.cost.pricing.machinelist import Arch

PLACEHOLDER_USD = 700.0
"""Stands in the catalogue where a price is not known."""
_KNOWN_ARCH: Mapping[str, Arch] = {"x86_64": "x86_64", "arm64": "arm64", "aarch64": "arm64"}
_ARM = {
    "aws": re.compile(r"a1\.|[a-z]+\d+[a-z]*g[a-z]*\."),
    "gcp": re.compile(r"(t2a|c4a|n4a|a4x)-"),
    "azure": re.compile(r"Standard_[A-Z]+\d+(-\d+)?[a-z]*p[a-z]*_"),
}
_ARM_ELSEWHERE = re.compile(r"gh200|gb[23]00|standard\.a\d", re.IGNORECASE)
_WITH_LOCAL_ZONES = ("aws", "gcp")
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
        """Give a price; an empty one, 0 and the placeholder are unknown, not free."""
        value = self.number(column)
        return value if value and value > 0 and value != PLACEHOLDER_USD else None

    def size(self, column: str) -> float | None:
        """Give a number of threads or of gigabytes; 0 is unknown."""
        value = self.number(column)
        return value if value and value > 0 else None

    def placeholders(self) -> tuple[str, ...]:
        """Name the prices that are the number which stands for a missing one."""
        return tuple(column for column in ("Price", "SpotPrice") if self.number(column) == PLACEHOLDER_USD)

    def is_nameable(self) -> bool:
        """Tell whether `cloud/region/type` can name the machine; a marketplace has regions such as `, US, NA`."""
        names = self.text("Region"), self.text("InstanceType")
        return bool(names[0]) and not any("/" in name for name in names)

    def is_regional(self, cloud: str) -> bool:
        """Tell whether the zone is one of the region itself: local zones lie in other towns, at other spot prices.

        Zones of AWS and Google are written as `use1-az1`, `us-east-1a` or `us-central1-a`; local ones as
        `use1-atl2-az1`, those for accelerators alone as `us-south1-ai1b`. Other clouds have none.
        """
        if cloud not in _WITH_LOCAL_ZONES:
            return True
        zone, region = self.text("AvailabilityZone"), re.escape(self.text("Region"))
        return not zone or re.fullmatch(rf"[a-z]+\d+-az\d+|{region}-?[a-z]", zone) is not None

    def arch(self, cloud: str) -> Arch | None:
        """Give the instruction set, from the name where there is no column; None for 32 bits and Macs."""
        written = self.text("Arch")
        if written:
            return _KNOWN_ARCH.get(written)
        name = self.text("InstanceType")
        is_arm = _ARM[cloud].match(name) if cloud in _ARM else _ARM_ELSEWHERE.search(name)
        return "arm64" if is_arm else "x86_64"

    def accelerator(self) -> str | None:
        """Give the name of the GPU; the column GpuInfo is less exact, it calls both sizes of the A100 the same."""
        name = self.text("AcceleratorName")
        return name if name and name.upper() != "CPU-ONLY" else None

    def accelerator_memory_gib(self) -> float | None:
        """Give the memory of one GPU from GpuInfo: a Python literal, or a bare name that tells nothing of it.

        Where several GPUs have as much in sum as each, the cell is wrong: one catalogue writes the memory of one in
        both places, another that of all. It is unknown then.
        """
        text = self.text("GpuInfo")
        if not text.startswith("{") or len(text) > _MOST_CHARACTERS:
            return None
        try:
            tree = ast.literal_eval(text)
            mib = float(tree["Gpus"][0]["MemoryInfo"]["SizeInMiB"])
            all_mib = float(tree.get("TotalGpuMemoryInMiB", math.nan))
        except (ValueError, SyntaxError, TypeError, AttributeError, LookupError, MemoryError, RecursionError):
            return None
        if mib == all_mib and (self.number("AcceleratorCount") or 1.0) > 1:
            return None
        return round(mib / _MIB_PER_GIB, 2) if mib > 0 else None
