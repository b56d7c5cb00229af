"""The section `run:` of params.yaml: how stages are supervised, never what they compute."""

from __future__ import annotations

from pydantic import Field

from workbench.params.base import Section


class RunParams(Section):
    """Limits of one stage run; no artifact depends on them.

    Attributes:
        deadline_seconds: Wall time after which a stage is ended as TIMEOUT.
        max_output_bytes: Output kept per cell; the rest is replaced by a note of its size.
    """

    deadline_seconds: float = Field(default=3600, gt=0)
    max_output_bytes: int = Field(default=1_000_000, ge=1_000)
