"""Opens the tables a project is pointed at: files, data of installed packages, compressed or not."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import io
import zipfile
import zlib
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Literal, TypeAlias

from workbench.artifacts.layout import project_root
from workbench.errors import Place, SourceError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Format: TypeAlias = Literal["csv", "parquet", "ndjson"]

_FORMATS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
}
_PACKAGE = "pkg://"
_DAMAGED: tuple[type[Exception], ...] = (zipfile.BadZipFile, zlib.error, EOFError)
with suppress(ImportError):  # Python is also built without LZMA, and then opens no archive packed with it
    from lzma import LZMAError

    _DAMAGED = (*_DAMAGED, LZMAError)
_CHUNK_BYTES = 1 << 20


def open_source(path: str, max_bytes: int, root: Path | None = None) -> tuple[bytes, Format]:
    """Read a source, decompressed, without parsing it.

    Args:
        path: A file, relative to the project or absolute, or `pkg://PACKAGE/FILE`, found without importing
            the package. A `.zip` holds exactly one file; `.gz` is decompressed too.
        max_bytes: Largest size after decompression.
        root: The project.

    Returns:
        The bytes, and the format its name tells.

    Raises:
        SourceError: There is no such file, it is no table, too large or damaged.
    """
    full = find_source(path, root)
    with _explained(path):
        if full.suffix.lower() == ".zip":
            return _unzip(full, path, max_bytes)
        packed = full.suffix.lower() == ".gz"
        kind = _format(full.stem if packed else full.name, path)
        with gzip.open(full) if packed else full.open("rb") as stream:
            return _capped(stream, path, max_bytes), kind


def digest(path: str, root: Path | None = None) -> str:
    """Digest the bytes of a source as they lie on disk, with SHA-256.

    Raises:
        SourceError: There is no such file.
    """
    full = find_source(path, root)
    with _explained(path), full.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def assert_unchanged(digests: Mapping[str, str], root: Path | None = None) -> None:
    """Refuse sources that are no longer what was read: their new rows would count as known and never be read.

    Args:
        digests: The digest of each source by its path, taken before it was read.
        root: The project.

    Raises:
        SourceError: One has changed, or is gone.
    """
    for path, then in digests.items():
        now = digest(path, root)
        if now != then:
            held = find_source(path, root).stat()
            moment = datetime.fromtimestamp(held.st_mtime, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
            raise SourceError(
                "the source changed after it was read, and nothing was committed",
                place=Place(path),
                found=f"{held.st_size:,} bytes of {moment}, SHA-256 {now[:12]}…",
                expected=f"SHA-256 {then[:12]}…, which was read",
                hint="run the stage again once nothing writes to the file",
            )


def find_source(path: str, root: Path | None = None) -> Path:
    """Find the file of a source.

    Raises:
        SourceError: There is none; the nearest name beside it is given.
    """
    with _explained(path):
        full = _in_package(path) if path.startswith(_PACKAGE) else project_root(root) / path
        if full.is_file():
            return full
        if full.is_dir():
            raise SourceError("the source is a folder", place=Place(path), expected="one file")
        names = [item.name for item in full.parent.iterdir()] if full.parent.is_dir() else []
    hint = nearest(full.name, names) or (None if names else f"there is no folder {full.parent}")
    raise SourceError("there is no such file", place=Place(path), hint=hint)


def _in_package(path: str) -> Path:
    package, _, file = path.removeprefix(_PACKAGE).partition("/")
    if not package.isidentifier() or not file:
        raise SourceError("not the data of a package", place=Place(path), expected="pkg://PACKAGE/FILE")
    spec = importlib.util.find_spec(package)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    if not folders:
        raise SourceError(
            f"the package {package} is not installed", place=Place(path), hint=f"install it: pip install {package}"
        )
    folder = Path(folders[0]).resolve()
    full = (folder / file).resolve()
    if folder not in full.parents:
        raise SourceError("the path leaves its package", place=Place(path), expected=f"a file below {package}/")
    return full


def _unzip(full: Path, path: str, max_bytes: int) -> tuple[bytes, Format]:
    with zipfile.ZipFile(full) as archive:
        member = _only_member(archive, path)
        kind = _format(PurePosixPath(member).name, path)
        try:
            stream = archive.open(member)
        except RuntimeError as error:  # it has a password, or a compression that zipfile does not know
            raise SourceError(f"the archive cannot be opened: {error}", place=Place(path)) from error
        with stream:
            return _capped(stream, path, max_bytes), kind


def _only_member(archive: zipfile.ZipFile, path: str) -> str:
    members = [name for name in archive.namelist() if not name.endswith("/") and not _is_litter(name)]
    if len(members) == 1:
        return members[0]
    names = ", ".join(sorted(members)[:5]) or "none"
    raise SourceError("the archive must hold exactly one file", place=Place(path), found=f"{len(members)}: {names}")


def _is_litter(name: str) -> bool:
    return name.startswith("__MACOSX/") or PurePosixPath(name).name in {".DS_Store", "Thumbs.db"}


def _capped(stream: IO[bytes] | gzip.GzipFile, path: str, max_bytes: int) -> bytes:
    """Read a stream to its end, or refuse it as soon as it is longer than allowed."""
    buffer = io.BytesIO()
    while chunk := stream.read(min(_CHUNK_BYTES, max_bytes + 1 - buffer.tell())):
        buffer.write(chunk)
        if buffer.tell() > max_bytes:
            raise SourceError(
                "the source is larger than allowed after decompression",
                place=Place(path),
                expected=f"at most {max_bytes:,} bytes",
                hint="if it is meant to be that large, raise max_bytes of the source in params.yaml",
            )
    return buffer.getvalue()


def _format(name: str, path: str) -> Format:
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in _FORMATS:
        return _FORMATS[suffix]
    hint = "decompress it, or pack it as .gz or .zip" if suffix in {".zst", ".xz", ".bz2", ".7z", ".tar"} else None
    known = ", ".join(_FORMATS)
    raise SourceError(
        "the name does not tell a known format", place=Place(path), found=name, expected=f"one of {known}", hint=hint
    )


@contextmanager
def _explained(path: str) -> Iterator[None]:
    try:
        yield
    except _DAMAGED as error:
        raise SourceError(f"the compressed file is damaged: {error}", place=Place(path)) from error
    except (OSError, ValueError) as error:
        raise SourceError(f"the source cannot be read: {error}", place=Place(path)) from error
