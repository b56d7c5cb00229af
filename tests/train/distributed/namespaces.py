"""A Ray cluster of two nodes on one machine, each in a network namespace of its own, with one cable between them."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD, OTHER = "10.99.0.1", "10.99.0.2"
PORT = 6379
STORE_BYTES = 80_000_000
START_SECONDS = 90.0
ATTEMPTS = 3


@dataclass(frozen=True)
class TwoNodes:
    """The cluster.

    Attributes:
        head: Namespace of the head and the driver.
        other: Namespace of the other node.
        cable: Name of the interface in the other namespace.
        environment: Variables that a driver needs.
    """

    head: str
    other: str
    cable: str
    environment: dict[str, str]

    @property
    def address(self) -> str:
        """Where the head listens."""
        return f"{HEAD}:{PORT}"

    def inside(self, command: list[str]) -> list[str]:
        """Let a command run on the head's node."""
        return ["ip", "netns", "exec", self.head, *command]

    def cut(self) -> None:
        """Pull the cable."""
        _ip("-n", self.other, "link", "set", self.cable, "down")


def cannot() -> str:
    """Say why no namespace can be made here; empty when one can."""
    if sys.platform != "linux" or shutil.which("ip") is None:
        return "no network namespaces here: they need Linux and iproute2 (apt install iproute2)"
    if os.geteuid() != 0:
        return "only root may make network namespaces"
    name = f"wbtry{os.getpid()}"
    if subprocess.run(["ip", "netns", "add", name], check=False, capture_output=True).returncode:
        return "network namespaces may not be made here"
    _ip("netns", "del", name)
    return ""


@contextmanager
def two_nodes(cpus: int) -> Iterator[TwoNodes]:
    """Build the cluster, and leave nothing of it behind.

    Args:
        cpus: Workers that each node takes.
    """
    tag = f"wb{os.getpid()}{secrets.token_hex(2)}"
    head, other = f"{tag}h", f"{tag}o"
    cables = (f"{tag[-9:]}a", f"{tag[-9:]}b")
    token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32), "RAY_USAGE_STATS_ENABLED": "0"}
    with ExitStack() as after:
        for name in (head, other):
            _ip("netns", "add", name)
            after.callback(_ip, "netns", "del", name)
            after.callback(_end_all_in, name)
            _ip("-n", name, "link", "set", "lo", "up")
        _ip("link", "add", cables[0], "type", "veth", "peer", "name", cables[1])
        for name, cable, address, peer in ((head, cables[0], HEAD, OTHER), (other, cables[1], OTHER, HEAD)):
            _ip("link", "set", cable, "netns", name)
            _ip("-n", name, "address", "add", f"{address}/24", "dev", cable)
            _ip("-n", name, "link", "set", cable, "up")
            # Ray finds its own address by asking for a way out.
            _ip("-n", name, "route", "add", "default", "via", peer)
        folder = Path(tempfile.mkdtemp())
        after.callback(shutil.rmtree, folder, ignore_errors=True)
        cluster = TwoNodes(head, other, cables[1], token)
        first = ["--head", f"--port={PORT}", "--include-dashboard=false", f"--temp-dir={folder}"]
        _start(after, cluster, head, HEAD, cpus, first)
        _start(after, cluster, other, OTHER, cpus, [f"--address={cluster.address}"])
        yield cluster


def _start(after: ExitStack, cluster: TwoNodes, namespace: str, address: str, cpus: int, more: list[str]) -> None:
    """Start a node; on a busy machine that may need a second try."""
    ray = str(Path(sys.executable).with_name("ray"))
    options = [f"--node-ip-address={address}", f"--num-cpus={cpus}", f"--object-store-memory={STORE_BYTES}"]
    command = ["ip", "netns", "exec", namespace, ray, "start", *options, "--disable-usage-stats", *more]
    for attempt in range(ATTEMPTS):
        try:
            done = subprocess.run(
                command,
                env=os.environ | cluster.environment,
                capture_output=True,
                text=True,
                timeout=START_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            _end_all_in(namespace)
            continue
        if not done.returncode:
            return
        _end_all_in(namespace)
        if attempt == ATTEMPTS - 1:
            raise RuntimeError(f"Ray did not start at {address}: {done.stdout[-500:]} {done.stderr[-500:]}")
    raise RuntimeError(f"Ray did not start at {address} within {START_SECONDS:.0f} s, {ATTEMPTS} times")


def processes(namespace: str) -> list[psutil.Process]:
    """List what runs in a namespace: all of it was started by this test."""
    listed = subprocess.run(["ip", "netns", "pids", namespace], check=False, capture_output=True, text=True).stdout
    found: list[psutil.Process] = []
    for pid in listed.split():
        with suppress(psutil.Error):
            found.append(psutil.Process(int(pid)))
    return found


def _end_all_in(namespace: str) -> None:
    until = time.monotonic() + 10
    while (left := processes(namespace)) and time.monotonic() < until:
        for process in left:
            with suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(left, timeout=2)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)
