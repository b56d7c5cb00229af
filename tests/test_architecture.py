"""The shape of the code: one word in five places, layers, lazy imports, code dependencies of each stage."""

from __future__ import annotations

import ast
import functools
import json
import re
import subprocess
import sys
from pathlib import Path

import grimp
import pytest
from ruamel.yaml import YAML

from workbench.params.base import StageSection
from workbench.params.reading import Params

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "workbench"
MODULES = sorted(PACKAGE.rglob("*.py"))
STAGES = [name for name, field in Params.model_fields.items() if issubclass(field.annotation or object, StageSection)]
DRAWERS = {"util", "utils", "helper", "helpers", "common", "manager", "managers", "misc", "tools", "stuff", "shared"}
HEAVY = {
    "altair",
    "anywidget",
    "dvc",
    "IPython",
    "jupyter_client",
    "lightgbm",
    "nbclient",
    "nbconvert",
    "nbformat",
    "numpy",
    "papermill",
    "polars",
    "pydantic",
    "ray",
    "rich",
    "scipy",
    "sklearn",
    "vl_convert",
}
MOST_LINES_OF_A_MODULE = 400


@functools.cache
def _pipeline() -> dict[str, dict[str, object]]:
    return YAML(typ="safe", pure=True).load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]


@functools.cache
def _graph() -> grimp.ImportGraph:
    return grimp.build_graph("workbench", exclude_type_checking_imports=True, cache_dir=None)


def _has_code(module: str) -> bool:
    """Tell whether a package's `__init__` holds more than its docstring."""
    body = ast.parse((PACKAGE.parent / module.replace(".", "/") / "__init__.py").read_text(encoding="utf-8")).body
    return any(not isinstance(node, ast.Expr) for node in body)


def _imported(stage: str) -> set[str]:
    """Give every module that a room and its section of the parameters execute, other than the bare package."""
    graph, room = _graph(), f"workbench.{stage}"
    found, new = set(), {room, f"workbench.params.{stage}", *graph.find_descendants(room)}
    while new:
        found |= new
        reached = set().union(*(graph.find_modules_directly_imported_by(module) for module in new))
        packages = {module.rpartition(".")[0] for module in reached | new} - {"workbench", ""}
        new = (reached | {package for package in packages if _has_code(package)}) - found
    return found


def _path(module: str) -> str:
    path = module.replace(".", "/")
    return f"{path}/__init__.py" if (ROOT / path).is_dir() else f"{path}.py"


def _files_below(dependency: str) -> set[str]:
    path = ROOT / dependency
    return {str(file.relative_to(ROOT)) for file in path.rglob("*.py")} if path.is_dir() else {dependency}


def _does_nothing(file: str) -> bool:
    """Tell whether a file is a package's `__init__` of a docstring alone; such are nobody's dependency."""
    folder, _, name = file.rpartition("/")
    return name == "__init__.py" and not _has_code(folder.replace("/", "."))


def _compact(files: set[str]) -> list[str]:
    """Name a folder instead of its files where all of them are meant."""
    folders = {file.rpartition("/")[0] for file in files} - {"workbench"}
    whole = {folder for folder in folders if all(file in files or _does_nothing(file) for file in _files_below(folder))}
    return sorted(whole | {file for file in files if file.rpartition("/")[0] not in whole})


def test_there_are_stages() -> None:
    assert STAGES == ["ingest", "train", "evaluate", "cost", "decide"]


@pytest.mark.parametrize("stage", STAGES)
def test_one_word_five_places(stage: str) -> None:
    assert _pipeline()[stage]["cmd"] == f"workbench run {stage}"
    assert f".workbench/notebooks/{stage}.ipynb" in _pipeline()[stage]["deps"]
    assert stage in _pipeline()[stage]["params"]
    assert (ROOT / "notebooks" / f"{stage}.ipynb").is_file()
    assert (PACKAGE / stage / "__init__.py").is_file()
    assert stage in YAML(typ="safe", pure=True).load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    assert Params.model_fields[stage].annotation.__name__ == f"{stage.capitalize()}Params"


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_depends_on_the_code_it_imports(stage: str) -> None:
    imported = {_path(module) for module in _imported(stage)}
    declared = [path for path in _pipeline()[stage]["deps"] if path.startswith("workbench/")]
    covered = set().union(*map(_files_below, declared))
    wanted = f"dvc.yaml should list for {stage}: {_compact(imported)}"
    assert f"workbench/{stage}" in declared, wanted
    assert sorted(imported - covered) == [], wanted
    assert [file for file in sorted(covered - imported) if not _does_nothing(file)] == [], wanted


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_depends_on_the_parameters_its_notebook_reads(stage: str) -> None:
    cells = json.loads((ROOT / "notebooks" / f"{stage}.ipynb").read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    read = set(re.findall(r"\b(?:project|read\(\))\.(\w+(?:\.\w+)?)", code))
    assert stage in {path.partition(".")[0] for path in read}
    declared = _pipeline()[stage]["params"]
    assert {path for path in read if not {path, path.partition(".")[0]} & set(declared)} == set()


def test_rooms_import_downwards_only() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as m; m()", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_drawers() -> None:
    assert [path for path in MODULES if path.stem.strip("_").lower() in DRAWERS or path.parent.name in DRAWERS] == []


def test_modules_stay_readable() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {path: length for path, length in lengths.items() if length > MOST_LINES_OF_A_MODULE} == {}


def test_nothing_reads_pickles() -> None:
    modules = r"c?pickle|cloudpickle|dill|joblib|marshal|shelve|skops|torch"
    reader = re.compile(rf"^\s*(?:import|from)\s+(?:{modules})\b|allow_pickle\s*=\s*True|read_pickle", re.MULTILINE)
    for path in MODULES:
        found = reader.search(path.read_text(encoding="utf-8"))
        assert not found, f"{path}: {found}"


def _loaded_by(code: str) -> set[str]:
    probe = f"import sys\ntry:\n    {code}\nexcept SystemExit:\n    pass\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stderr.split()}


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["--version"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    loaded = _loaded_by(f"import sys; sys.argv = ['workbench', *{arguments}]; from workbench.cli import main; main()")
    assert "typer" in loaded
    assert loaded & HEAVY <= {"pydantic"}, "typer itself imports pydantic before it calls a command"


@pytest.mark.parametrize("room", ["ingest", "train", "evaluate", "cost", "decide", "artifacts", "model", "stages"])
def test_importing_a_room_is_light(room: str) -> None:
    slow = {"altair", "dvc", "IPython", "lightgbm", "nbconvert", "papermill", "ray", "sklearn", "scipy", "vl_convert"}
    assert _loaded_by(f"import workbench.{room}") & slow == set()


@pytest.mark.parametrize("stage", STAGES)
def test_a_room_says_what_it_offers(stage: str) -> None:
    tree = ast.parse((PACKAGE / stage / "__init__.py").read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    assert any(
        isinstance(node, ast.Assign) and any(getattr(name, "id", "") == "__all__" for name in node.targets)
        for node in tree.body
    )
