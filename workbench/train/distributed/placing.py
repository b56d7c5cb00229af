"""Chooses the machines of a cluster that ranks run on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.train.distributed.sockets import reachable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ANSWER = 3.0
"""Seconds in which a machine must take a connection: Ray itself takes longer to notice that one is cut off."""


@dataclass(frozen=True)
class Place:
    """A node of the cluster.

    Attributes:
        node: Ray's id of it.
        cpus: CPUs that Ray may use there.
    """

    node: str
    cpus: int

    def options(self, threads: int) -> dict[str, Any]:
        """Give the actor options that put a rank there."""
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy  # noqa: PLC0415 - costs seconds

        return {
            "num_cpus": threads,
            "scheduling_strategy": NodeAffinitySchedulingStrategy(node_id=self.node, soft=False),
        }


def nodes(listed: Sequence[Mapping[str, Any]]) -> tuple[Place, ...]:
    """Give the nodes that live and can be reached, in an order that does not depend on the moment."""
    alive = [
        Place(node["NodeID"], int(node["Resources"].get("CPU", 0)))
        for node in sorted(listed, key=lambda node: (node["NodeManagerAddress"], node["NodeID"]))
        if node["Alive"] and reachable(f"{node['NodeManagerAddress']}:{node['NodeManagerPort']}", ANSWER)
    ]
    return tuple(place for place in alive if place.cpus)


def spread(places: Sequence[Place], workers: int, threads: int) -> tuple[Place, ...]:
    """Put each rank where most CPUs are left; fewer ranks than asked for when the cluster has no room for all.

    Example:
        >>> [place.node for place in spread([Place("a", 2), Place("b", 1)], 4, 1)]
        ['a', 'a', 'b']
    """
    taken: Counter[str] = Counter()
    chosen: list[Place] = []
    while len(chosen) < workers:
        room = [place for place in places if place.cpus - taken[place.node] >= threads]
        if not room:
            break
        best = max(room, key=lambda place: place.cpus - taken[place.node])
        taken[best.node] += threads
        chosen.append(best)
    return tuple(sorted(chosen, key=places.index))
