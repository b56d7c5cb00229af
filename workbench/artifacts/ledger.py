"""The ledger read as a whole: as records one by one, or as a table from an index."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from workbench.artifacts import ledgerfiles, ledgerindex, process, recorded, repros
from workbench.artifacts.disk import clear_errors
from workbench.artifacts.layout import LEDGER, project_root

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from workbench.artifacts.runs import RunRecord

_VANISHED = "its process vanished without a word"
_RUNS = ledgerindex.Kind(LEDGER, recorded.COLUMNS, recorded.row)
_REPROS = ledgerindex.Kind(repros.FOLDER, repros.COLUMNS, repros.row)
_WORTH_STORING = 100
"""So many files that are new, changed or gone are worth writing the index anew."""


@dataclass(frozen=True)
class LedgerWarning:
    """A file of the ledger that is no run record.

    Attributes:
        path: The file, relative to the project.
        problem: Why it was skipped.
    """

    path: str
    problem: str


@dataclass(frozen=True)
class Ledger:
    """Every run on record, the oldest first.

    Attributes:
        records: The runs; one whose process vanished without a word reads KILLED.
        warnings: Files that were skipped.
    """

    records: tuple[RunRecord, ...]
    warnings: tuple[LedgerWarning, ...]


@dataclass(frozen=True)
class LedgerTable:
    """The same as a table.

    Attributes:
        frame: One row per run, the oldest first, with the fields of `RunRecord` but its parameters, their origins, its
            dependencies and its cells; `tags` and `forecast` are JSON text, null where there are none. Beside them
            `workers`, `work` and `work_but_workers`, of which `recorded.DERIVED` tells.
        repros: One row per `workbench repro` of the whole pipeline that ended well; see `repros.ReproRecord`.
        warnings: Files that were skipped.
    """

    frame: pl.DataFrame
    repros: pl.DataFrame
    warnings: tuple[LedgerWarning, ...]


def read_runs(root: Path | None = None) -> Ledger:
    """Read every record in full; a file that is no record becomes a warning, never a failure.

    Of two files that hold the same run, as a copy beside the original does, the one that is further counts.
    """
    project = project_root(root)
    records: dict[str, tuple[str, RunRecord]] = {}
    warnings: list[LedgerWarning] = []
    with clear_errors("list", project, f"{LEDGER}/"):
        names = sorted(ledgerfiles.shown(path.name) for path in (project / LEDGER).glob("*.json"))
    for name in names:
        try:
            record = recorded.record(recorded.decode((project / LEDGER / name).read_bytes()))
        except (OSError, *ledgerfiles.NO_RECORD) as error:
            warnings.append(LedgerWarning(f"{LEDGER}/{name}", str(error)))
            continue
        (other, held), (behind, _) = _ranked((name, record), records.get(record.run))
        records[record.run] = other, held
        warnings += [_copied(behind)] if behind else []
    living = (_living(record) for _, record in records.values())
    return Ledger(tuple(sorted(living, key=lambda record: (record.started, record.run))), tuple(warnings))


def read_ledger(root: Path | None = None, since: str = "") -> LedgerTable:
    """Read the ledger as a table; only files that are new or changed are opened.

    The index behind it lies in .workbench/ and may be deleted at any time. A row of it counts while its file has the
    same name, size and time of change.

    Args:
        root: The project.
        since: Leave out runs that began earlier, ISO 8601 UTC.

    Raises:
        ArtifactError: The folder cannot be listed.
    """
    project = project_root(root)
    table = _table(_read(project, _RUNS, since), since)
    ended = _read(project, _REPROS, since)
    return replace(table, repros=ended.filter(ended[ledgerindex.PROBLEM].is_null()).select(*repros.COLUMNS))


def _read(project: Path, kind: ledgerindex.Kind, since: str) -> pl.DataFrame:
    """Read a folder of records by its index, and bring the index up to date where that is worth it."""
    import polars as pl  # noqa: PLC0415 - keeps the start of a run quick

    folder = project / kind.folder
    with clear_errors("list", project, f"{kind.folder}/"):
        files = ledgerfiles.listed(folder, since)
    known = ledgerindex.load(project, kind)
    kept, new = _compared(files, known)
    rows = pl.concat([kept, ledgerfiles.parsed(folder, kind, new)]) if new.height else kept
    gone = 0 if since else known.height - kept.height
    if new.height >= _WORTH_STORING or gone >= _WORTH_STORING:
        others = known.join(files, on="name", how="anti") if since else known.clear()
        ledgerindex.store(project, kind, pl.concat([others, rows.filter(pl.col("changed_ns") >= 0)]))
    return rows


def _compared(files: pl.DataFrame, known: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split the files into rows of the index that still hold, and files to read."""
    key = list(ledgerindex.KEY)
    if files.equals(known.select(key)):
        return known, files.clear()
    kept = known.join(files, on=key, how="semi", maintain_order="left")
    return kept, files.join(kept, on=key, how="anti", maintain_order="left")


def _table(rows: pl.DataFrame, since: str) -> LedgerTable:
    import polars as pl  # noqa: PLC0415 - keeps the start of a run quick

    problem = pl.col(ledgerindex.PROBLEM)
    bad = rows.filter(problem.is_not_null()).select("name", problem)
    warnings = [LedgerWarning(f"{LEDGER}/{name}", why) for name, why in bad.iter_rows()]
    frame = rows.filter(problem.is_null(), pl.col("started") >= since) if since else rows.filter(problem.is_null())
    if frame["run"].n_unique() < frame.height:
        frame, copies = _without_copies(frame)
        warnings += [_copied(name) for name in copies]
    frame = _with_living(frame.drop(ledgerindex.PROBLEM, *ledgerindex.KEY).sort("started", "run"))
    return LedgerTable(frame, frame.clear(), tuple(sorted(warnings, key=lambda warning: warning.path)))


def _without_copies(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Keep the file of each run that is furthest; see `_ranked`."""
    import polars as pl  # noqa: PLC0415 - keeps the start of a run quick

    order = [pl.col("status") == "RUNNING", -pl.col("wall_seconds"), pl.col("name")]
    kept = frame.sort(order).unique("run", keep="first", maintain_order=True)
    return kept, frame.join(kept, on="name", how="anti")["name"].to_list()


def _with_living(frame: pl.DataFrame) -> pl.DataFrame:
    """Mark the runs whose process is gone."""
    import polars as pl  # noqa: PLC0415 - keeps the start of a run quick

    running = frame.filter(pl.col("status") == "RUNNING").select("run", "pid", "process_started")
    gone = [run for run, pid, began in running.iter_rows() if not process.alive(pid, began)]
    if not gone:
        return frame
    is_gone = pl.col("run").is_in(gone)
    return frame.with_columns(
        status=pl.when(is_gone).then(pl.lit("KILLED")).otherwise("status"),
        error=pl.when(is_gone).then(pl.lit(_VANISHED)).otherwise("error"),
    )


def _ranked(
    new: tuple[str, RunRecord], old: tuple[str, RunRecord] | None
) -> tuple[tuple[str, RunRecord], tuple[str, RunRecord | None]]:
    """Order two files of one run: the finished one first, then the one that ran longer, then by name."""
    if old is None:
        return new, ("", None)
    first, second = sorted((new, old), key=lambda file: (file[1].status == "RUNNING", -file[1].wall_seconds, file[0]))
    return first, second


def _copied(name: str) -> LedgerWarning:
    return LedgerWarning(f"{LEDGER}/{name}", "another file holds the same run")


def _living(record: RunRecord) -> RunRecord:
    if record.status == "RUNNING" and not process.alive(record.pid, record.process_started):
        return replace(record, status="KILLED", error=_VANISHED)
    return record
