"""The frontier over any number of objectives: who is on it, how good it is as a whole, where its knee is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.decide.knee import knee
from workbench.decide.objectives import objectives_of, points_of
from workbench.decide.pareto import non_dominated
from workbench.decide.volume import hypervolume

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from workbench.decide.knee import Knee
    from workbench.decide.objectives import Objective
    from workbench.decide.volume import Hypervolume

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Front:
    """A frontier over several objectives.

    Attributes:
        ids: Every candidate of the table.
        objectives: What they are compared on.
        points: One row for each candidate, one column for each objective; less is better.
        allowed: Whether each keeps to the limits; only these count.
        on_front: Whether no allowed candidate beats it.
        volume: The hypervolume of the allowed candidates.
        knee: The knee; None where there is none.
    """

    ids: tuple[str, ...]
    objectives: tuple[Objective, ...]
    points: Floats
    allowed: Flags
    on_front: Flags
    volume: Hypervolume
    knee: Knee | None

    @property
    def sentence(self) -> str:
        """Say how many are on the frontier, over what, its hypervolume with the reference, and the knee."""
        names = ", ".join(item.name for item in self.objectives)
        worst = ", ".join(
            f"{item.name} {item.written(item.sign * value)}"
            for item, value in zip(self.objectives, self.volume.reference, strict=True)
        )
        said = (
            f"{int(self.on_front.sum())} of {len(self.ids)} candidates are on the frontier over {names}. It dominates "
            f"{self.volume.share:.1%} of the box up to a tenth of the span beyond the worst candidate ({worst})."
        ).replace("% of", " % of")
        if self.knee is None:
            return f"{said} It has no knee."
        return f"{said} Its knee, the one nearest to the best of everything, each in its own span, is {self.knee_id}."

    @property
    def knee_id(self) -> str | None:
        """The candidate at the knee."""
        return None if self.knee is None else self.ids[self.knee.row]

    def summary(self) -> dict[str, float]:
        """Give the figures of the frontier, for metrics."""
        return {"on_front": int(self.on_front.sum()), "hypervolume": self.volume.share}

    def reference(self) -> Mapping[str, float]:
        """Give the reference point of the hypervolume, in the units of the table."""
        return {
            item.column: item.sign * value for item, value in zip(self.objectives, self.volume.reference, strict=True)
        }


def front(table: pl.DataFrame, metric: str, names: Iterable[str] | None = None) -> Front:
    """Find the frontier over some objectives.

    Args:
        table: The table of a decision.
        metric: The metric that decides, such as `average_precision`.
        names: Some of `OBJECTIVES`; by default all that differ, see `objectives_of`.

    Raises:
        UsageError: There is no such objective.
    """
    objectives = objectives_of(table, metric, names)
    points = points_of(table, objectives)
    allowed = table["within_limits"].to_numpy()
    found = non_dominated(points, allowed)
    return Front(
        ids=tuple(table["id"]),
        objectives=objectives,
        points=points,
        allowed=allowed,
        on_front=found,
        volume=hypervolume(points[allowed]),
        knee=knee(points, found),
    )
