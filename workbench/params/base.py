"""What every section of params.yaml has in common."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator


class Section(BaseModel):
    """A typed, frozen part of params.yaml; a key it does not know is an error, and so is an endless number."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, validate_default=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _numbers_are_numbers(cls, value: object, info: ValidationInfo) -> object:
        """Refuse `true` and `"1"` where a number belongs; pydantic would take both for 1."""
        kinds = _kinds(cls.model_fields[str(info.field_name)].annotation)
        if not kinds & {int, float}:
            return value
        if isinstance(value, bool) or (isinstance(value, str) and not kinds & {str, dt.datetime}):
            raise ValueError("Input should be a number")
        return value


class StageSection(Section):
    """The section of one stage.

    Attributes:
        notebook: Values for cells of your own; any YAML type, handed on unchanged.
    """

    notebook: dict[str, Any] = Field(default_factory=dict)


def _kinds(annotation: object) -> frozenset[object]:
    """Flatten unions and annotations to the plain types in them; a literal counts as the type of its values."""
    if get_origin(annotation) is Literal:
        return frozenset(type(value) for value in get_args(annotation))
    if annotation in {int, float, str, dt.datetime} or not get_args(annotation):
        return frozenset({annotation})
    return frozenset().union(*(_kinds(part) for part in get_args(annotation)))
