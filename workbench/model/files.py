"""The files of a model: one JSON document and one LightGBM text per booster; no pickle anywhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from workbench.errors import ModelError, Place
from workbench.model.features import Feature
from workbench.model.pairs import Pair
from workbench.model.roles import Task
from workbench.params.base import Section

if TYPE_CHECKING:
    from collections.abc import Mapping

DOCUMENT = "model.json"
"""The file that says what the others are."""


class MemberEntry(Section):
    """One booster of a model, as the document names it."""

    booster: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,64}$")]
    trees: int = Field(ge=1)
    weight: float = Field(ge=0, le=1)
    file: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,64}\.txt$")]


class Document(Section):
    """Everything about a model but its trees."""

    format: Literal[1] = 1
    task: Task
    target: str
    classes: tuple[str, ...]
    features: tuple[Feature, ...] = Field(min_length=1)
    pairs: tuple[Pair, ...] = ()
    members: tuple[MemberEntry, ...] = Field(min_length=1)

    @property
    def inputs(self) -> int:
        """Numbers that the columns become."""
        return sum(feature.width for feature in self.features)

    @model_validator(mode="after")
    def _pairs_of_inputs(self) -> Document:
        if any(not 0 <= side < self.inputs for pair in self.pairs for side in (pair.left, pair.right)):
            raise ValueError(f"a pair is of inputs that are not among the {self.inputs} of the columns")
        return self


def write_document(document: Document) -> bytes:
    """Write the document, always the same bytes for the same model."""
    said = document.model_dump(mode="json", exclude=None if document.pairs else {"pairs"})
    return (json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def read_document(files: Mapping[str, bytes]) -> Document:
    """Read the document and check that exactly the files it names are there.

    Raises:
        ModelError: It is missing, malformed, or names other files.
    """
    if DOCUMENT not in files:
        raise ModelError("this is no model", place=Place(DOCUMENT), found=sorted(files), expected=f"a file {DOCUMENT}")
    try:
        document = Document.model_validate_json(files[DOCUMENT])
    except ValidationError as error:
        detail = error.errors()[0]
        key = ".".join(str(part) for part in detail["loc"])
        raise ModelError(detail["msg"], place=Place(DOCUMENT, key=key)) from error
    named = {DOCUMENT, *(member.file for member in document.members)}
    if named != set(files):
        raise ModelError("the files of the model are not those it names", found=sorted(files), expected=sorted(named))
    return document


def read_text(data: bytes, file: str) -> str:
    """Read a LightGBM text.

    Raises:
        ModelError: It is not ASCII, as ours always are.
    """
    try:
        return data.decode("ascii")
    except UnicodeDecodeError as error:
        raise ModelError("the model text is damaged", place=Place(file), found=str(error)) from error
