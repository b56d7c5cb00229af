"""Makes a new project around one table: built beside its place and moved there whole, or not at all."""

from __future__ import annotations

import re
import shlex
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.artifacts import open_source
from workbench.cost.pricing.pricefile import EMPTY, PRICES_FILE
from workbench.errors import ArtifactError, Place, SourceError, UsageError, WorkbenchError, nearest
from workbench.params.ingest import IngestParams
from workbench.project import repository, shipped
from workbench.project.examining import examine
from workbench.project.fitting import params_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.project.fitting import Fit

MOST_BYTES = 8_000_000_000
COPIES = 2
"""DVC keeps one copy of the data in its cache beside the one in the working tree."""
RAW = "data/raw"
MOST_LINES_ASIDE = 20


@dataclass(frozen=True)
class Project:
    """A project that was just made.

    Attributes:
        root: Its folder.
        fit: What was found out about the table.
    """

    root: Path
    fit: Fit

    def summary(self) -> tuple[str, ...]:
        """Say in a few lines what was made, what was decided, and what comes next."""
        fit = self.fit
        aside = [f"  set aside {name!r}: {reason}" for name, reason in fit.exclude.items()]
        return (
            f"{self.root}: {fit.rows:,} rows, {fit.columns:,} columns",
            f"  {fit.task} target {fit.target!r}: {fit.task_reason}",
            *([f"  {fit.positive}"] if fit.positive else []),
            *([f"  {_quarantined(fit)}"] if fit.quarantined else []),
            *([f"  read as missing: {', '.join(fit.null_values)}"] if fit.null_values else []),
            *([f"  {fit.unlabelled:,} rows without a target are dropped by rule"] if fit.unlabelled else []),
            *(f"  {remark}" for remark in fit.remarks[:MOST_LINES_ASIDE]),
            f"  split by {f'time, column {fit.time!r}' if fit.time else 'chance'}: {fit.time_reason}",
            *aside[:MOST_LINES_ASIDE],
            *(
                [f"  and {len(aside) - MOST_LINES_ASIDE:,} more, see params.yaml"]
                if len(aside) > MOST_LINES_ASIDE
                else []
            ),
            f"next: cd {shlex.quote(str(self.root))} && dvc repro",
        )


def init(folder: Path, data: Path, target: str, *, time: str | None = None) -> Project:
    """Make a new git and DVC project around a table.

    The data are copied to `data/raw/` under a plain name and tracked by DVC, so that git holds only
    their hash and what must be forgotten can be.

    Args:
        folder: The new project; absent or empty.
        data: A CSV, Parquet or JSON-lines file, compressed or not.
        target: The column to predict.
        time: The column that orders the rows; looked for when not given.

    Raises:
        UsageError: The folder is taken, or the table has no such column.
        SourceError: The file cannot be read as a table with rows.
        FeatureError: Nothing can be learnt from the target.
        ArtifactError: The disk is full, or git or DVC refuse. Nothing is left behind.
    """
    place = _free_place(folder)
    file = _readable(data)
    name = source_name(file)
    copied = f"{RAW}/{name}{''.join(_suffixes(file))}"
    with _places_named({name, str(file)}, data):
        raw, kind = open_source(str(file), MOST_BYTES, file.parent)
        fit = examine(raw, kind, name, copied, target, time)
    with _built_beside(place) as draft:
        _assert_room(draft, file)
        (draft / RAW).mkdir(parents=True)
        shutil.copyfile(file, draft / copied)
        _lay_down(draft, fit)
    return Project(folder, fit)


def source_name(file: Path) -> str:
    """Give a plain name for a source: letters, digits and underscores, whatever the file is called.

    Example:
        >>> source_name(Path("Kunden 2024 (neu).csv.gz"))
        'kunden_2024_neu'
    """
    stem = file.name[: len(file.name) - len("".join(_suffixes(file)))]
    plain = re.sub(r"[^a-z0-9]+", "_", stem.lower()).strip("_")[:40]
    return plain if plain and not plain[0].isdigit() else f"table_{plain}".rstrip("_")


def _suffixes(file: Path) -> list[str]:
    """Give the suffixes that tell the format, such as `.csv.gz`."""
    last = file.suffix.lower()
    inner = Path(file.stem).suffix.lower()
    return [inner, last] if last in {".gz", ".zip", ".zst"} and inner else [last]


def _free_place(folder: Path) -> Path:
    if folder.exists() and not folder.is_dir():
        raise UsageError("a file is in the place of the new project", place=Place(str(folder)))
    if folder.is_dir() and any(folder.iterdir()):
        raise UsageError(
            "the folder for the new project is not empty",
            place=Place(str(folder)),
            found=", ".join(sorted(item.name for item in folder.iterdir())[:5]),
            hint="name a new folder; nothing was changed",
        )
    return folder.resolve()


def _readable(data: Path) -> Path:
    file = data.expanduser().resolve()
    if file.is_dir():
        raise SourceError(
            "the data are a folder", place=Place(str(data)), expected="one CSV, Parquet or JSON-lines file"
        )
    if not file.is_file():
        names = [item.name for item in file.parent.iterdir()] if file.parent.is_dir() else []
        raise SourceError("there is no such file", place=Place(str(data)), hint=nearest(file.name, names))
    if not file.stat().st_size:
        raise SourceError("the file is empty", place=Place(str(data)), expected="a header and rows")
    return file


@contextmanager
def _places_named(names: set[str], data: Path) -> Iterator[None]:
    """Let errors name the file as the user wrote it."""
    try:
        yield
    except WorkbenchError as error:
        if error.place.file is None or error.place.file in names:
            error.place = replace(error.place, file=str(data))
        raise


@contextmanager
def _built_beside(place: Path) -> Iterator[Path]:
    """Give a draft folder that takes its place when the block ends well, and vanishes when it does not."""
    made = _make_parents(place.parent)
    try:
        draft = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
    except OSError as error:
        raise ArtifactError(f"the folder cannot be made: {error.strerror}", place=Place(str(place))) from error
    try:
        yield draft
        draft.chmod(0o755)
        draft.replace(place)
    except OSError as error:
        raise ArtifactError(f"the project cannot be written: {error.strerror}", place=Place(str(place))) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        if not place.exists():
            for folder in made:
                folder.rmdir()


def _make_parents(folder: Path) -> list[Path]:
    """Make the missing folders above, the innermost first in the answer."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for absent in reversed(missing):
        try:
            absent.mkdir()
        except OSError as error:
            raise ArtifactError(f"the folder cannot be made: {error.strerror}", place=Place(str(absent))) from error
    return missing


def _assert_room(draft: Path, file: Path) -> None:
    needed, free = COPIES * file.stat().st_size, shutil.disk_usage(draft).free
    if needed > free:
        raise ArtifactError("the disk is too full", found=f"{free:,} bytes free", expected=f"{needed:,} bytes")


def _lay_down(draft: Path, fit: Fit) -> None:
    repository.lay_down_dvc(draft)
    (draft / "notebooks").mkdir()
    for name, content in shipped.notebooks().items():
        (draft / "notebooks" / name).write_bytes(content)
    (draft / "dvc.yaml").write_text(shipped.pipeline(fit.path), encoding="utf-8")
    (draft / "params.yaml").write_text(params_text(fit), encoding="utf-8")
    (draft / PRICES_FILE).write_text(EMPTY, encoding="utf-8")
    (draft / "README.md").write_text(_readme(fit), encoding="utf-8")
    repository.start_git(draft)
    repository.track_data(draft, fit.path)
    repository.commit_all(draft, f"Start a workbench project on {fit.source}")
    shutil.rmtree(draft / ".dvc" / "tmp", ignore_errors=True)


def _quarantined(fit: Fit) -> str:
    share = fit.quarantined / (fit.rows + fit.quarantined)
    told = f"{fit.quarantined:,} further rows ({100 * share:.1f} %) do not fit and go to quarantine"
    most = IngestParams.model_fields["max_quarantined"].default
    return f"{told}: more than ingest.max_quarantined lets pass, so ingest will not" if share > most else told


def _readme(fit: Fit) -> str:
    return (
        f"# {fit.source}\n\n"
        f"Predicts `{fit.target}` ({fit.task}). What the pipeline reads and may spend stands in `params.yaml`.\n\n"
        "```\ndvc repro              # ingest, train, evaluate, cost, decide\nworkbench candidates   # what came out\n"
        "jupyter lab notebooks  # the same stages by hand\n```\n"
    )
