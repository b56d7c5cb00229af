"""Finds what would make a stage fail before any kernel starts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from workbench import artifacts
from workbench.errors import MissingArtifactError, Place, SourceError, StageError, UsageError, nearest
from workbench.stages.columns import check_columns
from workbench.stages.pipeline import Pipeline
from workbench.stages.stripping import SOURCES, read_notebook, strip_one

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.params.reading import ParamsFile


@dataclass(frozen=True)
class Plan:
    """What a run will execute.

    Attributes:
        stage: The stage.
        root: The project.
        notebook: The stripped copy of its notebook.
        params: Parameters and where each came from.
        pipeline: What dvc.yaml says about the stages.
    """

    stage: str
    root: Path
    notebook: Path
    params: ParamsFile
    pipeline: Pipeline


def check(stage: str, root: Path, params: ParamsFile) -> Plan:
    """Check that the stage can run.

    Raises:
        UsageError: There is no such stage.
        StageError: Its notebook cannot be run here.
        MissingArtifactError: An input was never made.
        SourceError: A source is not there.
        ParamsError: params.yaml names a column that no source has.
    """
    source = _notebook(stage, root)
    pipeline = Pipeline.read(root)
    _check_inputs(stage, root, pipeline)
    if stage == "ingest":
        _check_sources(root, params)
        check_columns(root, params)
    copy, _ = strip_one(root, source)
    return Plan(stage, root, copy, params, pipeline)


def _notebook(stage: str, root: Path) -> Path:
    known = sorted(path.stem for path in (root / SOURCES).glob("*.ipynb"))
    if stage not in known:
        raise UsageError(
            f"there is no stage {stage!r}",
            place=Place(f"{SOURCES}/{stage}.ipynb"),
            expected=f"one of {', '.join(known)}" if known else f"a notebook in {SOURCES}/",
            hint=nearest(stage, known),
        )
    path = root / SOURCES / f"{stage}.ipynb"
    metadata = read_notebook(path, f"{SOURCES}/{path.name}").get("metadata", {})
    language = metadata.get("kernelspec", {}).get("language", "python")
    if language != "python":
        raise StageError("the notebook is not in Python", place=Place(f"{SOURCES}/{path.name}"), found=language)
    return path


def _check_inputs(stage: str, root: Path, pipeline: Pipeline) -> None:
    for path in pipeline.dependencies(stage):
        if (root / path).exists() or path.startswith(".workbench/"):
            continue
        producer = pipeline.producer(path)
        siblings = [item.name for item in (root / path).parent.glob("*")]
        raise MissingArtifactError(
            f"{stage} needs a file that is not there",
            place=Place(path),
            hint=f"make it with `dvc repro {producer}`" if producer else nearest((root / path).name, siblings),
        )


def _check_sources(root: Path, params: ParamsFile) -> None:
    for name, source in params.params.ingest.sources.items():
        try:
            artifacts.find_source(source.path, root)
        except SourceError as error:
            key = f"ingest.sources.{name}.path"
            file, _, line = params.origins.get(key, "").rpartition(":")
            place = Place(file or None, int(line) if line.isdecimal() else None, key)
            raise SourceError(error.problem, place=place, found=source.path, hint=error.hint) from error


def unseen_sources(plan: Plan) -> list[str]:
    """List the local sources that DVC does not watch: a change in one would rerun nothing."""
    watched = {PurePosixPath(path) for path in plan.pipeline.dependencies("ingest")}
    paths = {source.path for source in plan.params.params.ingest.sources.values() if "://" not in source.path}
    return sorted(path for path in paths if not watched & {PurePosixPath(path), *PurePosixPath(path).parents})
