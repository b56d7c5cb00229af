"""One Ray cluster for all tests that need one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

ATTEMPTS = 3


@pytest.fixture(scope="session")
def cluster() -> Iterator[ModuleType]:
    """Connect to the cluster at RAY_ADDRESS, or start one here; on a busy machine Ray's start may need a second try."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    import ray  # noqa: PLC0415 - seconds, and only for the tests that need it

    options: dict[str, object] = {"log_to_driver": False}
    if "RAY_ADDRESS" not in os.environ:
        options |= {"num_cpus": 8, "include_dashboard": False, "object_store_memory": 200_000_000}
    for attempt in range(ATTEMPTS):
        try:
            ray.init(**options)
            break
        except Exception:
            ray.shutdown()
            if attempt == ATTEMPTS - 1:
                raise
    yield ray
    ray.shutdown()
