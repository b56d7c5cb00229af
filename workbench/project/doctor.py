"""What this machine has, what is missing, and how to get it."""

from __future__ import annotations

import configparser
import ctypes
import os
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from workbench import __version__, artifacts
from workbench.errors import ArtifactError, ParamsError
from workbench.params.reading import find_root
from workbench.project.machine import cores, gpus, memory_bytes, opencl_platforms

if TYPE_CHECKING:
    from collections.abc import Iterator

OLDEST_PYTHON = (3, 11)
NOTEBOOK_PACKAGES = ("papermill", "nbclient", "nbconvert", "jupyterlab", "ipykernel", "altair")
NEEDED_PACKAGES = ("polars", "lightgbm", "dvc", *NOTEBOOK_PACKAGES)
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SCARCE_DISK_BYTES = 2_000_000_000
SCARCE_MEMORY_BYTES = 2_000_000_000
GIGABYTE = 1e9

Status = Literal["ok", "note", "missing"]


@dataclass(frozen=True)
class Check:
    """One line of the diagnosis.

    Attributes:
        name: What was looked at.
        status: `ok`, `note` (works, but worth knowing) or `missing`.
        found: What was there.
        required: Whether the pipeline cannot run without it.
        hint: How to get what is missing.
    """

    name: str
    status: Status
    found: str
    required: bool = False
    hint: str | None = None


@dataclass(frozen=True)
class Diagnosis:
    """All checks of one machine and project."""

    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing required is missing."""
        return not any(check.required and check.status == "missing" for check in self.checks)

    def to_json(self) -> dict[str, object]:
        """Give the diagnosis as plain JSON values."""
        return {"ok": self.ok, "checks": [asdict(check) for check in self.checks]}


def doctor(start: Path | None = None) -> Diagnosis:
    """Look at this machine and at the project around `start` (the working directory by default)."""
    try:
        root = find_root(start)
    except ParamsError:
        root = None
    here = root or start or Path.cwd()
    checks = (*_software(), *_machine(here), *_project(root), *_for_tests())
    return Diagnosis(checks)


def _software() -> Iterator[Check]:
    python = ".".join(map(str, sys.version_info[:3]))
    modern = sys.version_info >= OLDEST_PYTHON
    yield Check("python", "ok" if modern else "missing", python, required=True, hint="install Python 3.11 or newer")
    yield Check("workbench", "ok", __version__, required=True)
    for name in NEEDED_PACKAGES:
        yield _package(name)
    yield _lightgbm_library()
    yield _kernel()
    git = _output("git", "--version")
    hint = "install git, for example: apt install git"
    yield Check("git", _status(git), git or "not on PATH", required=True, hint=hint)
    absent = [name for name in ("workbench", "dvc") if not shutil.which(name)]
    activate = f"activate the environment: . {Path(sys.prefix) / 'bin' / 'activate'}"
    found = f"not on PATH: {', '.join(absent)}" if absent else "workbench and dvc are on PATH"
    yield Check("commands", "note" if absent else "ok", found, hint=activate if absent else None)


def _package(name: str) -> Check:
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Check(name, "missing", "not installed", required=True, hint=f"pip install {name}")
    return Check(name, "ok", version, required=True)


def _lightgbm_library() -> Check:
    name = "lightgbm library"
    try:
        files = metadata.files("lightgbm") or []
    except metadata.PackageNotFoundError:
        return Check(name, "missing", "lightgbm is not installed", required=True, hint="pip install lightgbm")
    for file in files:
        if Path(file.name).stem in {"lib_lightgbm", "_lightgbm"} and file.suffix in {".so", ".dylib", ".dll"}:
            try:
                ctypes.CDLL(str(file.locate()))
            except OSError as error:
                hint = "install the OpenMP runtime, for example: apt install libgomp1"
                return Check(name, "missing", str(error), required=True, hint=hint)
            return Check(name, "ok", "loads", required=True)
    hint = "pip install --force-reinstall lightgbm"
    return Check(name, "missing", "no shared library in the package", required=True, hint=hint)


def _kernel() -> Check:
    from jupyter_client.kernelspec import KernelSpecManager  # noqa: PLC0415 - only the doctor asks

    specifications = KernelSpecManager().find_kernel_specs()
    found = specifications.get("python3")
    hint = "python -m ipykernel install --sys-prefix"
    return Check("kernel python3", _status(found), found or "not installed", required=True, hint=hint)


def _machine(here: Path) -> Iterator[Check]:
    yield Check("cores", "ok", f"{cores():g}")
    total, available = memory_bytes()
    scarce = available < SCARCE_MEMORY_BYTES
    yield Check(
        "memory",
        "note" if scarce else "ok",
        f"{available / GIGABYTE:.1f} GB free of {total / GIGABYTE:.1f} GB",
        hint="close other programs, or lower the size of the data" if scarce else None,
    )
    free = shutil.disk_usage(here).free
    yield Check(
        "disk",
        "note" if free < SCARCE_DISK_BYTES else "ok",
        f"{free / GIGABYTE:.1f} GB free",
        hint="free some space: DVC keeps a copy of every version of every output" if free < SCARCE_DISK_BYTES else None,
    )
    cards = gpus()
    yield Check("gpu", "ok" if cards else "note", "; ".join(cards) or "none; training uses the processor")
    platforms = opencl_platforms()
    yield Check("opencl", "ok" if platforms else "note", f"{platforms} platforms")
    address = os.environ.get("RAY_ADDRESS")
    yield Check("RAY_ADDRESS", "ok" if address else "note", address or "not set; training runs in this process")


def _project(root: Path | None) -> Iterator[Check]:
    if root is None:
        yield Check("project", "note", "not inside a project", hint="workbench init DIR --data FILE --target COLUMN")
        return
    yield Check("project", "ok", str(root))
    identity = _output("git", "-C", str(root), "config", "user.email")
    hint = 'git config --global user.name "Your Name" && git config --global user.email you@example.org'
    yield Check("git identity", "ok" if identity else "note", identity or "not set", hint=None if identity else hint)
    remotes = ", ".join(_remotes(root))
    yield Check(
        "dvc remote",
        "ok" if remotes else "note",
        remotes or "none; data and models stay on this machine",
        hint=None if remotes else "dvc remote add --default NAME URL",
    )
    yield _artifacts(root)


def _artifacts(root: Path) -> Check:
    """Read every committed file; a fresh clone lacks them all, so that damage is only worth knowing."""
    try:
        damage = artifacts.find_damage(root)
    except ArtifactError as error:
        damage = (error,)
    if not damage:
        return Check("artifacts", "ok", "every committed file is as it was committed")
    more = f"; and {len(damage) - 1:,} more" if damage[1:] else ""
    hint = "dvc checkout, or dvc pull, brings back what was kept; dvc repro makes the rest again"
    return Check("artifacts", "note", f"{damage[0].place}: {damage[0].problem}{more}", hint=hint)


def _remotes(root: Path) -> list[str]:
    """Name the remotes of DVC's own configuration files, without starting DVC."""
    config = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        config.read([root / ".dvc" / "config", root / ".dvc" / "config.local"], encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError):
        return []
    sections = [section.strip("'") for section in config.sections()]
    return [section.removeprefix("remote ").strip('"') for section in sections if section.startswith("remote ")]


def _for_tests() -> Iterator[Check]:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    hint = "only the tests need it: apt install chromium"
    yield Check("browser", "ok" if browser else "note", browser or "none", hint=None if browser else hint)
    strace = shutil.which("strace")
    hint = "only the tests need it: apt install strace"
    yield Check("strace", "ok" if strace else "note", strace or "none", hint=None if strace else hint)


def _status(found: object) -> Status:
    return "ok" if found else "missing"


def _output(*command: str) -> str | None:
    """Run a command and give its output, or None when it is missing, fails or says nothing."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None
