"""Options and completions that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def candidate_ids(incomplete: str) -> list[str]:
    """Complete a candidate by the folders of models/, without reading a table."""
    return sorted(path.name for path in Path("models").glob(f"{incomplete}*") if path.is_dir())
