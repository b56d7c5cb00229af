"""The room `ingest`: sources become one table, checked against a contract, every row accounted for.

Bytes and frames in, frozen results out; nothing here reads a path or prints.
"""

from workbench.ingest.accounting import Step, account_for, accounting_frame
from workbench.ingest.aside import REFUSED, reasons_aside, said_aside, too_many_aside
from workbench.ingest.contract import ColumnContract, Contract, JoinContract, SourceContract
from workbench.ingest.contracting import infer_contract
from workbench.ingest.inspection import ColumnFinding, Inspection, inspect
from workbench.ingest.parsing import Parsed, parse
from workbench.ingest.pipeline import IngestResult, ingest, split
from workbench.ingest.positive import Suggestion, suggested
from workbench.ingest.source import Format, SourceFile
from workbench.ingest.splitting import Splits
from workbench.ingest.table import Table, build
from workbench.ingest.telling import column_uses, said_target

__all__ = [
    "REFUSED",
    "ColumnContract",
    "ColumnFinding",
    "Contract",
    "Format",
    "IngestResult",
    "Inspection",
    "JoinContract",
    "Parsed",
    "SourceContract",
    "SourceFile",
    "Splits",
    "Step",
    "Suggestion",
    "Table",
    "account_for",
    "accounting_frame",
    "build",
    "column_uses",
    "infer_contract",
    "ingest",
    "inspect",
    "parse",
    "reasons_aside",
    "said_aside",
    "said_target",
    "split",
    "suggested",
    "too_many_aside",
]
