"""The rules of this repository that no linter knows: notebooks, pins, changelog, nothing of one machine."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from workbench import __version__

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
STAGES = {"ingest", "train", "evaluate", "cost", "decide"}
BEATS = ["read", "compute", "look", "write"]
MOST_CODE_CELLS, MOST_LINES_OF_A_CELL, MOST_LINES = 12, 12, 70
KEPT_OUTPUT = "NBVAL_CHECK_OUTPUT"
SECTIONS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}

notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def _tracked() -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    return [path for name in done.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


def _texts() -> list[tuple[str, str]]:
    found = []
    for path in _tracked():
        try:
            found.append((str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return found


def _project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def _names(requirements: list[str]) -> set[str]:
    """Give the normalised names of packages, without versions and extras."""
    return {re.sub(r"[-_.]+", "-", re.split(r"[^A-Za-z0-9._-]", item)[0]).lower() for item in requirements}


def _cells(path: Path, kind: str) -> list[dict[str, object]]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell | {"text": "".join(cell["source"])} for cell in cells if cell["cell_type"] == kind]


@notebook
def test_a_source_notebook_carries_no_output(path: Path) -> None:
    for cell in _cells(path, "code"):
        kept = KEPT_OUTPUT in cell["text"] or "nbval-check-output" in cell["metadata"].get("tags", [])
        assert kept or not cell["outputs"], cell["text"]
        assert cell["outputs"] or cell["execution_count"] is None, cell["text"]


@notebook
def test_a_notebook_reads_like_a_report(path: Path) -> None:
    cells = _cells(path, "code")
    lengths = [len(cell["text"].splitlines()) for cell in cells]
    assert len(cells) <= MOST_CODE_CELLS
    assert max(lengths) <= MOST_LINES_OF_A_CELL
    assert sum(lengths) <= MOST_LINES
    for cell in cells:
        code = re.sub(r"^[%!].*$", "pass", cell["text"], flags=re.MULTILINE)
        kinds = {type(node) for node in ast.walk(ast.parse(code))}
        assert kinds & {ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef} == set(), cell["text"]


@notebook
def test_a_notebook_has_a_title_and_parameters(path: Path) -> None:
    first = json.loads(path.read_text(encoding="utf-8"))["cells"][0]
    assert first["cell_type"] == "markdown"
    assert "".join(first["source"]).startswith("# ")
    tagged = ["parameters" in cell["metadata"].get("tags", []) for cell in _cells(path, "code")]
    assert tagged == [path.stem in STAGES, *[False] * (len(tagged) - 1)]


@pytest.mark.parametrize("path", [path for path in NOTEBOOKS if path.stem in STAGES], ids=lambda path: path.stem)
def test_a_stage_notebook_has_five_beats(path: Path) -> None:
    text = "\n".join(cell["text"] for cell in _cells(path, "markdown"))
    headings = [heading.lower() for heading in re.findall(r"^##+ +(\w+)", text, flags=re.MULTILINE)]
    assert [heading for heading in headings if heading in BEATS] == BEATS


def test_pins_are_hashed_and_name_no_registry() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text
    assert "--extra-index" not in text
    assert " @ " not in text
    pins = re.split(r"\n(?=\S)", text.strip())
    assert len(pins) > 100
    for pin in pins:
        assert re.match(r"[A-Za-z0-9._\[\]-]+==\S+", pin), pin[:80]
        assert "--hash=sha256:" in pin, pin[:80]


def test_every_dependency_has_its_reason() -> None:
    text = (ROOT / "docs" / "decisions" / "0001-dependencies.md").read_text(encoding="utf-8")
    reasons, refused = (
        re.findall(r"^\| ([a-z][^|]*) \|", part, flags=re.MULTILINE) for part in text.split("Not depended on")
    )
    told = [name for row in reasons[1:] for name in row.split(", ")]
    assert _names(told) == _names(_project()["dependencies"])
    assert not {name for row in refused for name in row.split(", ")} & set(told)


def test_pins_cover_every_dependency() -> None:
    project = _project()
    names = _names(
        [*project["dependencies"], *(item for group in project["optional-dependencies"].values() for item in group)]
    )
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    pinned = {
        re.sub(r"[-_.]+", "-", name).lower() for name in re.findall(r"^([A-Za-z0-9._-]+)==", text, flags=re.MULTILINE)
    }
    assert sorted(names - pinned) == []


def test_nothing_names_a_machine_or_a_registry() -> None:
    here = [str(ROOT), str(Path.home()), os.path.realpath(sys.prefix)]
    machine = re.compile(
        "|".join(
            [
                *(r"(?<!\w)" + re.escape(path) + r"\b" for path in here if len(path) > 1),
                r"/home/[a-z]+/",
                "/Users/[a-z]+/",
            ]
        )
    )
    registry = re.compile(r"--(?:extra-)?index-url|--trusted-host|https?://[^\s\"')]+/simple\b")
    own = str(Path(__file__).resolve().relative_to(ROOT))
    for name, text in _texts():
        if name == own:
            continue
        assert not machine.search(text), f"{name}: {machine.search(text)}"
        assert not registry.search(text), f"{name}: {registry.search(text)}"


def test_the_changelog_keeps_its_form() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert text.startswith("# Changelog\n")
    releases = re.findall(r"^## (.*)$", text, flags=re.MULTILINE)
    for release in releases:
        assert re.fullmatch(r"\[\d+\.\d+\.\d+\] - (\d{4}-\d{2}-\d{2}|unreleased)", release), release
    assert releases[0].startswith(f"[{__version__}]")
    assert set(re.findall(r"^### (.*)$", text, flags=re.MULTILINE)) <= SECTIONS


def test_decisions_are_numbered_and_say_why() -> None:
    found = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [path.name[:4] for path in found]
    assert len(set(numbers)) == len(numbers), "two decisions share a number"
    for path in found:
        text = path.read_text(encoding="utf-8")
        assert text.startswith("# "), path
        assert text.startswith(f"# {path.name[:4]} "), path
        assert "\n## Decision" in text, path


def test_make_lists_its_targets() -> None:
    done = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)
    for target in ("pipeline", "test", "check", "lab", "bench", "soak", "pin", "clean"):
        assert re.search(rf"^  {target} +\S", done.stdout, flags=re.MULTILINE), done.stdout


def test_dvc_does_not_phone_home() -> None:
    text = (ROOT / ".dvc" / "config").read_text(encoding="utf-8")
    assert "analytics = false" in text
    assert "check_update = false" in text
