"""The whole of ingest in one call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from workbench.ingest.accounting import Step, account_for
from workbench.ingest.contracting import completed
from workbench.ingest.parsing import parse
from workbench.ingest.splitting import Splits, split_rows
from workbench.ingest.table import Table, build

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.ingest.contract import Contract
    from workbench.ingest.source import SourceFile
    from workbench.model.roles import Roles
    from workbench.params.ingest import IngestParams


@dataclass(frozen=True)
class IngestResult:
    """Everything ingest found.

    Attributes:
        train: Rows to learn from.
        validation: Rows to choose by.
        test: Rows to report on.
        quarantine: Rows set aside, by source.
        roles: What each column is for.
        contract: What the sources were held to, new ones included.
        accounting: Where every row went.
        types: Type of every column there was, those left out included.
    """

    train: pl.DataFrame
    validation: pl.DataFrame
    test: pl.DataFrame
    quarantine: Mapping[str, pl.DataFrame]
    roles: Roles
    contract: Contract
    accounting: pl.DataFrame
    types: Mapping[str, str]

    def summary(self) -> dict[str, int | float]:
        """Give the figures of the run, for `metrics/ingest.json`; rows are read from all sources together."""
        read = self.accounting.filter(pl.col("step").str.starts_with("read "))
        parts = {"train": self.train, "validation": self.validation, "test": self.test}
        figures: dict[str, int | float] = {
            "rows_read": int(read["rows_in"].sum()),
            "rows_quarantined": int(self.accounting["quarantined"].sum()),
            "rows_dropped": int(self.accounting["dropped"].sum()),
            "features": len(self.roles.features),
            "columns_excluded": len(self.roles.excluded),
        }
        figures |= {f"rows_{name}": part.height for name, part in parts.items()}
        if self.roles.task == "binary":
            figures |= {f"positive_share_{name}": self._positive_share(part) for name, part in parts.items()}
        return figures

    def _positive_share(self, part: pl.DataFrame) -> float:
        positive = part[self.roles.target].cast(pl.String) == self.roles.classes[1]
        return int(positive.sum()) / part.height


def split(table: Table, params: IngestParams) -> Splits:
    """Divide a table into training, validation and test rows.

    Raises:
        ParamsError: The split does not fit the data.
        FeatureError: A part has no row, or the training rows have one target value only.
    """
    return split_rows(table.frame, table.roles, params.split)


def ingest(
    sources: Mapping[str, SourceFile],
    params: IngestParams,
    contract: Contract | None = None,
    environment: Mapping[str, str] | None = None,
) -> IngestResult:
    """Read, check, join, derive, label and divide.

    Args:
        sources: The bytes of each source of params.
        params: What to make of them.
        contract: What they promised before; None on the first run.
        environment: Where the secret of the pseudonyms is; the process's environment by default.

    Raises:
        SourceError: A source cannot be read.
        ContractError: The data break the contract.
        ParamsError: params do not fit the data.
        FeatureError: There is nothing to learn.
    """
    whole = completed(contract, sources, params)
    parsed = {name: parse(sources[name], whole, params) for name in params.sources}
    table = build(parsed, params, environment)
    parts = split(table, params)
    sizes = tuple(part.height for part in (parts.train, parts.validation, parts.test))
    note = "train {:,}, validation {:,}, test {:,}".format(*sizes)
    accounting = account_for(table.accounting, Step("split", table.frame.height, sum(sizes), note=note))
    return IngestResult(
        parts.train, parts.validation, parts.test, table.quarantine, table.roles, whole, accounting, table.types
    )
