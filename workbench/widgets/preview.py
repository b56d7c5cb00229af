"""What applying a choice would change in params.yaml, as a diff, before anything is written."""

from __future__ import annotations

from difflib import unified_diff
from typing import TYPE_CHECKING

from workbench.params.reading import PARAMS_FILE, find_root, read_file, updated_text

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.widgets.applying import Choice


def preview(choice: Choice, root: Path | None = None) -> str:
    """Give the unified diff of params.yaml that applying the choice makes; empty where nothing changes.

    Args:
        choice: From the explorer.
        root: The project; by default the one around the working directory.

    Raises:
        ParamsError: params.yaml is not valid or there is none.
    """
    path = find_root(root) / PARAMS_FILE
    changes = choice.changes(read_file(path).params)
    before = path.read_bytes().decode("utf-8-sig")
    after = updated_text(before, changes) if changes else before
    lines = unified_diff(before.splitlines(), after.splitlines(), PARAMS_FILE, f"{PARAMS_FILE}, applied", lineterm="")
    return "\n".join(lines)
