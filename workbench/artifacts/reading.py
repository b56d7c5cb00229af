"""Reads artifacts, each one only after its bytes were found to be those that were committed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

from workbench.artifacts.layout import checked_name, inside, manifest_path
from workbench.artifacts.manifest import Manifest, holders, read_manifest, stages
from workbench.artifacts.refusals import missing, missing_model
from workbench.artifacts.verifying import consistent, holder, settled, streamed, verified
from workbench.errors import ArtifactError, IntegrityError, MissingArtifactError, Place

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import polars as pl

    from workbench.model import Model, Roles

Split = Literal["train", "validation", "test"]

_CANDIDATES = ("data/decision/candidates.parquet", "data/cost/candidates.parquet", "models/candidates.parquet")
_TELLING = ("id", "trees", "train_cpu_seconds")
"""What tells the candidates of two trainings apart: ids alone are numbers, which another training gives again."""


def read_bytes(path: str, root: Path | None = None) -> bytes:
    """Read the bytes of a committed file, checked against the manifest of its stage.

    Raises:
        MissingArtifactError: No stage has committed it, or it was removed since.
        IntegrityError: Its bytes are not those that were committed.
        ArtifactError: The system does not give it.
    """
    return read_many([path], root)[path]


def read_many(paths: Iterable[str], root: Path | None = None) -> dict[str, bytes]:
    """Read several files of one stage as one commit left them, even while another commit happens.

    Raises:
        MissingArtifactError: The stage of the first has not committed all of them.
        IntegrityError: Bytes are not those that were committed.
    """
    wanted = list(paths)
    if not wanted:
        return {}
    with settled(root, wanted[0]) as project:
        return consistent(project, holder(project, wanted[0]), wanted, verified)


def read_text(path: str, root: Path | None = None) -> str:
    """Read a committed text file; see `read_bytes`.

    Raises:
        ArtifactError: It is missing, damaged or not UTF-8.
    """
    try:
        return read_bytes(path, root).decode()
    except UnicodeDecodeError as error:
        raise ArtifactError(f"the file is not UTF-8 text: {error.reason}", place=Place(path)) from error


def read_json(path: str, root: Path | None = None) -> object:
    """Read a committed JSON file; see `read_bytes`.

    Raises:
        ArtifactError: It is missing, damaged or not JSON.
    """
    try:
        tree: object = json.loads(read_bytes(path, root))
    except ValueError as error:
        raise ArtifactError(f"the file is not JSON: {error}", place=Place(path)) from error
    return tree


def read_frame(path: str, root: Path | None = None) -> pl.DataFrame:
    """Read a committed Parquet table; see `read_bytes`.

    Raises:
        ArtifactError: It is missing, damaged or not Parquet.
    """
    import polars as pl  # noqa: PLC0415 - costs half a second that readers of JSON need not pay

    data = read_bytes(path, root)
    try:
        return pl.read_parquet(data)
    except pl.exceptions.PolarsError as error:
        raise ArtifactError(f"the file is no Parquet table: {error}", place=Place(path)) from error


def read_former(path: str, root: Path | None = None) -> pl.DataFrame | None:
    """Read a table that a stage left for its own next run; None where there is none whose bytes are those committed.

    Raises:
        ArtifactError: The path is none of this project, or the system does not give it.
    """
    try:
        return read_frame(path, root)
    except (MissingArtifactError, IntegrityError):
        return None


def read_split(split: Split, root: Path | None = None) -> pl.DataFrame:
    """Read the rows of one split.

    Raises:
        ArtifactError: See `read_frame`.
    """
    return read_frame(f"data/processed/{split}.parquet", root)


def split_path(split: Split, root: Path | None = None) -> Path:
    """Give the path of the rows of one split, for processes that read parts of it; its bytes were checked in a stream.

    It is checked once: whoever reads it later relies on ingest not running meanwhile, as DVC sees to.

    Raises:
        MissingArtifactError: Ingest has not committed it, or it was removed since.
        IntegrityError: Its bytes are not those that were committed.
    """
    path = f"data/processed/{split}.parquet"
    with settled(root, path) as project:
        return consistent(project, holder(project, path), [path], streamed)[path]


def read_roles(root: Path | None = None) -> Roles:
    """Read what each column of the splits is for.

    Raises:
        ArtifactError: See `read_bytes`.
    """
    from workbench.model import Roles  # noqa: PLC0415 - brings NumPy and Polars, which readers of JSON need not pay

    return Roles.from_json(read_text("data/processed/roles.json", root))


def read_model(candidate: str, root: Path | None = None) -> Model:
    """Read the model of a candidate.

    Raises:
        MissingArtifactError: There is no such candidate; the nearest known id is named.
        IntegrityError: A file of it is not what was committed.
    """
    from workbench.model import Model  # noqa: PLC0415 - brings NumPy and Polars, which readers of JSON need not pay

    prefix = f"models/{checked_name(candidate, 'candidate id')}/"
    with settled(root, prefix) as project:
        manifest = read_manifest(project, "train")
        paths = [path for path in manifest.files if path.startswith(prefix)] if manifest else []
        if manifest is None or not paths:
            missing_model(candidate, manifest)
        files = consistent(project, manifest, paths, verified)
    return Model.loads({path.removeprefix(prefix): data for path, data in files.items()})


def read_candidates(root: Path | None = None) -> pl.DataFrame:
    """Read the widest table of the candidates trained last: that of decide, else of cost, else of train.

    A table that an earlier training left behind is passed over: its candidates are no longer there.

    Raises:
        MissingArtifactError: Nothing was trained yet.
    """
    with settled(root, _CANDIDATES[0]) as project:
        there = [path for path in _CANDIDATES if next(holders(project, path), None) is not None]
        if not there:
            missing(project, _CANDIDATES[-1])
    tables = [read_frame(path, project) for path in there]
    newest = tables[-1]
    return next(table for table in tables if _same_candidates(table, newest))


def _same_candidates(table: pl.DataFrame, newest: pl.DataFrame) -> bool:
    """Say whether a table is of the candidates trained last."""
    known = [name for name in _TELLING if name in table.columns and name in newest.columns]
    return table.select(known).sort("id").equals(newest.select(known).sort("id"))


def read_manifest_of(stage: str, root: Path | None = None) -> Manifest:
    """Read what a stage committed last.

    Raises:
        MissingArtifactError: It has never committed.
    """
    path = manifest_path(checked_name(stage, "stage"))
    with settled(root, path) as project:
        return read_manifest(project, stage) or missing(project, path)


def read_document(path: str, root: Path | None = None) -> str | None:
    """Read a text that people edit, such as a contract, as it is now; None when there is none.

    No digest is checked: a hand-edited contract differs from the committed one on purpose.

    Raises:
        ArtifactError: The system does not give it, or it is not UTF-8.
    """
    with settled(root, path) as project:
        try:
            return inside(project, path).read_bytes().decode()
        except FileNotFoundError:
            return None
        except UnicodeDecodeError as error:
            raise ArtifactError(f"the file is not UTF-8 text: {error.reason}", place=Place(path)) from error


def find_damage(root: Path | None = None) -> tuple[ArtifactError, ...]:
    """Read every committed file of the project and give what is missing or damaged."""
    with settled(root, "manifests/") as project:
        return tuple(damage for stage in stages(project) for damage in _damage_of(project, stage))


def _damage_of(root: Path, stage: str) -> list[ArtifactError]:
    damage: list[ArtifactError] = []
    try:
        manifest = read_manifest(root, stage) or Manifest(stage)
    except ArtifactError as error:
        return [error]
    for path in manifest.files:
        try:
            consistent(root, manifest, [path], streamed)
        except ArtifactError as error:
            damage.append(error)
    return damage
