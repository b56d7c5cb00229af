"""What the report says of the result: each column with its type and use, and what the target is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from workbench.ingest.pipeline import IngestResult

MOST_ABSENT = 10


def column_uses(result: IngestResult) -> pl.DataFrame:
    """List every column there was with its type, and what it is for or why it was left out."""
    roles = result.roles
    uses = {roles.target: "target"} | dict.fromkeys(roles.features, "feature") | dict(roles.excluded)
    types = {name: str(dtype.base_type()) for name, dtype in result.train.schema.items()}
    rows = [(name, types.get(name, dtype), uses.get(name, "")) for name, dtype in result.types.items()]
    return pl.DataFrame(rows, dict.fromkeys(("column", "type", "use"), pl.String), orient="row")


def said_target(result: IngestResult) -> str:
    """Say in a few lines what is predicted, which errors have which name, and which classes cannot be judged."""
    return "\n".join([result.roles.meaning, *_absent(result)])


def _absent(result: IngestResult) -> list[str]:
    lines = []
    for part, frame in {"train": result.train, "validation": result.validation, "test": result.test}.items():
        held = set(frame[result.roles.target].cast(pl.String).unique())
        absent = [label for label in result.roles.classes if label not in held]
        if absent:
            more = f" and {len(absent) - MOST_ABSENT:,} more" if len(absent) > MOST_ABSENT else ""
            lines.append(f"no row of {part} is {', '.join(absent[:MOST_ABSENT])}{more}: it says nothing about them")
    return lines
