"""Laws of the sum over a process tree, on a small system that is read at any moment."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.cost.metering.proctree import ProcessUse
from workbench.cost.metering.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT, STRANGER = 100, 1


@dataclass
class System:
    """Keeps processor time as Linux does.

    Attributes:
        adopts: Whether orphans go to the root of the tree, not to a stranger.
        worked: Ticks that the tree has used in truth.
        youngest: Number of the last process that began.
    """

    adopts: bool
    worked: int = 0
    youngest: int = ROOT
    processes: dict[int, ProcessUse] = field(default_factory=lambda: {ROOT: ProcessUse(ROOT, 0, STRANGER)})

    def fork(self, choice: int) -> None:
        self.youngest += 1
        self.processes[self.youngest] = ProcessUse(self.youngest, self.youngest, self._living(choice))

    def work(self, choice: int, ticks: int) -> None:
        pid = self._living(choice)
        use = self.processes[pid]
        self.processes[pid] = replace(use, own_ticks=use.own_ticks + ticks, written_bytes=use.written_bytes + ticks)
        self.worked += ticks

    def end(self, choice: int) -> None:
        if (pid := self._living(choice)) != ROOT:
            self._end(pid)

    def wait(self, choice: int, *, noting: bool = True) -> None:
        """Let a parent wait for a child that has ended; or let it take no note, as with SIGCHLD ignored."""
        ended = [use for use in self.processes.values() if use.ended and use.parent in self.processes]
        if not ended:
            return
        gone = ended[choice % len(ended)]
        del self.processes[gone.pid]
        parent = self.processes[gone.parent]
        if noting:
            self.processes[parent.pid] = replace(
                parent,
                children_ticks=parent.children_ticks + gone.ticks,
                written_bytes=parent.written_bytes + gone.written_bytes,
            )

    def read(self) -> Iterator[ProcessUse]:
        """Read parents before children, while everything goes on."""
        queue = [ROOT]
        for pid in queue:
            if pid in self.processes:
                yield self.processes[pid]
                queue.extend(use.pid for use in self.processes.values() if use.parent == pid and use.pid not in queue)

    def finish(self) -> None:
        """Let every process end and be waited for."""
        for use in list(self.processes.values()):
            if use.pid in self.processes and use.pid != ROOT and not use.ended:
                self._end(use.pid)
        while len(self.processes) > 1:
            self.wait(0)

    def _end(self, pid: int) -> None:
        self.processes[pid] = replace(self.processes[pid], ended=True)
        for child in [use for use in self.processes.values() if use.parent == pid]:
            self.processes[child.pid] = replace(child, parent=ROOT if self.adopts else STRANGER)
        self._bury_strangers()

    def _bury_strangers(self) -> None:
        for use in [use for use in self.processes.values() if use.ended and use.parent == STRANGER]:
            del self.processes[use.pid]

    def _living(self, choice: int) -> int:
        living = [use.pid for use in self.processes.values() if not use.ended]
        return living[choice % len(living)]


ACTIONS = st.lists(
    st.tuples(st.sampled_from(["fork", "work", "end", "wait", "step", "step"]), st.integers(0, 40), st.integers(1, 9)),
    max_size=80,
)


def play(system: System, actions: list[tuple[str, int, int]]) -> list[float]:
    """Let things happen, some of them in the middle of a reading; give the totals of every reading."""
    tally, totals, reading, read = Tally(), [], system.read(), list[ProcessUse]()
    for name, choice, ticks in actions:
        if name == "step":
            use = next(reading, None)
            if use is not None:
                read.append(use)
                continue
            left = tally.known.keys() & system.processes.keys() - {use.pid for use in read}
            read.extend(system.processes[pid] for pid in left)
            totals.append(tally.take(read).ticks)
            reading, read = system.read(), []
        elif name == "work":
            system.work(choice, ticks)
        else:
            getattr(system, name)(choice)
    system.finish()
    totals += [tally.take(system.read()).ticks for _ in range(2)]
    return totals


@settings(max_examples=400)
@given(ACTIONS)
def test_nothing_is_lost_or_counted_twice_where_orphans_are_adopted(actions: list[tuple[str, int, int]]) -> None:
    system = System(adopts=True)
    totals = play(system, actions)
    assert totals == sorted(totals)
    assert totals[-1] == system.worked


@settings(max_examples=400)
@given(ACTIONS)
def test_totals_never_fall_and_never_exceed_the_truth_where_strangers_bury_orphans(
    actions: list[tuple[str, int, int]],
) -> None:
    system = System(adopts=False)
    totals = play(system, actions)
    assert totals == sorted(totals)
    assert totals[-1] <= system.worked


def test_a_child_nobody_waited_for_keeps_what_was_seen_of_it_beside_one_that_was_waited_for() -> None:
    system, tally = System(adopts=True), Tally()
    for ticks in (1000, 30):
        system.fork(0)
        system.work(len(system.processes) - 1, ticks)
    tally.take(system.read())
    lost, kept = ROOT + 1, ROOT + 2
    for pid in (lost, kept):
        system.processes[pid] = replace(system.processes[pid], ended=True)
    system.wait(0, noting=False)
    system.wait(0)
    assert set(system.processes) == {ROOT}
    totals = [tally.take(system.read()) for _ in range(3)]
    assert {total.ticks for total in totals} == {1030.0}
    system.work(0, 7)
    assert (last := tally.take(system.read())).ticks == 1037.0
    assert last.written_bytes == 1037.0


def test_a_child_that_ends_between_the_readings_of_parent_and_child_is_there_at_once_and_once() -> None:
    system, tally = System(adopts=True), Tally()
    system.fork(0)
    system.work(1, 500)
    tally.take(system.read())
    reading = system.read()
    read = [next(reading)]
    system.processes[ROOT + 1] = replace(system.processes[ROOT + 1], ended=True)
    system.wait(0)
    assert tally.take([*read, *reading]).ticks == 500
    assert tally.take(system.read()).ticks == 500
    system.work(0, 7)
    assert tally.take(system.read()).ticks == 507
