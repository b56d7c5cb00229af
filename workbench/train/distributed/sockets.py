"""Ports and addresses of workers."""

from __future__ import annotations

import secrets
import socket

from workbench.train.distributed.failing import ClusterError

FIRST, LAST = 20_000, 32_000
"""Ports to choose from: below those that systems hand out for outgoing connections."""

ATTEMPTS = 50


def held_port() -> tuple[socket.socket, int]:
    """Bind a free port and keep it, so that no other training on this machine takes it before LightGBM does.

    LightGBM listens on all addresses, so all are bound.

    Raises:
        ClusterError: No port is free.
    """
    for _ in range(ATTEMPTS):
        port = FIRST + secrets.randbelow(LAST - FIRST)
        held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            held.bind(("", port))
        except OSError:
            held.close()
            continue
        return held, port
    raise ClusterError("no port is free for the worker", found=f"{ATTEMPTS} of {FIRST}-{LAST} tried")


def reachable(address: str, seconds: float) -> bool:
    """Tell whether something listens at `host:port`."""
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=seconds):
            return True
    except (OSError, ValueError):
        return False
