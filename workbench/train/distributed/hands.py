"""Workers that grow whole trials side by side, as the process sees them that holds the cluster."""

from __future__ import annotations

import time
from collections import Counter, deque
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from workbench.errors import WorkbenchError
from workbench.train.distributed.crew import fault_of, put_down, ray
from workbench.train.distributed.failing import ADVICE, ClusterError, FaultError
from workbench.train.distributed.hand import Deserted, Ended, Halt, Hand, Lost, Muster, Mustered, Vitals
from workbench.train.distributed.job import Fault, Limits
from workbench.train.distributed.placing import nodes, spread
from workbench.train.distributed.watch import Watch

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from workbench.train.distributed.crew import Met
    from workbench.train.distributed.placing import Place
    from workbench.train.distributed.rank import Beat
    from workbench.train.grower import Begun

POLL = 0.02
"""Seconds between two looks at the workers and at the one who gives trials."""

BEAT = 0.25
"""Seconds between two questions for progress."""

LIMITS = Limits(join=90.0)
"""A worker starts and takes the rows within what is meant for joining."""

RETRIES = 2
"""Times that a trial is given to another worker, and that a worker is replaced before it has grown anything."""


@dataclass
class Post:
    """The place of one worker.

    Attributes:
        place: Where it runs.
        actor: The worker.
        doing: What it was asked to do; None while it waits.
        watch: Notices that it stands still.
        trial: The trial that it grows; None while it takes the rows or waits.
        met: Its process; None until it has the rows.
        beat: Its last sign of life.
        cpu_before: CPU-seconds of its process when the trial began.
        asked: The question for its progress.
        asked_at: When that was asked.
        took: Seconds in which it took the rows.
    """

    place: Place
    actor: Any
    doing: Any
    watch: Watch = field(default_factory=lambda: Watch("meet", 1, LIMITS))
    trial: Begun | None = None
    met: Met | None = None
    beat: Beat | None = None
    cpu_before: float = 0.0
    asked: Any = None
    asked_at: float = 0.0
    took: float = 0.0

    @property
    def cpu_seconds(self) -> float:
        """CPU-seconds of its process, as of its last sign of life."""
        return self.beat.cpu_seconds if self.beat else 0.0


class Hands:
    """The workers of one search.

    Args:
        muster: How many, and what they grow trials on.

    Raises:
        FaultError: There is no room for a single one.
    """

    def __init__(self, muster: Muster) -> None:
        self._threads = muster.threads
        self._given = [ray().put(muster.parcel), *(ray().put(path.read_bytes()) for path in muster.files)]
        self._remote = ray().remote(Hand)
        places = spread(nodes(ray().nodes()), muster.workers, muster.threads)
        if not places:
            raise FaultError(Fault("absent", (), "the Ray cluster has no room for a single worker"))
        self._posts = [self._manned(place) for place in places]
        self._waiting: deque[Begun] = deque()
        self._faults: dict[int, list[Fault]] = {}
        self._barren: Counter[str] = Counter()
        self._halted = False
        self._gone_cpu_seconds = 0.0

    @property
    def workers(self) -> int:
        """How many there are."""
        return len(self._posts)

    @property
    def vitals(self) -> Vitals:
        """What they have spent."""
        total = self._gone_cpu_seconds + sum(post.cpu_seconds for post in self._posts)
        return Vitals(
            total, {post.trial.number: post.cpu_seconds - post.cpu_before for post in self._posts if post.trial}
        )

    def take(self, trial: Begun) -> None:
        """Let a worker grow a trial as soon as one is free."""
        self._waiting.append(trial)

    def halt(self) -> None:
        """Let every trial end after its round."""
        self._halted = True
        for post in self._posts:
            post.actor.halt.remote()

    def step(self) -> list[Ended | Lost]:
        """Give trials to workers that wait, and tell which have ended and who was lost meanwhile.

        Raises:
            ClusterError: A trial cannot be grown, by whatever worker.
            FaultError: No worker is left.
        """
        if self._halted and self._waiting:
            trial = self._waiting.popleft()
            return [Ended(trial.number, None, faults=tuple(self._faults.pop(trial.number, [])))]
        self._give()
        busy = {post.doing: post for post in self._posts if post.doing is not None}
        if not busy:
            time.sleep(POLL)
            return []
        ready, _ = ray().wait(list(busy), num_returns=len(busy), timeout=POLL)
        news = [self._answered(busy[ref]) for ref in ready]
        news += [self._lost(post, fault) for post in list(self._posts) if (fault := self._listen(post))]
        return [one for one in news if one is not None]

    def close(self) -> None:
        """End every worker."""
        put_down([post.actor for post in self._posts], [post.met for post in self._posts if post.met])
        self._posts = []

    def _manned(self, place: Place) -> Post:
        options = place.options(self._threads)
        actor = self._remote.options(**options, max_concurrency=2, max_restarts=0).remote(self._threads, LIMITS.lease)
        return Post(place, actor, actor.load.remote(*self._given))

    def _give(self) -> None:
        for post in self._posts:
            if self._waiting and post.doing is None:
                post.trial = self._waiting.popleft()
                post.doing = post.actor.grow.remote(post.trial)
                post.watch = Watch("grow", 1, LIMITS, 2 * post.took)
                post.cpu_before = post.cpu_seconds

    def _answered(self, post: Post) -> Ended | Lost | None:
        try:
            answer: Any = ray().get(post.doing)
        except ray().exceptions.RayError as error:
            return self._lost(post, fault_of(0, error))
        post.doing = None
        if post.trial is None:
            post.met, post.took = answer, time.monotonic() - post.watch.began
            return None
        self._barren.pop(post.place.node, None)
        faults = self._faults.pop(post.trial.number, [])
        post.trial = None
        ended: Ended = replace(answer, faults=tuple(faults))
        return ended

    def _listen(self, post: Post) -> Fault | None:
        """Take the answer to the last question for progress, and ask again; tell what stands still."""
        now = time.monotonic()
        if post.asked is not None and ray().wait([post.asked], timeout=0)[0]:
            ref, post.asked = post.asked, None
            try:
                beat: Beat = ray().get(ref)
            except ray().exceptions.RayError:
                return None  # what it was asked to do fails too, and tells more
            post.beat = beat
            post.watch.note(0, beat)
        if post.asked is None and now - post.asked_at >= BEAT:
            post.asked, post.asked_at = post.actor.progress.remote(), now
        return post.watch.fault([0]) if post.doing is not None else None

    def _lost(self, post: Post, fault: Fault) -> Ended | Lost | None:
        """Replace a worker, and give its trial to another one unless that would fail again."""
        trial, post.trial, post.doing = post.trial, None, None
        if not fault.transient:
            raise ClusterError(
                f"the trial {trial.setup.name!r} cannot be grown" if trial else "a worker cannot take the rows",
                found=fault.text,
                hint=ADVICE["refused"],
            )
        self._replace(post, fault)
        if trial is None:
            return Lost(fault)
        faults = self._faults.setdefault(trial.number, [])
        faults.append(fault)
        if len(faults) > RETRIES or self._halted:
            return Ended(trial.number, None, faults=tuple(self._faults.pop(trial.number)))
        self._waiting.appendleft(trial)
        return None

    def _replace(self, post: Post, fault: Fault) -> None:
        """Put a fresh worker in the place of one that is lost, if its machine still takes one."""
        put_down([post.actor], [post.met] if post.met else [])
        self._gone_cpu_seconds += post.cpu_seconds
        self._posts.remove(post)
        self._barren[post.place.node] += 1
        alive = any(place.node == post.place.node for place in nodes(ray().nodes()))
        if alive and self._barren[post.place.node] <= RETRIES * (len(self._posts) + 1):
            self._posts.append(self._manned(post.place))
        if not self._posts:
            raise FaultError(replace(fault, text=f"no worker is left: {fault.text}"))


def host(connection: Connection, muster: Muster) -> None:
    """Grow the trials that are asked for, until the other side wants no more.

    Args:
        connection: To the one who asks.
        muster: Which workers to call.

    Raises:
        EOFError: The other side is gone.
    """
    try:
        with closing(Hands(muster)) as hands:
            connection.send(Mustered(hands.workers))
            known = hands.vitals
            while _heard(connection, hands):
                for news in hands.step():
                    connection.send(news)
                if hands.vitals != known:
                    known = hands.vitals
                    connection.send(known)
    except FaultError as error:
        connection.send(Deserted(error.fault))
    except WorkbenchError as error:
        connection.send(error)


def _heard(connection: Connection, hands: Hands) -> bool:
    """Do what was asked for since the last look; tell whether there is more to come."""
    while connection.poll():
        message = connection.recv()
        if message is None:
            return False
        if isinstance(message, Halt):
            hands.halt()
        else:
            hands.take(message)
    return True
