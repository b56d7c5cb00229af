"""What is paid for keeping models and data, and for sending answers out of the cloud."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.cost.economics import DAYS_PER_MONTH
from workbench.cost.pricing.storagelist import steps
from workbench.errors import PriceError, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from workbench.cost.pricing.prices import PriceBook
    from workbench.cost.pricing.storagelist import Tier
    from workbench.params.cost import StorageParams

    Floats = NDArray[np.float64]

BYTES_PER_GB = 1e9


@dataclass(frozen=True)
class Tiers:
    """A price per gigabyte that changes with the amount.

    Attributes:
        starts_gb: Where each tier begins; what lies below the first is free.
        usd_per_gb: The price in each; that of the last holds for everything beyond.
    """

    starts_gb: tuple[float, ...]
    usd_per_gb: tuple[float, ...]

    def usd(self, gb: Floats) -> Floats:
        """Price amounts, tier by tier.

        Example:
            >>> Tiers((0.0, 10.0), (0.1, 0.05)).usd(np.array([5.0, 20.0])).round(6).tolist()
            [0.5, 1.5]
        """
        ends = (*self.starts_gb[1:], np.inf)
        usd = np.zeros_like(gb)
        for start, end, price in zip(self.starts_gb, ends, self.usd_per_gb, strict=True):
            usd = usd + np.clip(gb - start, 0.0, end - start) * price
        return usd


@dataclass(frozen=True)
class Keeping:
    """The terms of storage.

    Attributes:
        tiers: Price of a gigabyte for a month.
        retrieval_usd_per_gb: Price of reading one back.
        data_gb: Data kept, and read again by each training.
        charged_months: How long each model is paid for: as long as it is kept, and no less than the tier's minimum.
    """

    tiers: Tiers
    retrieval_usd_per_gb: float
    data_gb: float
    charged_months: float

    def usd_per_month(self, size_bytes: Floats, retrains_per_month: float | Floats) -> Floats:
        """Price a month in which as many models come as go; at least the newest is kept."""
        models = np.maximum(1.0, retrains_per_month * self.charged_months)
        gb = np.asarray(self.data_gb + models * size_bytes / BYTES_PER_GB)
        return np.asarray(self.tiers.usd(gb) + retrains_per_month * self.data_gb * self.retrieval_usd_per_gb)


def keeping(instance: str, params: StorageParams, prices: PriceBook) -> Keeping | None:
    """Look up what keeping things costs beside a machine; None where no tier is stated.

    Raises:
        PriceError: The region has no such class of storage in the price book.
    """
    if params.tier is None:
        return None
    region = instance.rsplit("/", 1)[0]
    known = {name.rsplit("/", 1)[-1]: item for name, item in prices.storage_classes(region).items()}
    if params.tier not in known:
        raise PriceError(
            f"no price of storage {params.tier} is known in {region}",
            expected=f"cost.storage.tier: one of {', '.join(known)}" if known else "no cost.storage.tier",
            hint=nearest(params.tier, known),
        )
    found = known[params.tier]
    tiers = _tiers(found.tiers) if found.tiers else Tiers((0.0,), (found.usd_per_gb_month,))
    charged = max(params.keep_months, found.minimum_days / DAYS_PER_MONTH)
    return Keeping(tiers, found.retrieval_usd_per_gb or 0.0, params.data_gb, charged)


def sending(instance: str, bytes_per_response: float, prices: PriceBook) -> Tiers | None:
    """Look up what sending data to the internet costs; None where nothing is sent.

    Raises:
        PriceError: The region has no price of egress.
    """
    if not bytes_per_response:
        return None
    region = instance.rsplit("/", 1)[0]
    prices.egress_usd(region, 0.0)
    found = prices.prices.egress[region]
    return _tiers(found.tiers, found.free_gb)


def _tiers(tiers: Sequence[Tier], free_gb: float = 0.0) -> Tiers:
    charged = steps(tiers, free_gb)
    return Tiers(tuple(step.start_gb for step in charged), tuple(step.usd_per_gb for step in charged))
