from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.cost.queueing import MOST_BUSY, erlang_c, machines_for_wait


def by_definition(threads: int, busy: float) -> float:
    """Sum the states of the queue, in logarithms."""
    terms = [k * math.log(busy) - math.lgamma(k + 1) for k in range(threads)]
    last = threads * math.log(busy) - math.lgamma(threads + 1) - math.log(1 - busy / threads)
    highest = max(*terms, last)
    return math.exp(last - highest) / (math.exp(last - highest) + sum(math.exp(term - highest) for term in terms))


def percentile_of_simulated(busy: float, threads: int, service: np.ndarray, rng: np.random.Generator) -> float:
    """Let requests arrive at random, wait in one line, and take what they take: waiting and scoring together."""
    arrivals = np.cumsum(rng.exponential(service.mean() / busy, service.size))
    free = np.zeros(threads)
    taken = np.empty(service.size)
    for place, (arrival, each) in enumerate(zip(arrivals, service, strict=True)):
        first = int(free.argmin())
        begin = max(arrival, free[first])
        free[first] = begin + each
        taken[place] = free[first] - arrival
    return float(np.quantile(taken[service.size // 10 :], 0.99))


@given(st.integers(1, 300), st.floats(0.001, 0.999))
def test_the_recursion_is_the_definition(threads: int, share: float) -> None:
    found = erlang_c(np.array([float(threads)]), np.array([threads * share]))[0]
    assert found == pytest.approx(by_definition(threads, threads * share), rel=1e-9)


@given(st.floats(0.01, 80), st.floats(0.1, 20), st.floats(0.01, 100), st.sampled_from([1.0, 2.0, 3.0, 8.0]))
@settings(max_examples=60)
def test_it_is_the_first_number_of_machines_that_keeps_to_the_limit(
    busy: float, service_ms: float, slack_ms: float, vcpus: float
) -> None:
    found = int(machines_for_wait(*(np.array([x]) for x in (busy, service_ms, slack_ms)), vcpus, np.array([1.0]))[0])

    def late(machines: int) -> float:
        threads = int(machines * vcpus)
        if threads <= busy:
            return 1.0
        return by_definition(threads, busy) * math.exp(-(threads - busy) * slack_ms / service_ms)

    assert late(found) <= 0.01 * (1 + 1e-9)
    assert found == 1 or late(found - 1) > 0.01 * (1 - 1e-9)


def test_no_machine_helps_where_scoring_alone_breaks_the_limit() -> None:
    found = machines_for_wait(np.array([5.0, 0.0]), np.array([10.0]), np.array([-1.0, 5.0]), 2.0, np.array([2.0]))
    assert found.tolist() == [2.0, 2.0]


def test_a_vast_number_of_threads_is_close_to_the_search() -> None:
    ends = machines_for_wait(
        np.array([MOST_BUSY, MOST_BUSY * 1.0001]), np.array([5.0]), np.array([0.001]), 2.0, np.array([1.0])
    )
    assert ends[0] <= ends[1] <= ends[0] * 1.01


@pytest.mark.parametrize("spread", [0.0, 0.3])
@pytest.mark.parametrize(("requests_per_second", "limit_ms"), [(300, 7.0), (900, 6.0), (3000, 5.5)])
def test_a_simulated_line_keeps_to_the_limit(spread: float, requests_per_second: int, limit_ms: float) -> None:
    """Scoring that takes 4 ms, exactly or with a spread: as many machines as said, and no fewer than needed by much."""
    rng = np.random.default_rng(3)
    sigma = math.sqrt(math.log(1 + spread**2))
    service = 4.0 * np.exp(sigma * rng.standard_normal(40_000) - sigma**2 / 2) / 1000
    tail_ms = float(np.quantile(service, 0.99)) * 1000
    busy, slack = requests_per_second * service.mean(), max(0.5, limit_ms - tail_ms)
    machines = int(
        machines_for_wait(np.array([busy]), np.array([service.mean() * 1000]), np.array([slack]), 2.0, np.ones(1))[0]
    )
    assert percentile_of_simulated(busy, machines * 2, service, rng) * 1000 <= tail_ms + slack
    least = math.floor(busy / 2) + 1
    assert percentile_of_simulated(busy, least * 2, service, rng) * 1000 > tail_ms + slack or machines <= least + 1
