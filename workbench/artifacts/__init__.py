"""The only room that reads or writes data/, models/, reports/ and ledger/.

Every writer goes through one atomic commit, every reader checks what it reads against the digest that
was committed: readers see all of a stage's old files or all of its new ones, and never damaged bytes.
"""

from __future__ import annotations

from workbench.artifacts.commit import commit
from workbench.artifacts.decisions import DecisionFile, DecisionLog, read_decisions, withdraw_decision, write_decision
from workbench.artifacts.encoding import Content
from workbench.artifacts.evidence import (
    PLAN,
    SPLITS,
    DecidedModel,
    changed_evidence,
    decided_model,
    evidence_digests,
)
from workbench.artifacts.fencing import RUN_VARIABLE
from workbench.artifacts.git import Signature, git_answer, own_name
from workbench.artifacts.heldout import Look, note_look, read_looks
from workbench.artifacts.ledger import Ledger, LedgerTable, LedgerWarning, read_ledger, read_runs
from workbench.artifacts.locks import Owner, decision_lock, keep_pipeline_lock, stage_lock
from workbench.artifacts.manifest import Entry, Manifest
from workbench.artifacts.marks import Kind, Mark, write_mark
from workbench.artifacts.plain import write_bytes, write_text
from workbench.artifacts.reading import (
    find_damage,
    read_bytes,
    read_candidates,
    read_document,
    read_former,
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
from workbench.artifacts.revisions import Revision, find_revision
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
    "PLAN",
    "REPRO_VARIABLE",
    "RUN_VARIABLE",
    "SPLITS",
    "CellUse",
    "Content",
    "DecidedModel",
    "DecisionFile",
    "DecisionLog",
    "Entry",
    "Kind",
    "Ledger",
    "LedgerTable",
    "LedgerWarning",
    "Look",
    "Manifest",
    "Mark",
    "Owner",
    "ReproRecord",
    "Revision",
    "RunRecord",
    "Signature",
    "Status",
    "StoredFile",
    "changed_evidence",
    "commit",
    "committed_by",
    "decided_model",
    "decision_lock",
    "digest",
    "evidence_digests",
    "find_damage",
    "find_revision",
    "find_source",
    "finish_run",
    "git_answer",
    "keep_pipeline_lock",
    "new_repro",
    "new_run",
    "note_look",
    "open_source",
    "own_name",
    "read_bytes",
    "read_candidates",
    "read_costs",
    "read_decisions",
    "read_document",
    "read_former",
    "read_frame",
    "read_json",
    "read_ledger",
    "read_looks",
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
    "withdraw_decision",
    "write_bytes",
    "write_decision",
    "write_mark",
    "write_repro",
    "write_run",
    "write_text",
]
