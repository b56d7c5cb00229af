"""The room `ingest`: sources become one table, checked against a contract, every row accounted for.

Bytes and frames in, frozen results out; nothing here reads a path or prints.
"""

from workbench.ingest.accounting import Step, account_for, accounting_frame
from workbench.ingest.contract import ColumnContract, Contract, JoinContract, SourceContract
from workbench.ingest.contracting import infer_contract
from workbench.ingest.inspection import ColumnFinding, Inspection, inspect
from workbench.ingest.parsing import Parsed, parse
from workbench.ingest.pipeline import IngestResult, ingest, split
from workbench.ingest.source import Format, SourceFile
from workbench.ingest.splitting import Splits
from workbench.ingest.table import Table, build

__all__ = [
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
    "Table",
    "account_for",
    "accounting_frame",
    "build",
    "infer_contract",
    "ingest",
    "inspect",
    "parse",
    "split",
]
