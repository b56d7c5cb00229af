"""The contract: what every source promised on its first run, and is held to afterwards."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field, ValidationError, field_serializer, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from workbench.errors import ContractError, Place
from workbench.ingest.source import Format
from workbench.params.base import Section
from workbench.params.ingest import Cardinality

if TYPE_CHECKING:
    from collections.abc import Mapping

Dtype = Literal["Boolean", "Int64", "Float64", "Date", "Datetime", "String"]

_HEADING = "Inferred from the data on the first run and enforced since. Edit it, or remove a source to infer it again."


class ColumnContract(Section):
    """What one column holds.

    Attributes:
        dtype: Type of its values.
        format: How dates and times are written, as in `%Y-%m-%dT%H:%M:%SZ`.
        time_zone: `UTC` when the texts say so, by a `Z` or an offset.
        nullable: Whether a value may be missing; a row that breaks this is quarantined.
        non_finite: Whether NaN and infinities count as numbers.
    """

    dtype: Dtype
    format: str | None = None
    time_zone: Literal["UTC"] | None = None
    nullable: bool = True
    non_finite: bool = False

    @model_validator(mode="before")
    @classmethod
    def _from_name(cls, value: Any) -> Any:  # noqa: ANN401 - the YAML edge: a bare name stands for its type
        return {"dtype": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _format_where_it_belongs(self) -> Self:
        if self.dtype not in {"Date", "Datetime"} and (self.format or self.time_zone):
            raise ValueError(f"{self.dtype} takes no format and no time zone")
        return self


class SourceContract(Section):
    """What one source holds.

    Attributes:
        format: What its bytes are.
        separator: Field separator of a CSV file.
        null_values: Texts that mean "missing", beside the empty field.
        columns: Its columns, in the order in which they were first seen.
    """

    format: Format = "csv"
    separator: str | None = None
    null_values: tuple[str, ...] = ()
    columns: dict[str, ColumnContract] = Field(min_length=1)

    @field_serializer("columns")
    def _short(self, columns: Mapping[str, ColumnContract]) -> dict[str, object]:
        return {name: _column_tree(column) for name, column in columns.items()}


class JoinContract(Section):
    """The declared cardinality of one join.

    Attributes:
        source: The source that is joined.
        left_on: Columns of the table.
        right_on: Columns of the source.
        validate_: The cardinality (`validate:` in YAML).
    """

    source: str
    left_on: tuple[str, ...]
    right_on: tuple[str, ...]
    validate_: Cardinality = Field(alias="validate")


class Contract(Section):
    """What all sources hold, and how they fit together.

    Attributes:
        version: Version of this layout.
        sources: By name.
        joins: In order.

    Example:
        >>> column = ColumnContract(dtype="Int64")
        >>> contract = Contract(sources={"t": SourceContract(separator=",", columns={"a": column})})
        >>> Contract.from_yaml(contract.to_yaml()) == contract
        True
    """

    version: Literal[1] = 1
    sources: dict[str, SourceContract] = Field(min_length=1)
    joins: tuple[JoinContract, ...] = ()

    def to_yaml(self) -> str:
        """Write as YAML, always the same text for the same contract."""
        tree = CommentedMap(_plain(self.model_dump(by_alias=True, exclude_defaults=True, exclude={"version"})))
        tree.insert(0, "version", self.version)
        tree.yaml_set_start_comment(_HEADING)
        out = io.StringIO()
        _yaml().dump(tree, out)
        return out.getvalue()

    @classmethod
    def from_yaml(cls, text: str, file: str = "contract") -> Contract:
        """Read what `to_yaml` wrote or a person edited.

        Raises:
            ContractError: The text is no YAML, or is no contract; with the key at fault.
        """
        try:
            tree = YAML(typ="safe", pure=True).load(text)
        except YAMLError as error:
            raise ContractError("the contract is not valid YAML", place=Place(file), found=str(error)) from error
        try:
            return cls.model_validate(tree)
        except ValidationError as error:
            raise _as_contract_error(error, file) from error


def _as_contract_error(error: ValidationError, file: str) -> ContractError:
    detail = error.errors()[0]
    key = ".".join(str(part) for part in detail["loc"])
    message = "unknown key" if detail["type"] == "extra_forbidden" else detail["msg"].removeprefix("Value error, ")
    return ContractError(message, place=Place(file, key=key or None), found=repr(detail["input"])[:80])


def _column_tree(column: ColumnContract) -> object:
    tree = column.model_dump(exclude_defaults=True)
    return tree["dtype"] if len(tree) == 1 else tree


def _yaml() -> YAML:
    yaml = YAML(typ="rt")
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _plain(value: object) -> Any:  # noqa: ANN401 - the YAML edge
    """Turn the dump into ruamel's containers, leaves in one line and texts quoted where YAML would misread them."""
    if isinstance(value, dict):
        tree = CommentedMap((_text(key), _plain(item)) for key, item in value.items())
        if not any(isinstance(item, dict) for item in value.values()) and "dtype" in value:
            tree.fa.set_flow_style()
        return tree
    if isinstance(value, list | tuple):
        items = CommentedSeq(_plain(item) for item in value)
        if not any(isinstance(item, dict) for item in value):
            items.fa.set_flow_style()
        return items
    return _text(value)


def _text(value: object) -> object:
    return DoubleQuotedScalarString(value) if isinstance(value, str) and not value.isidentifier() else value
