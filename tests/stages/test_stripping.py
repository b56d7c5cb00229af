from __future__ import annotations

import json
import time
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stages.conftest import Project, cell, notebook
from workbench import stages
from workbench.errors import StageError
from workbench.stages.stripping import stripped

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
SOURCES = st.lists(st.tuples(st.sampled_from(["code", "markdown", "raw"]), st.text(max_size=40)), max_size=6)


def saved(sources: list[tuple[str, str]], draw: st.DataObject, *, as_lines: bool) -> dict[str, Any]:
    """Make a notebook as an editor may save it: the same code among whatever else."""
    cells = []
    for kind, source in sources:
        made = cell(source, kind=kind)
        made["source"] = source.splitlines(keepends=True) if as_lines else source
        made["id"] = draw.draw(st.text("abc123", min_size=1, max_size=8))
        made["metadata"] = draw.draw(st.dictionaries(st.text("xyz", min_size=1), VALUES, max_size=3))
        if kind == "code":
            made["execution_count"] = draw.draw(st.none() | st.integers(1, 99))
            made["outputs"] = draw.draw(st.lists(VALUES, max_size=2))
        cells.append(made)
    metadata = draw.draw(st.dictionaries(st.sampled_from(["widgets", "toc", "papermill"]), VALUES))
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": draw.draw(st.integers(0, 5))}


@given(SOURCES, st.data())
def test_whatever_an_editor_adds_the_bytes_are_the_same(sources: list[tuple[str, str]], draw: st.DataObject) -> None:
    first = stripped(saved(sources, draw, as_lines=True))
    assert stripped(saved(sources, draw, as_lines=False)) == first
    assert stripped(json.loads(first)) == first


@given(SOURCES, SOURCES, st.data())
def test_other_code_gives_other_bytes(
    one: list[tuple[str, str]], other: list[tuple[str, str]], draw: st.DataObject
) -> None:
    same = stripped(saved(one, draw, as_lines=True)) == stripped(saved(other, draw, as_lines=True))
    assert same == (one == other)


def test_a_stripped_notebook_is_valid_and_keeps_tags_and_attachments() -> None:
    made = json.loads(notebook(cell("x = 1", "parameters", "keep"), cell("![a](attachment:a.png)", kind="markdown")))
    made["cells"][1]["attachments"] = {"a.png": {"image/png": "AA=="}}
    made["cells"][0]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "secret"}]
    data = stripped(made)
    read = nbformat.reads(data.decode(), as_version=4)
    nbformat.validate(read)
    assert read.cells[0].metadata.tags == ["keep", "parameters"]
    assert read.cells[1].attachments == {"a.png": {"image/png": "AA=="}}
    assert b"secret" not in data


def test_only_what_changed_is_written(project: Project) -> None:
    project.write("a", "x = 1")
    project.write("b", "y = 1")
    copies = stages.strip(project.root)
    assert [path.name for path in copies] == ["a.ipynb", "b.ipynb"]
    before = {path: path.stat().st_mtime_ns for path in copies}
    time.sleep(0.01)
    project.write("b", "y = 2")
    assert [path.name for path in stages.strip(project.root)] == ["b.ipynb"]
    assert copies[0].stat().st_mtime_ns == before[copies[0]]
    assert copies[1].stat().st_mtime_ns != before[copies[1]]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"cells": [], "nbformat": 3}', "\xff"])
def test_what_is_no_notebook_is_named(project: Project, text: str) -> None:
    (project.root / "notebooks").mkdir()
    (project.root / "notebooks" / "x.ipynb").write_bytes(text.encode("latin-1"))
    with pytest.raises(StageError, match=r"notebooks/x\.ipynb"):
        stages.strip(project.root)


def test_stripping_imports_no_notebook_library(project: Project) -> None:
    project.write("a", "x = 1")
    code = (
        "import sys; from workbench import stages; stages.strip(); print({'nbformat', 'nbclient'} & set(sys.modules))"
    )
    done = project.start_command(["python", "-c", code])
    out, _ = done.communicate(timeout=30)
    assert out == "set()\n"
