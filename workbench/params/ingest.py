"""The section `ingest:` of params.yaml."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from workbench.params.base import Section, StageSection

Task = Literal["auto", "binary", "multiclass", "regression"]
Cardinality = Literal["1:1", "m:1", "1:m", "m:m"]
Share = Annotated[float, Field(gt=0, lt=1)]


def _as_text(value: object) -> object:
    """Take a bare YAML scalar among null values as the text it stands for in a file."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _as_label(value: object) -> object:
    """Take a bare YAML truth value or number as the label it stands for: `true` and `1` as `"true"` and `"1"`."""
    return str(value).lower() if isinstance(value, bool) else _as_text(value)


class SourceParams(Section):
    """One table to read.

    Attributes:
        path: File path relative to the project, or `pkg://PACKAGE/FILE` for the data of an installed package.
        null_values: Texts that mean "missing", beside the empty field.
        separator: Field separator of a CSV file; `auto` takes it from the header line.
        max_bytes: Largest size after decompression; larger input is refused as a decompression bomb.
    """

    path: str
    null_values: tuple[Annotated[str, BeforeValidator(_as_text)], ...] = ()
    separator: str = "auto"
    max_bytes: int = Field(default=8_000_000_000, gt=0)


class JoinParams(Section):
    """One source joined onto the table.

    Attributes:
        source: Name of the source to join.
        on: Columns equal on both sides; exclusive with `left_on` and `right_on`.
        left_on: Columns of the table.
        right_on: Columns of the source.
        validate_: The declared cardinality (`validate:` in YAML), checked on the data.
        suffix: Appended to columns of the source whose names the table already has.
    """

    source: str
    on: tuple[str, ...] = ()
    left_on: tuple[str, ...] = ()
    right_on: tuple[str, ...] = ()
    validate_: Cardinality = Field(default="m:1", alias="validate")
    suffix: str = ""

    @model_validator(mode="after")
    def _keys_given_once(self) -> JoinParams:
        sided = bool(self.left_on) and len(self.left_on) == len(self.right_on)
        if bool(self.on) == sided:
            raise ValueError("give either on, or left_on and right_on of equal length")
        return self


class SplitParams(Section):
    """How rows become train, validation and test.

    Attributes:
        by: `time` cuts by the time column, `random` by a seeded hash, `group` keeps groups whole.
        validation: Share of the rows, or with `by: time` the first moment of validation.
        test: Share of the rows, or with `by: time` the first moment of test.
        seed: Seed of `random` and `group`.
        group: Column whose values are never divided, with `by: group`.
    """

    by: Literal["time", "random", "group"] = "random"
    validation: Share | dt.datetime = 0.15
    test: Share | dt.datetime = 0.15
    seed: int = 0
    group: str | None = None

    @property
    def kept_whole(self) -> str | None:
        """The column whose values the split never divides; None where rows are divided one by one or by time.

        Example:
            >>> SplitParams(by="group", group="patient").kept_whole
            'patient'
            >>> SplitParams(by="random", group="patient").kept_whole is None
            True
        """
        return self.group if self.by == "group" else None

    @model_validator(mode="after")
    def _consistent(self) -> SplitParams:
        if self.by == "group" and not self.group:
            raise ValueError("by: group needs the key group")
        if isinstance(self.validation, float) != isinstance(self.test, float):
            raise ValueError("validation and test must both be shares or both be moments")
        if isinstance(self.validation, float) and isinstance(self.test, float) and self.validation + self.test >= 1:
            raise ValueError("validation and test leave no rows to train on")
        if isinstance(self.validation, dt.datetime) and self.by != "time":
            raise ValueError("moments need by: time")
        return self


class IngestParams(StageSection):
    """Where the rows come from and what they become.

    Attributes:
        sources: Tables to read, by name.
        table: The source whose rows are the examples.
        joins: Sources joined onto it, in order.
        derive: New columns as Polars SQL expressions, in order.
        keep: Polars SQL condition; rows that fail it are counted as dropped by rule.
        target: Column to predict.
        task: `auto` infers it from the target.
        positive: The one of the target's two labels that is looked for, such as `defaulted`: a false negative is one of
            them missed. Where it is not given, the later one in order: true of truth values, the greater number, the
            alphabetically last text.
        time: Column that orders the rows.
        key: Columns that identify a row.
        exclude: Columns not known at prediction time.
        pseudonymize: Columns replaced by a keyed hash.
        pseudonym_key: Name of the environment variable holding the secret key, never the key itself.
        split: How rows become train, validation and test.
        contract: Path of the contract: written on the first run, enforced afterwards.
        max_quarantined: Largest share of a source's rows that may go to quarantine; beyond it the stage fails. A value
            at fault costs a row, but where a tenth of them is at fault it is the reading that is wrong, or what is
            left is no fair sample of what there was. 1.0 lets all pass.
    """

    sources: dict[str, SourceParams] = Field(min_length=1)
    table: str
    joins: tuple[JoinParams, ...] = ()
    derive: dict[str, str] = Field(default_factory=dict)
    keep: str | None = None
    target: str
    task: Task = "auto"
    positive: Annotated[str, BeforeValidator(_as_label)] | None = None
    time: str | None = None
    key: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    pseudonymize: tuple[str, ...] = ()
    pseudonym_key: str = "WORKBENCH_PSEUDONYM_KEY"
    split: SplitParams = SplitParams()
    contract: str = "contracts/ingest.yaml"
    max_quarantined: float = Field(default=0.1, ge=0, le=1)

    @field_validator("positive")
    @classmethod
    def _of_two_classes(cls, value: str | None, info: ValidationInfo) -> str | None:
        task = info.data.get("task", "auto")
        if value is not None and task not in {"auto", "binary"}:
            raise ValueError(f"only a target of two classes has a positive one, and the task is {task}")
        return value

    @model_validator(mode="after")
    def _names_exist(self) -> IngestParams:
        for name in (self.table, *(join.source for join in self.joins)):
            if name not in self.sources:
                raise ValueError(f"{name!r} is not one of the sources {sorted(self.sources)}")
        if self.split.by == "time" and not self.time:
            raise ValueError("split by: time needs the key time")
        return self
