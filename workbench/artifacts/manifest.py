"""The manifest of a stage: which files it committed, and how to know them again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from workbench.artifacts.disk import clear_errors
from workbench.artifacts.layout import MANIFESTS, manifest_path
from workbench.errors import IntegrityError, Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_VERSION = 1


@dataclass(frozen=True)
class Entry:
    """One committed file.

    Attributes:
        sha256: Digest of its bytes.
        bytes: Its size.
        rows: Rows, where it is a table.
        schema_hash: Digest of names and types of the columns, where it is a table.
    """

    sha256: str
    bytes: int
    rows: int | None = None
    schema_hash: str | None = None


@dataclass(frozen=True)
class Manifest:
    """What a stage committed; equal commits have equal bytes, whatever the run or the time.

    Attributes:
        stage: The stage.
        files: One entry per file, by path relative to the project.
    """

    stage: str
    files: Mapping[str, Entry] = field(default_factory=dict)

    def __str__(self) -> str:
        """Say in one line what was committed."""
        size = sum(entry.bytes for entry in self.files.values())
        return f"Committed {len(self.files)} files of {self.stage}, {size / 1e6:,.1f} MB, all at once"

    def to_bytes(self) -> bytes:
        """Render as JSON that seals itself with a digest."""
        files = {path: _given(entry) for path, entry in self.files.items()}
        return sealed({"files": files, "stage": self.stage, "version": _VERSION})

    @classmethod
    def from_bytes(cls, data: bytes, stage: str) -> Manifest:
        """Read a manifest.

        Raises:
            IntegrityError: Not a byte may differ from what was written.
        """
        hint = f"restore it with `git checkout -- {manifest_path(stage)}`, or rerun `dvc repro --force {stage}`"
        tree = unsealed(data, manifest_path(stage), hint)
        if tree.get("version") != _VERSION or tree.get("stage") != stage:
            raise IntegrityError(
                "the manifest is of another stage or version",
                place=Place(manifest_path(stage)),
                found=f"{tree.get('stage')}, version {tree.get('version')}",
                expected=f"{stage}, version {_VERSION}",
            )
        return cls(stage, {path: Entry(**entry) for path, entry in tree["files"].items()})


def read_manifest(root: Path, stage: str) -> Manifest | None:
    """Read the manifest of one stage; None when it has never committed.

    Raises:
        IntegrityError: The manifest is damaged.
        ArtifactError: The system does not give it.
    """
    path = root / manifest_path(stage)
    with clear_errors("read", path, manifest_path(stage)):
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
    return Manifest.from_bytes(data, stage)


def stages(root: Path) -> tuple[str, ...]:
    """List the stages that have committed."""
    return tuple(sorted(path.stem for path in (root / MANIFESTS).glob("*.json") if not path.name.startswith(".")))


def sealed(tree: Mapping[str, object]) -> bytes:
    """Render a tree as canonical JSON with a digest of itself."""
    return _canonical({**tree, "seal": hashlib.sha256(_canonical(tree)).hexdigest()})


def unsealed(data: bytes, shown: str, hint: str) -> dict[str, Any]:
    """Read what `sealed` wrote.

    Args:
        data: The bytes.
        shown: The file as a person knows it.
        hint: What to do when it is damaged.

    Raises:
        IntegrityError: The bytes are not those that were written.
    """
    try:
        tree: dict[str, Any] = json.loads(data)
        tree.pop("seal")
        if sealed(tree) == data:
            return tree
    except (ValueError, AttributeError, KeyError, TypeError, RecursionError):
        pass
    raise IntegrityError(
        "the file is damaged: its digest does not match its contents",
        place=Place(shown),
        found=f"SHA-256 {hashlib.sha256(data).hexdigest()}",
        hint=hint,
    )


def holders(root: Path, path: str) -> Iterator[Manifest]:
    """Walk the manifests that hold a path; a damaged one is reported only when no sound one does.

    Raises:
        IntegrityError: No sound manifest holds the path and one is damaged.
    """
    found, damage = False, None
    for stage in stages(root):
        try:
            manifest = read_manifest(root, stage)
        except IntegrityError as error:
            damage = error
            continue
        if manifest is not None and path in manifest.files:
            found = True
            yield manifest
    if damage is not None and not found:
        raise damage


def _given(entry: Entry) -> dict[str, object]:
    return {key: value for key, value in asdict(entry).items() if value is not None}


def _canonical(tree: Mapping[str, object]) -> bytes:
    return json.dumps(tree, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False).encode() + b"\n"
