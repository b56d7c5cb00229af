"""One booster of a model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from workbench.model.boosters import is_logarithmic, load_booster

if TYPE_CHECKING:
    import lightgbm as lgb


@dataclass(frozen=True)
class Member:
    """One booster of a model.

    Attributes:
        booster: Id of the booster it was cut from, such as `b03`.
        trees: Boosting rounds it holds.
        weight: Its share of the prediction; the shares add up to 1.
        text: The LightGBM model text, with exactly these trees.
    """

    booster: str
    trees: int
    weight: float
    text: str

    @cached_property
    def loaded(self) -> lgb.Booster:
        """The booster, loaded on first use."""
        return load_booster(self.text)

    @cached_property
    def logarithmic(self) -> bool:
        """Whether its trees add up to the logarithm of the value."""
        return is_logarithmic(self.text)
