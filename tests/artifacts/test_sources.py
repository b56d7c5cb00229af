"""Sources: files, data of packages, compressed, damaged, too large, not there."""

from __future__ import annotations

import gzip
import hashlib
import os
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from workbench import artifacts
from workbench.errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path

CSV = b"a,b\n1,2\n"
MIB = 1 << 20


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    """Write an archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("t.csv", "csv"),
        ("t.TSV", "csv"),
        ("t.txt", "csv"),
        ("t.parquet", "parquet"),
        ("t.jsonl", "ndjson"),
        ("t.ndjson", "ndjson"),
        ("dir with ü/t.csv", "csv"),
    ],
)
def test_the_name_tells_the_format(project: Path, name: str, kind: str) -> None:
    (project / name).parent.mkdir(exist_ok=True)
    (project / name).write_bytes(CSV)
    assert artifacts.open_source(name, MIB) == (CSV, kind)
    assert artifacts.open_source(str(project / name), MIB) == (CSV, kind)
    assert artifacts.digest(name) == hashlib.sha256(CSV).hexdigest()


def test_compressed_files_are_opened(project: Path) -> None:
    (project / "t.csv.gz").write_bytes(gzip.compress(CSV))
    zipped(project / "t.zip", {"folder/": b"", "folder/t.csv": CSV, "__MACOSX/._t.csv": b"litter"})
    assert artifacts.open_source("t.csv.gz", MIB) == (CSV, "csv")
    assert artifacts.open_source("t.zip", MIB) == (CSV, "csv")


def test_data_of_a_package_is_found_without_importing_it(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = project / "site/some_data"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    (package / "t.csv").write_bytes(CSV)
    (project / "site/secret.csv").write_bytes(CSV)
    monkeypatch.syspath_prepend(project / "site")
    assert artifacts.open_source("pkg://some_data/t.csv", MIB) == (CSV, "csv")
    assert "some_data" not in sys.modules
    with pytest.raises(SourceError, match=r"did you mean t\.csv"):
        artifacts.open_source("pkg://some_data/tt.csv", MIB)
    with pytest.raises(SourceError, match="leaves its package"):
        artifacts.open_source("pkg://some_data/../secret.csv", MIB)
    (package / "link.csv").symlink_to(project / "site/secret.csv")
    with pytest.raises(SourceError, match="leaves its package"):
        artifacts.open_source("pkg://some_data/link.csv", MIB)
    with pytest.raises(SourceError, match="pip install other_data"):
        artifacts.open_source("pkg://other_data/t.csv", MIB)
    for odd in ("pkg://", "pkg://some_data", "pkg://some.data/t.csv", "pkg:///etc/passwd", "pkg://../t.csv"):
        with pytest.raises(SourceError, match="pkg://PACKAGE/FILE"):
            artifacts.open_source(odd, MIB)


def test_bombs_are_refused(project: Path) -> None:
    (project / "t.csv").write_bytes(b"x" * (MIB + 1))
    (project / "t.csv.gz").write_bytes(gzip.compress(b"0" * 50 * MIB))
    zipped(project / "t.zip", {"t.csv": b"0" * 50 * MIB})
    for name in ("t.csv", "t.csv.gz", "t.zip"):
        with pytest.raises(SourceError, match=r"at most 1,048,576 bytes.*max_bytes"):
            artifacts.open_source(name, MIB)
    (project / "t.csv").write_bytes(b"x" * MIB)
    assert len(artifacts.open_source("t.csv", MIB)[0]) == MIB


def test_damaged_archives_are_refused(project: Path) -> None:
    (project / "t.csv.gz").write_bytes(gzip.compress(CSV * 1_000)[:-9])
    (project / "u.csv.gz").write_bytes(b"no gzip")
    archive = zipped(project / "t.zip", {"t.csv": os.urandom(4_000)})
    data = bytearray(archive.read_bytes())
    data[2_000] ^= 1
    archive.write_bytes(data)
    (project / "u.zip").write_bytes(b"no zip")
    for name in ("t.csv.gz", "u.csv.gz", "t.zip", "u.zip"):
        with pytest.raises(SourceError, match=rf"{name}: the (compressed file is damaged|source cannot be read)"):
            artifacts.open_source(name, MIB)


def test_a_damaged_archive_is_named_whatever_packed_it(project: Path) -> None:
    for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        with zipfile.ZipFile(project / "t.zip", "w", method) as archive:
            archive.writestr("t.csv", os.urandom(4_000))
        data = bytearray((project / "t.zip").read_bytes())
        data[60:2_000] = bytes(1_940)
        (project / "t.zip").write_bytes(data)
        with pytest.raises(SourceError, match=r"t\.zip: the (compressed file is damaged|source cannot be read)"):
            artifacts.open_source("t.zip", MIB)


@pytest.mark.parametrize("members", [{}, {"a.csv": CSV, "b.csv": CSV}])
def test_an_archive_holds_exactly_one_file(project: Path, members: dict[str, bytes]) -> None:
    zipped(project / "t.zip", members)
    with pytest.raises(SourceError, match=f"exactly one file.*{len(members)}: "):
        artifacts.open_source("t.zip", MIB)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("t.xlsx", "does not tell a known format"),
        ("t", "does not tell a known format"),
        ("t.csv.zst", "decompress it"),
        ("t.csv.gz.gz", "does not tell a known format"),
    ],
)
def test_unknown_formats_are_refused(project: Path, name: str, problem: str) -> None:
    (project / name).write_bytes(CSV)
    with pytest.raises(SourceError, match=problem):
        artifacts.open_source(name, MIB)


def test_what_is_not_there_names_the_nearest(project: Path) -> None:
    (project / "data").mkdir()
    (project / "data/flights.csv").write_bytes(CSV)
    with pytest.raises(SourceError, match=r"data/fligths\.csv: there is no such file. Hint: did you mean flights\.csv"):
        artifacts.open_source("data/fligths.csv", MIB)
    with pytest.raises(SourceError, match="there is no folder"):
        artifacts.open_source("dato/flights.csv", MIB)
    with pytest.raises(SourceError, match="a folder"):
        artifacts.open_source("data", MIB)
    with pytest.raises(SourceError):
        artifacts.open_source("a\0b.csv", MIB)
    os.mkfifo(project / "pipe.csv")
    with pytest.raises(SourceError, match="no such file"):
        artifacts.open_source("pipe.csv", MIB)


@pytest.mark.parametrize(("offset", "value", "said"), [(6, 1, "password"), (8, 99, "compression")])
def test_an_archive_that_zipfile_cannot_open_is_explained(tmp_path: Path, offset: int, value: int, said: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.csv", "x\n1\n")
    data = bytearray((tmp_path / "a.zip").read_bytes())
    for signature, shift in ((b"PK\x03\x04", 0), (b"PK\x01\x02", 2)):  # the member's own header, and the directory's
        data[data.index(signature) + offset + shift] = value
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(SourceError, match=f"cannot be opened.*{said}"):
        artifacts.open_source("a.zip", 1000, tmp_path)
