"""Faults 4, 5 and 6: whatever happens to committed bytes, nobody computes with them."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

import polars as pl
import pytest

from workbench import artifacts
from workbench.errors import ArtifactError, IntegrityError, MissingArtifactError

if TYPE_CHECKING:
    from pathlib import Path

TABLE = "data/processed/train.parquet"
JSON = "data/processed/roles.json"
MANIFEST = "manifests/ingest.json"
FLIPS_PER_FILE = 400


@pytest.fixture
def committed(project: Path) -> Path:
    frame = pl.DataFrame({"a": range(2_000), "b": [f"text {i % 97}" for i in range(2_000)]})
    artifacts.commit("ingest", {TABLE: frame, JSON: {"target": "b", "features": ["a"], "note": "x" * 200}})
    return project


def read_all(root: Path) -> None:
    """Use both files, as a stage would."""
    artifacts.read_frame(TABLE, root)
    artifacts.read_json(JSON, root)


def put(path: Path, data: bytes, like: os.stat_result) -> None:
    """Write bytes behind everybody's back: size kept where it is the same, times kept."""
    with path.open("r+b") as stream:
        stream.write(data)
        stream.truncate()
    os.utime(path, ns=(like.st_atime_ns, like.st_mtime_ns))


def test_the_path_of_a_split_is_given_only_for_sound_bytes(committed: Path) -> None:
    path = artifacts.split_path("train", committed)
    assert path == committed / TABLE
    sound, times = path.read_bytes(), path.stat()
    for position in range(0, len(sound), len(sound) // 40):
        put(path, sound[:position] + bytes([sound[position] ^ 1]) + sound[position + 1 :], times)
        with pytest.raises(IntegrityError, match="not those that were committed"):
            artifacts.split_path("train", committed)
    path.unlink()
    with pytest.raises(MissingArtifactError, match="is gone"):
        artifacts.split_path("train", committed)
    with pytest.raises(MissingArtifactError):
        artifacts.split_path("test", committed)


def test_a_table_left_for_the_next_run_is_there_whole_or_not_at_all(committed: Path) -> None:
    found = artifacts.read_former(TABLE, committed)
    assert found is not None
    assert found.height == 2_000
    assert artifacts.read_former("data/cost/profiles.parquet", committed) is None
    path = committed / TABLE
    put(path, path.read_bytes()[:-1] + b"x", path.stat())
    assert artifacts.read_former(TABLE, committed) is None
    path.unlink()
    assert artifacts.read_former(TABLE, committed) is None


def test_every_flipped_bit_is_found(committed: Path) -> None:
    generator = random.Random(4)
    found = 0
    for name in (TABLE, JSON, MANIFEST):
        path = committed / name
        sound, times = path.read_bytes(), path.stat()
        for _ in range(FLIPS_PER_FILE):
            bit = generator.randrange(len(sound) * 8)
            damaged = bytearray(sound)
            damaged[bit // 8] ^= 1 << bit % 8
            put(path, bytes(damaged), times)
            with pytest.raises(IntegrityError):
                read_all(committed)
            found += 1
        put(path, sound, times)
        read_all(committed)
    print(f"\n{found} of {3 * FLIPS_PER_FILE} flipped bits found before use")  # noqa: T201 - the figure is the proof


@pytest.mark.parametrize("name", [TABLE, JSON, MANIFEST])
def test_every_truncation_is_found(committed: Path, name: str) -> None:
    path = committed / name
    sound = path.read_bytes()
    for percent in range(100):
        path.write_bytes(sound[: len(sound) * percent // 100])
        with pytest.raises(IntegrityError):
            read_all(committed)
    path.write_bytes(sound + b"\n")
    with pytest.raises(IntegrityError):
        read_all(committed)


def test_the_error_says_what_to_do(committed: Path) -> None:
    path = committed / TABLE
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(IntegrityError) as caught:
        artifacts.read_split("train")
    text = str(caught.value)
    assert text.startswith(f"{TABLE}: the bytes are not those that were committed. Found: ")
    assert text.count("SHA-256") == 2
    assert f"`rm '{TABLE}' && dvc checkout`" in text
    assert "`dvc repro --force ingest`" in text


def test_files_swapped_with_each_other_are_found(project: Path) -> None:
    artifacts.commit("ingest", {"data/a.txt": "aa", "data/b.txt": "bb"})
    (project / "data/a.txt").write_text("bb")
    with pytest.raises(IntegrityError):
        artifacts.read_text("data/a.txt")


def test_a_manifest_of_another_stage_is_found(committed: Path) -> None:
    (committed / "manifests/train.json").write_bytes((committed / MANIFEST).read_bytes())
    (committed / MANIFEST).unlink()
    with pytest.raises(IntegrityError, match="of another stage"):
        read_all(committed)


def test_a_damaged_manifest_does_not_stop_other_stages_nor_the_next_commit(committed: Path) -> None:
    artifacts.commit("train", {"models/a.txt": "x"})
    (committed / MANIFEST).write_bytes(b"{}")
    assert artifacts.read_text("models/a.txt") == "x"
    artifacts.commit("ingest", {"data/new.txt": "n"})
    assert artifacts.read_text("data/new.txt") == "n"


def test_all_damage_is_listed(committed: Path) -> None:
    assert artifacts.find_damage() == ()
    (committed / JSON).unlink()
    (committed / TABLE).write_bytes(b"")
    assert [type(damage).__name__ for damage in artifacts.find_damage()] == ["MissingArtifactError", "IntegrityError"]


def test_a_damaged_journal_stops_readers_but_not_the_next_commit(committed: Path) -> None:
    journal = committed / ".workbench/journal" / f"ingest-{'0' * 32}.json"
    journal.write_bytes(b'{"moves": []}')
    with pytest.raises(ArtifactError, match="writes the set anew"):
        artifacts.read_json(JSON)
    artifacts.commit("ingest", {JSON: {"new": 1}})
    assert artifacts.read_json(JSON) == {"new": 1}
