"""Virtual environments of the peers: made when first needed, from exact versions, one for each."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

PEERS = Path(__file__).parent.parent / "peers"
CACHE = Path(os.environ.get("WORKBENCH_PEERS", ".workbench/peers"))


def interpreter(environment: str | None) -> Path:
    """Give the Python of an environment, made first where it is missing or its requirements changed.

    Args:
        environment: Name of a requirements file in `benchmarks/peers`; None for the environment this runs in.

    Raises:
        CalledProcessError: The packages cannot be installed.
    """
    if environment is None:
        return Path(sys.executable)
    requirements = PEERS / f"{environment}.txt"
    folder = (CACHE / environment).absolute()
    stamp = folder / "installed"
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        print(f"making the environment {folder} (minutes, once)", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, "--requirement", str(requirements)], check=True)
        stamp.write_text(wanted, encoding="utf-8")
    return folder / "bin" / "python"
