"""Files as another git revision or DVC experiment had them: out of git, or out of DVC's cache, never over a network.

The file `dvc.lock` of the revision names the MD5 under which the cache keeps each output, a folder as a list of its
files. What is read is checked against that name, and against the manifest that the revision committed.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from configparser import ConfigParser, Error
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.artifacts.disk import clear_errors
from workbench.artifacts.git import git_answer
from workbench.artifacts.layout import manifest_path, producer, project_root, relative
from workbench.artifacts.manifest import Manifest
from workbench.errors import IntegrityError, MissingArtifactError, Place

if TYPE_CHECKING:
    import polars as pl

_EXPERIMENTS = "refs/exps"
_LISTED = ".dir"
_DVC = ("dvc", "iterative")
"""As DVC names itself and its author where a system keeps configurations."""


@dataclass(frozen=True)
class Revision:
    """A commit that artifacts are read from.

    Attributes:
        name: As it was asked for: a tag, a branch, a commit or the name of a DVC experiment.
        commit: Its full id.
        root: The project.
    """

    name: str
    commit: str
    root: Path

    @property
    def date(self) -> str:
        """Give the day and time it was committed, ISO 8601."""
        return git_answer(self.root, "show", "-s", "--format=%cI", self.commit) or ""

    def read_bytes(self, path: str) -> bytes:
        """Read a file of the revision.

        Raises:
            MissingArtifactError: The revision has no such file, or the cache no longer holds it.
            IntegrityError: Its bytes are not those that were committed.
        """
        data = _blob(self.root, self.commit, relative(path))
        if data is None:
            data = self._cached(path, self._md5(path))
        self._check(path, data)
        return data

    def read_json(self, path: str) -> Any:  # noqa: ANN401 - whatever the file holds
        """Read a JSON file of the revision; see `read_bytes`."""
        return json.loads(self.read_bytes(path))

    def read_frame(self, path: str) -> pl.DataFrame:
        """Read a Parquet table of the revision; see `read_bytes`."""
        import polars as pl  # noqa: PLC0415 - costs half a second that readers of JSON need not pay

        return pl.read_parquet(self.read_bytes(path))

    def sha256(self, path: str) -> str | None:
        """Give the digest that the revision committed a file under; None where no manifest of it says."""
        stage = producer(path)
        data = _blob(self.root, self.commit, manifest_path(stage)) if stage else None
        entry = Manifest.from_bytes(data, str(stage)).files.get(path) if data is not None else None
        return entry.sha256 if entry else None

    def _check(self, path: str, data: bytes) -> None:
        promised, found = self.sha256(path), hashlib.sha256(data).hexdigest()
        if promised not in {None, found}:
            raise IntegrityError(
                "the file is not the one that the revision committed",
                place=Place(f"{self.name}:{path}"),
                found=f"SHA-256 {found}",
                expected=f"SHA-256 {promised}",
            )

    def _md5(self, path: str) -> str:
        outputs = self._outputs()
        for output, md5 in outputs.items():
            if output == path:
                return md5
            if md5.endswith(_LISTED) and path.startswith(f"{output}/"):
                listed = json.loads(self._cached(output, md5))
                inner = path.removeprefix(f"{output}/")
                found = next((item["md5"] for item in listed if item["relpath"] == inner), None)
                if found:
                    return str(found)
        raise MissingArtifactError(
            f"the revision {self.name} has no such file",
            place=Place(path),
            hint="its pipeline was not run, or dvc.lock was not committed; see `dvc repro` and `git log dvc.lock`",
        )

    def _outputs(self) -> dict[str, str]:
        from ruamel.yaml import YAML  # noqa: PLC0415 - only readers of other revisions pay

        lock = _blob(self.root, self.commit, "dvc.lock")
        tree = YAML(typ="safe", pure=True).load(lock) if lock else {}
        stages = tree.get("stages", {}).values()
        outputs = [output for stage in stages for output in stage.get("outs", ())]
        return {output["path"]: output["md5"] for output in outputs if "md5" in output}

    def _cached(self, path: str, md5: str) -> bytes:
        cache = _cache_folder(self.root)
        names = [cache / "files" / "md5" / md5[:2] / md5[2:], cache / md5[:2] / md5[2:]]
        file = next((name for name in names if name.is_file()), None)
        if file is None:
            raise MissingArtifactError(
                f"DVC's cache does not hold this file of {self.name}",
                place=Place(path),
                found=f"nothing under {md5}",
                hint="fetch it with `dvc fetch --all-commits`, or run that revision's pipeline again",
            )
        with clear_errors("read", file, path):
            data = file.read_bytes()
        if hashlib.md5(data, usedforsecurity=False).hexdigest() != md5.removesuffix(_LISTED):
            raise IntegrityError("the file in DVC's cache is damaged", place=Place(path), expected=f"MD5 {md5}")
        return data


def find_revision(name: str, root: Path | None = None) -> Revision | None:
    """Find a commit by anything git takes, or by the name of a DVC experiment; None where there is none.

    Args:
        name: The revision.
        root: The project.
    """
    project = project_root(root)
    wanted = ("rev-parse", "--verify", "--quiet", "--end-of-options")
    commit = git_answer(project, *wanted, f"{name}^{{commit}}") if name and not name.startswith("-") else None
    if not commit:
        told = git_answer(project, "for-each-ref", "--format=%(refname) %(objectname)", _EXPERIMENTS) or ""
        known = dict(line.rsplit(" ", 1) for line in told.splitlines())
        commit = next((found for ref, found in known.items() if ref.rsplit("/", 1)[-1] == name), None)
    return Revision(name, commit, project) if commit else None


def _blob(root: Path, commit: str, path: str) -> bytes | None:
    """Give the bytes of a file as git has it; None where git has none."""
    done = subprocess.run(["git", "cat-file", "blob", f"{commit}:./{path}"], cwd=root, capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None


def _cache_folder(root: Path) -> Path:
    """Give DVC's cache, as the last configuration that names one says; a relative folder counts from that file."""
    top = next((folder for folder in (root, *root.parents) if (folder / ".dvc").is_dir()), root) / ".dvc"
    folder = top / "cache"
    for file in _configurations(top):
        if named := _named_cache(file):
            folder = file.parent / Path(named).expanduser()
    return folder


def _configurations(top: Path) -> tuple[Path, ...]:
    """Name DVC's configurations in its order: the system's, the user's, the project's, and that of this copy of it."""
    import platformdirs  # noqa: PLC0415 - only where another revision is asked for

    system = os.environ.get("DVC_SYSTEM_CONFIG_DIR") or platformdirs.site_config_dir(*_DVC)
    user = os.environ.get("DVC_GLOBAL_CONFIG_DIR") or platformdirs.user_config_dir(*_DVC)
    return Path(system) / "config", Path(user) / "config", top / "config", top / "config.local"


def _named_cache(file: Path) -> str:
    parser = ConfigParser(interpolation=None)
    try:
        parser.read(file, encoding="utf-8")
    except Error:
        return ""
    return parser.get("cache", "dir", fallback="").strip("'\"")
