"""How many machines keep requests from waiting: the queue with many servers of Erlang.

Requests arrive at random (Poisson), wait in one line and are scored one by one on the first free thread. With `a`
threads busy on average, `c` of them and exponential times the share of requests that wait at all is Erlang's C, and
that waits longer than `t` is::

    P(wait > t) = C(c, a) * exp(-(c - a) * t / service)

(A. K. Erlang 1917; Gross, Shortle, Thompson and Harris, *Fundamentals of Queueing Theory*, M/M/c). Scoring a request
takes nearly the same time always, and an even service waits about half as long as an exponential one (Cosmetatos
1976 on M/D/c), so that this is an upper estimate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LATE_SHARE = 0.01
"""Share of requests that may wait longer: the limit is on the 99th percentile."""
MOST_BUSY = 2_000.0
"""Beyond so many busy threads nothing is searched: 2.6 times their root on top keeps waiting rare."""
_SPARE = 2.6
_LARGEST_EXPONENT = 700.0


def erlang_c(threads: Floats, busy: Floats) -> Floats:
    """Give the share of requests that find every thread busy.

    By the stable recursion of Erlang's B: `B(0) = 1`, `B(k) = a B(k-1) / (k + a B(k-1))`.

    Args:
        threads: Whole numbers of threads, each above `busy`.
        busy: Threads at work on average.

    Example:
        >>> erlang_c(np.array([1.0, 2.0]), np.array([0.5, 1.0])).round(6).tolist()
        [0.5, 0.333333]
    """
    blocked = _blocked(np.ones_like(busy), np.zeros_like(threads), threads, busy)
    return np.asarray(blocked / (1 - busy / threads * (1 - blocked)))


def machines_for_wait(busy: Floats, service_ms: Floats, slack_ms: Floats, vcpus: float, fewest: Floats) -> Floats:
    """Count the machines with which 99 of 100 requests wait no longer than the limit leaves them.

    Args:
        busy: Threads at work on average, in the busiest hour.
        service_ms: Mean time to score what is scored together.
        slack_ms: How long they may wait; 0 or less: no number of machines helps, and `fewest` is enough.
        vcpus: Threads of one machine.
        fewest: Machines to begin with.
    """
    busy, service_ms, slack_ms, machines = (
        np.array(part, dtype=np.float64) for part in np.broadcast_arrays(busy, service_ms, slack_ms, fewest)
    )
    waiting = (slack_ms > 0) & (busy > 0)
    vast = waiting & (busy > MOST_BUSY)
    machines[vast] = np.maximum(machines[vast], np.ceil((busy[vast] + _SPARE * np.sqrt(busy[vast])) / vcpus))
    short = np.flatnonzero(waiting & ~vast)
    machines[short] = np.maximum(machines[short], np.floor(busy[short] / vcpus) + 1)
    blocked, counted = np.ones(short.size), np.zeros(short.size)
    while short.size:
        threads = np.floor(machines[short] * vcpus)
        blocked, counted = _blocked(blocked, counted, threads, busy[short]), threads
        late = _late(threads, blocked, busy[short], slack_ms[short] / service_ms[short])
        short, blocked, counted = short[late], blocked[late], counted[late]
        machines[short] += 1
    return machines


def _blocked(blocked: Floats, counted: Floats, threads: Floats, busy: Floats) -> Floats:
    """Carry Erlang's B on from so many threads to more."""
    for step in range(1, int((threads - counted).max(initial=0.0)) + 1):
        following = busy * blocked / (counted + step + busy * blocked)
        blocked = np.where(counted + step <= threads, following, blocked)
    return blocked


def _late(threads: Floats, blocked: Floats, busy: Floats, slack_services: Floats) -> Floats:
    """Tell where more requests than may wait too long; where the threads cannot keep up, all do."""
    enough = threads > busy
    spare = np.where(enough, threads - busy, 0.0)
    waiting = blocked / (1 - np.where(enough, busy / np.maximum(threads, 1.0), 0.0) * (1 - blocked))
    allowed = LATE_SHARE * np.exp(np.minimum(_LARGEST_EXPONENT, spare * slack_services))
    return np.asarray(~enough | (waiting > allowed))
