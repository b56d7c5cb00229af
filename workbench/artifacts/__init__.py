"""The only room that reads or writes data/, models/, reports/ and ledger/.

Every writer goes through one atomic commit, every reader checks what it reads against the digest that
was committed: readers see all of a stage's old files or all of its new ones, and never damaged bytes.
"""

from __future__ import annotations

from workbench.artifacts.commit import commit
from workbench.artifacts.encoding import Content
from workbench.artifacts.fencing import RUN_VARIABLE
from workbench.artifacts.ledger import Ledger, LedgerTable, LedgerWarning, read_ledger, read_runs
from workbench.artifacts.locks import Owner, keep_pipeline_lock, stage_lock
from workbench.artifacts.manifest import Entry, Manifest
from workbench.artifacts.plain import write_bytes, write_text
from workbench.artifacts.reading import (
    find_damage,
    read_bytes,
    read_candidates,
    read_document,
    read_frame,
    read_json,
    read_manifest_of,
    read_many,
    read_model,
    read_roles,
    read_split,
    read_text,
    split_path,
)
from workbench.artifacts.recent import read_recent
from workbench.artifacts.repros import REPRO_VARIABLE, ReproRecord, new_repro, write_repro
from workbench.artifacts.runs import (
    CellUse,
    RunRecord,
    Status,
    committed_by,
    finish_run,
    new_run,
    start_run,
    write_run,
)
from workbench.artifacts.sources import digest, find_source, open_source
from workbench.artifacts.spent import read_costs
from workbench.artifacts.stored import StoredFile, stored_files

__all__ = [
    "REPRO_VARIABLE",
    "RUN_VARIABLE",
    "CellUse",
    "Content",
    "Entry",
    "Ledger",
    "LedgerTable",
    "LedgerWarning",
    "Manifest",
    "Owner",
    "ReproRecord",
    "RunRecord",
    "Status",
    "StoredFile",
    "commit",
    "committed_by",
    "digest",
    "find_damage",
    "find_source",
    "finish_run",
    "keep_pipeline_lock",
    "new_repro",
    "new_run",
    "open_source",
    "read_bytes",
    "read_candidates",
    "read_costs",
    "read_document",
    "read_frame",
    "read_json",
    "read_ledger",
    "read_manifest_of",
    "read_many",
    "read_model",
    "read_recent",
    "read_roles",
    "read_runs",
    "read_split",
    "read_text",
    "split_path",
    "stage_lock",
    "start_run",
    "stored_files",
    "write_bytes",
    "write_repro",
    "write_run",
    "write_text",
]
