"""The model: everything that scores a row, as one value."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from workbench.errors import ModelError
from workbench.model.boosters import check_text, linked, raw_scores
from workbench.model.encode import encode
from workbench.model.files import DOCUMENT, Document, MemberEntry, read_document, read_text, write_document
from workbench.model.member import Member
from workbench.model.pairs import Pair, widened
from workbench.model.rows import FEW_ROWS, RowEncoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl
    from numpy.typing import NDArray

    from workbench.model.features import Feature
    from workbench.model.roles import Task

WEIGHT_TOLERANCE = 1e-9
MAX_SCHEMAS = 16


@dataclass(frozen=True)
class Model:
    """Features, target and boosters: all that it takes to score a row.

    Attributes:
        task: Kind of prediction.
        target: Column it predicts.
        classes: Class labels as text, sorted; empty for regression.
        features: Columns it needs, in the order of its inputs.
        members: Boosters whose weighted mean is the prediction.
        pairs: Further inputs, behind those of the columns, made of two of them each.
    """

    task: Task
    target: str
    classes: tuple[str, ...]
    features: tuple[Feature, ...]
    members: tuple[Member, ...]
    pairs: tuple[Pair, ...] = ()

    def predict(self, frame: pl.DataFrame, *, num_threads: int = 0) -> NDArray[np.float64]:
        """Score rows; columns are matched by name, and further ones are ignored.

        Args:
            frame: The rows.
            num_threads: Threads to use; 0 takes all cores for many rows, and one for few.

        Returns:
            Binary: `(n,)` probability of the positive class; multiclass: `(n, k)` probabilities; regression: `(n,)`.

        Raises:
            FeatureError: A column is missing or has another type than in training.
        """
        return self.score(self._encoded(frame), num_threads=num_threads)

    @cached_property
    def _row_encoders(self) -> dict[object, RowEncoder]:
        """Encoders of few rows by schema; made on first use, and no part of the value."""
        return {}

    def _encoded(self, frame: pl.DataFrame) -> NDArray[np.float64]:
        if frame.height > FEW_ROWS:
            return encode(self.features, frame).values
        schema = (tuple(frame.columns), tuple(frame.dtypes))
        encoder = self._row_encoders.get(schema)
        if encoder is None:
            if len(self._row_encoders) >= MAX_SCHEMAS:
                self._row_encoders.clear()
            encoder = self._row_encoders[schema] = RowEncoder(self.features, frame.schema)
        values = encoder.encode(frame) if encoder.able else None
        return encode(self.features, frame).values if values is None else values

    def score(self, values: NDArray[np.float64], *, num_threads: int = 0) -> NDArray[np.float64]:
        """Score rows that `encode` already turned into numbers."""
        if not len(values):
            return np.empty((0, len(self.classes)) if self.task == "multiclass" else 0)
        values = widened(values, self.pairs)
        total: NDArray[np.float64] | float = 0.0
        for member in self.members:
            scores = raw_scores(member.loaded, values, 0, member.trees, num_threads)
            total = total + member.weight * linked(self.task, scores, logarithmic=member.logarithmic)
        return np.asarray(total)

    def unknown_categories(self, frame: pl.DataFrame) -> dict[str, int]:
        """Count the rows of each categorical column whose category the model does not know."""
        return dict(encode(self.features, frame).unknown)

    def dumps(self) -> dict[str, bytes]:
        """Give the files of the model, always the same bytes for the same model."""
        entries = tuple(
            MemberEntry(booster=m.booster, trees=m.trees, weight=m.weight, file=f"{m.booster}.txt")
            for m in self.members
        )
        document = Document(
            task=self.task,
            target=self.target,
            classes=self.classes,
            features=self.features,
            pairs=self.pairs,
            members=entries,
        )
        texts = {f"{member.booster}.txt": member.text.encode("ascii") for member in self.members}
        return {DOCUMENT: write_document(document), **texts}

    @classmethod
    def loads(cls, files: Mapping[str, bytes]) -> Model:
        """Read what `dumps` gave.

        Raises:
            ModelError: The files are not those of a model.
        """
        document = read_document(files)
        inputs = document.inputs + len(document.pairs)
        members = tuple(_member(entry, files[entry.file], inputs, document) for entry in document.members)
        if abs(sum(member.weight for member in members) - 1) > WEIGHT_TOLERANCE:
            raise ModelError("the weights of the members do not add up to 1")
        return cls(document.task, document.target, document.classes, document.features, members, document.pairs)


def _member(entry: MemberEntry, data: bytes, inputs: int, document: Document) -> Member:
    text = read_text(data, entry.file)
    outputs = len(document.classes) if document.task == "multiclass" else 1
    check_text(text, trees=entry.trees, inputs=inputs, outputs=outputs)
    return Member(entry.booster, entry.trees, entry.weight, text)
