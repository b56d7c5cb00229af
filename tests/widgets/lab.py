"""A JupyterLab of our own, on a free port, with a home of its own."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
THEMES = "@jupyterlab/apputils-extension:themes"


class Lab:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.token = secrets.token_hex(16)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        home = root.parent / "home"
        home.mkdir()
        environment = os.environ | {
            "HOME": str(home),
            "PYTHONPATH": str(REPOSITORY),
            "JUPYTER_CONFIG_DIR": str(home / "config"),
            "JUPYTER_DATA_DIR": str(home / "data"),
            "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
            "IPYTHONDIR": str(home / "ipython"),
        }
        options = {
            "ServerApp.ip": "127.0.0.1",
            "ServerApp.port": self.port,
            "ServerApp.port_retries": 0,
            "ServerApp.open_browser": False,
            "ServerApp.allow_root": True,
            "ServerApp.root_dir": str(root),
            "IdentityProvider.token": self.token,
            "LabApp.news_url": "",
        }
        command = [sys.executable, "-m", "jupyterlab", *(f"--{name}={value}" for name, value in options.items())]
        log = (root.parent / "lab.log").open("w", encoding="utf-8")
        self.process = subprocess.Popen(
            command, cwd=root, env=environment, stdout=log, stderr=log, start_new_session=True
        )

    def url(self, path: str = "") -> str:
        return f"http://127.0.0.1:{self.port}/{path}?token={self.token}"

    def wait(self) -> None:
        end = time.monotonic() + 90
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(self.url("api/status"), timeout=5):  # noqa: S310 - our own server
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.3)
        pytest.fail((self.root.parent / "lab.log").read_text(encoding="utf-8"))

    def stop(self) -> None:
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)

    def wear(self, theme: str) -> None:
        """Set the theme; it shows after a reload."""
        data = json.dumps({"raw": json.dumps({"theme": theme})}).encode()
        headers = {"Authorization": f"token {self.token}", "Content-Type": "application/json"}
        url = self.url(f"lab/api/settings/{THEMES}")
        request = urllib.request.Request(url, data, headers, method="PUT")  # noqa: S310 - our own server
        with urllib.request.urlopen(request, timeout=20):  # noqa: S310 - our own server
            return
