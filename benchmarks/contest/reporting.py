"""Lays results out: a table per data set, the differences from each peer, and what they add up to."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from contest.judging import loss_difference, precision_difference
from contest.methods import METHODS, OURS
from contest.record import outcome

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from contest.judging import Difference, Outcome
    from contest.record import Record, Records
    from contest.running import Entry

GIB = 2**30


@dataclass(frozen=True)
class Standing:
    """Where a method of ours stands against a peer on one data set.

    Attributes:
        table: Data set.
        ours: Our method.
        peer: The other.
        seeds: Runs compared.
        loss: Difference of the loss.
        precision: Difference of average precision, None where the task is not binary.
        best: Whether the peer has the least median loss of all peers.
    """

    table: str
    ours: str
    peer: str
    seeds: int
    loss: Difference
    precision: Difference | None
    best: bool

    @property
    def worse(self) -> bool:
        """Say whether we are significantly worse by either measure."""
        return "worse" in {self.loss.verdict, self.precision.verdict if self.precision else ""}


class Board:
    """The records of one budget, by data set, method and seed; those of methods that take what they need with them."""

    def __init__(self, entries: Sequence[Entry], records: Records, asked: float) -> None:
        self.entries = {(entry.name, entry.seed): entry for entry in entries}
        self.asked = asked
        wanted = {(entry.name, entry.rows, entry.seed) for entry in entries}
        self.records = [
            record
            for record in records.values()
            if (record.table, record.rows, record.seed) in wanted and record.asked in {0.0, asked}
        ]

    def of(self, table: str, method: str) -> dict[int, Record]:
        """Give the runs of a method on a data set by seed."""
        return {one.seed: one for one in self.records if one.table == table and one.method == method}

    def methods(self, table: str) -> list[str]:
        """Give the methods that ran on a data set, the best first."""
        names = {one.method for one in self.records if one.table == table}
        return sorted(names, key=lambda name: self.loss(table, name))

    def loss(self, table: str, method: str) -> float:
        """Give the median loss of a method."""
        return median(one.loss for one in self.of(table, method).values())

    def outcomes(self, table: str, method: str, seeds: Sequence[int], folder: Path) -> list[Outcome]:
        """Read the predictions of a method."""
        runs = self.of(table, method)
        return [outcome(self.entries[table, seed].splits, folder / runs[seed].predictions) for seed in seeds]

    def table(self, table: str) -> str:
        """Lay out medians over seeds, one line per method."""
        lines = [
            "| method | seeds | loss | AP | fit CPU-s | fit s | all CPU-s | all s | RSS GB | load | last run |",
            "|---|---|---|---|---|---|---|---|---|---|---|",
        ]
        return "\n".join([*lines, *(_line(name, self.of(table, name)) for name in self.methods(table))])

    def standings(self, table: str, folder: Path) -> list[Standing]:
        """Compare the search with each peer, on the seeds that both ran; the best peer first."""
        peers = [name for name in self.methods(table) if name not in OURS]
        found = [self.standing(table, "workbench", peer, folder, best=peer == peers[0]) for peer in peers]
        return [one for one in found if one]

    def standing(self, table: str, ours: str, peer: str, folder: Path, *, best: bool = False) -> Standing | None:
        """Compare a method of ours with a peer; None where no seed was run by both."""
        seeds = sorted(self.of(table, ours).keys() & self.of(table, peer).keys())
        if not seeds:
            return None
        pair = [self.outcomes(table, name, seeds, folder) for name in (ours, peer)]
        precision = precision_difference(*pair) if pair[0][0].task == "binary" else None
        return Standing(table, ours, peer, len(seeds), loss_difference(*pair), precision, best)

    def small_budgets(self, table: str, folder: Path) -> list[str]:
        """Compare the search on little with the peer that its budget was taken from."""
        pairs = [(name, method.spends[0]) for name, method in METHODS.items() if method.spends]
        found = [self.standing(table, ours, peer, folder) for ours, peer in pairs]
        return [f"- {one.ours} ({self.spent(table, one)}) {told(one)[2:]}" for one in found if one]

    def spent(self, table: str, standing: Standing) -> str:
        """Say what both sides of a comparison spent."""
        sides = (self.of(table, name).values() for name in (standing.ours, standing.peer))
        return " against ".join(f"{median(one.fit_cpu_seconds for one in side):.1f}" for side in sides) + " CPU-s"

    def memory(self, table: str) -> list[str]:
        """Compare the peak memory of the search with that of one training on the same frames."""
        both = [self.of(table, name) for name in ("workbench", "one-fit")]
        ratios = [both[0][seed].peak_rss_bytes / both[1][seed].peak_rss_bytes for seed in both[0].keys() & both[1]]
        return [f"- peak memory of the search against one training: {median(ratios):.2f} times"] if ratios else []


def told(standing: Standing) -> str:
    """Say where we stand in one line."""
    precision = f" | AP {standing.precision}" if standing.precision else ""
    star = " (best peer)" if standing.best else ""
    return f"- against {standing.peer}{star}, {standing.seeds} seeds: loss {standing.loss}{precision}"


def summary(standings: Sequence[Standing]) -> str:
    """Say how often we are worse, and better, than the best of the peers."""
    best = [one for one in standings if one.best]
    loss = [one.loss.verdict for one in best]
    precision = [one.precision.verdict for one in best if one.precision]
    ahead = sum(one.loss.mean < 0 for one in best)
    anywhere = sum(one.worse for one in standings)
    return (
        f"against the best peer on each of {len(best)} data sets: loss better on {loss.count('better')}, worse on "
        f"{loss.count('worse')}, no evidence on {loss.count('no evidence')} (smaller on {ahead}); average precision "
        f"better on {precision.count('better')}, worse on {precision.count('worse')} of {len(precision)}; "
        f"significantly worse in {anywhere} of {len(standings)} comparisons with any peer"
    )


def _line(name: str, runs: dict[int, Record]) -> str:
    records = list(runs.values())
    last = max(records, key=lambda record: record.date)
    precision = [record.precision for record in records if record.precision is not None]
    cells = (
        name,
        str(len(records)),
        f"{median(record.loss for record in records):.5f}",
        f"{median(precision):.4f}" if precision else "",
        f"{median(record.fit_cpu_seconds for record in records):.1f}",
        f"{median(record.fit_wall_seconds for record in records):.1f}",
        f"{median(record.cpu_seconds for record in records):.1f}",
        f"{median(record.wall_seconds for record in records):.1f}",
        f"{median(record.peak_rss_bytes for record in records) / GIB:.2f}",
        f"{max(record.load for record in records):.1f}",
        f"{last.date[:16]} {last.notes[:70]}",
    )
    return f"| {' | '.join(cells)} |"
