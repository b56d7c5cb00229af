"""Bytes over the network, where the kernel tells whose they are.

Linux counts traffic for each network namespace, not for each process. So it is told only when the root of the tree
was started in a namespace of its own, as `ip netns exec`, `unshare --net` and container runtimes do: its parent then
lives in another one. In every other case the traffic of strangers would be charged.
"""

from __future__ import annotations

from pathlib import Path

_PROC = Path("/proc")
_SENT = 8
_LOOPBACK = "lo"


def own_network(root: int, parent: int) -> bool:
    """Tell whether a process was started in a network namespace of its own.

    Args:
        root: The process.
        parent: Its parent.
    """
    try:
        return _namespace(root).readlink() != _namespace(parent).readlink()
    except OSError:
        return False  # of a process that may not be looked at nothing is known


def network_bytes(pid: int) -> int | None:
    """Add up bytes received and sent on every interface of a process's namespace, loopback left aside.

    Returns:
        Bytes since the namespace was made; None when the process is gone.
    """
    try:
        lines = (_PROC / str(pid) / "net" / "dev").read_text(encoding="ascii").splitlines()[2:]
    except OSError:
        return None
    total = 0
    for line in lines:
        name, _, numbers = line.partition(":")
        counts = numbers.split()
        if name.strip() != _LOOPBACK and len(counts) > _SENT:
            total += int(counts[0]) + int(counts[_SENT])
    return total


def _namespace(pid: int) -> Path:
    return _PROC / str(pid) / "ns" / "net"
