"""Who runs a stage, unless the parameters say so."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from workbench.artifacts.git import NOBODYS_ADDRESS, login_name

if TYPE_CHECKING:
    from pathlib import Path


class OwnerQuery:
    """Asks git for its user in the background, as a run has better things to do.

    Args:
        root: The project.
    """

    def __init__(self, root: Path) -> None:
        self._git: subprocess.Popen[str] | None = None
        try:
            self._git = subprocess.Popen(
                ["git", "config", "--get-regexp", r"^user\.(name|email)$"],
                cwd=root,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                errors="replace",
            )
        except OSError:
            return  # no git, no user of it

    def answer(self) -> str | None:
        """Give git's user.name or, without one, the login name; None where there is neither."""
        text = self._git.communicate()[0] if self._git else ""
        told = dict(line.split(" ", 1) for line in text.splitlines() if " " in line)
        name = told.get("user.name", "").strip()
        return name if name and told.get("user.email") != NOBODYS_ADDRESS else login_name()
