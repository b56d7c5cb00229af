"""What every section of params.yaml has in common."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """A typed, frozen part of params.yaml; a key it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, validate_default=True)


class StageSection(Section):
    """The section of one stage.

    Attributes:
        notebook: Values for cells of your own; any YAML type, handed on unchanged.
    """

    notebook: dict[str, Any] = Field(default_factory=dict)
