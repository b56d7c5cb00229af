"""What git knows: the revision, who works here, and who signed the commit that brought a file."""

from __future__ import annotations

import getpass
import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.artifacts.layout import project_root

if TYPE_CHECKING:
    from pathlib import Path

NOBODYS_ADDRESS = "workbench@localhost"
"""The address that `workbench init` gives git where it knows no user."""
_PATIENCE_SECONDS = 20
_VERDICTS = {
    "B": "its signature is bad",
    "U": "its signature is good, but git does not know whose key it is",
    "X": "its signature has expired",
    "Y": "it was signed with a key that has expired",
    "R": "it was signed with a key that was revoked",
    "E": "its signature cannot be checked: the key is not known here",
    "N": "it is not signed",
}


@dataclass(frozen=True)
class Signature:
    """The signature of the commit that brought a file to what it is.

    Attributes:
        good: Whether git verified it, with a key it trusts.
        signer: Whose key it was, as git names it; empty where that is not known.
        problem: Why it is not good, in words; empty where it is.
    """

    good: bool
    signer: str = ""
    problem: str = ""


def git_answer(root: Path, *arguments: str) -> str | None:
    """Ask git; None when there is no git, no repository, or no answer."""
    environment = os.environ | {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=root,
            env=environment,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=_PATIENCE_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def own_name(root: Path | None = None) -> str:
    """Give git's user.name or, without one, the login name; `nobody` where there is neither."""
    project = project_root(root)
    name = git_answer(project, "config", "user.name")
    if name and git_answer(project, "config", "user.email") != NOBODYS_ADDRESS:
        return name
    return login_name() or "nobody"


def login_name() -> str | None:
    """Give the name that the user logged in by; None where the system knows none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container whose user has no entry
        return None


def signature_of(path: str, root: Path | None = None) -> Signature:
    """Tell who signed the last commit that changed a file, as `git verify-commit` does.

    Only a good signature by a key that git trusts counts: for keys of ssh one that `gpg.ssh.allowedSignersFile` lists.

    Args:
        path: File relative to the project.
        root: The project.
    """
    project = project_root(root)
    if git_answer(project, "status", "--porcelain", "--", path) != "":
        return Signature(good=False, problem="it is not committed")
    told = git_answer(project, "log", "-1", "--format=%G?%x09%GS%x09%H", "--", path)
    if not told:
        return Signature(good=False, problem="it is not committed")
    verdict, signer, commit = [*told.split("\t"), "", ""][:3]
    problem = _VERDICTS.get(verdict, "") if verdict != "G" else ""
    if not problem and git_answer(project, "verify-commit", commit) is None:
        problem = "git does not accept its signature"
    return Signature(good=not problem, signer=signer, problem=problem)
