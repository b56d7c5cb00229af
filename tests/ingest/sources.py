"""Small sources and the parameters that point at them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.ingest import Contract, Parsed, SourceFile, infer_contract, parse
from workbench.params.ingest import IngestParams

if TYPE_CHECKING:
    from workbench.ingest.contract import SourceContract


def ingest_params(target: str = "y", **changes: object) -> IngestParams:
    """Parameters of one table `t`, changed as asked."""
    tree: dict[str, object] = {"sources": {"t": {"path": "t.csv"}}, "table": "t", "target": target}
    return IngestParams.model_validate(tree | changes)


def csv(text: str | bytes, name: str = "t") -> SourceFile:
    return SourceFile(name, text.encode() if isinstance(text, str) else text, "csv")


def contract_of(source: SourceFile, params: IngestParams) -> SourceContract:
    return infer_contract({source.name: source}, params).sources[source.name]


def declared(columns: dict[str, object], **changes: object) -> Contract:
    """A contract of one CSV table `t`."""
    tree = {"separator": ",", "columns": columns} | changes
    return Contract.model_validate({"sources": {"t": tree}})


def parse_as(text: str | bytes, columns: dict[str, object], **changes: object) -> Parsed:
    """Parse a CSV text as declared; `null_values` go to both the contract and the parameters."""
    nulls = {key: value for key, value in changes.items() if key == "null_values"}
    params = ingest_params(sources={"t": {"path": "t.csv", **nulls}})
    return parse(csv(text), declared(columns, **changes), params)


def inferred_parse(text: str | bytes) -> Parsed:
    params = ingest_params()
    source = csv(text)
    return parse(source, infer_contract({"t": source}, params), params)


def conserved(parsed: Parsed) -> bool:
    return parsed.rows_read == parsed.frame.height + parsed.quarantine.height
