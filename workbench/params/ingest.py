"""The section `ingest:` of params.yaml."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from workbench.params.base import Section, StageSection

Task = Literal["auto", "binary", "multiclass", "regression"]
Cardinality = Literal["1:1", "m:1", "1:m", "m:m"]
Share = Annotated[float, Field(gt=0, lt=1)]


def _as_text(value: object) -> object:
    """Take a bare YAML scalar among null values as the text it stands for in a file."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


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
        time: Column that orders the rows.
        key: Columns that identify a row.
        exclude: Columns not known at prediction time.
        pseudonymize: Columns replaced by a keyed hash.
        pseudonym_key: Name of the environment variable holding the secret key, never the key itself.
        split: How rows become train, validation and test.
        contract: Path of the contract: written on the first run, enforced afterwards.
    """

    sources: dict[str, SourceParams] = Field(min_length=1)
    table: str
    joins: tuple[JoinParams, ...] = ()
    derive: dict[str, str] = Field(default_factory=dict)
    keep: str | None = None
    target: str
    task: Task = "auto"
    time: str | None = None
    key: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    pseudonymize: tuple[str, ...] = ()
    pseudonym_key: str = "WORKBENCH_PSEUDONYM_KEY"
    split: SplitParams = SplitParams()
    contract: str = "contracts/ingest.yaml"

    @model_validator(mode="after")
    def _names_exist(self) -> IngestParams:
        for name in (self.table, *(join.source for join in self.joins)):
            if name not in self.sources:
                raise ValueError(f"{name!r} is not one of the sources {sorted(self.sources)}")
        if self.split.by == "time" and not self.time:
            raise ValueError("split by: time needs the key time")
        return self
