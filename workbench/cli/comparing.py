"""Puts the evidence between candidates together: reads, counts the look at test rows, and asks `evaluate`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench import artifacts, cost, evaluate
from workbench.cli.samerows import same_rows
from workbench.cli.sides import Sides
from workbench.params import reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.artifacts import Look
    from workbench.cli.sides import Side
    from workbench.model import Task
    from workbench.params.evaluate import EvaluateParams
    from workbench.params.reading import Params

TEST = "test"


@dataclass(frozen=True)
class Answer:
    """What `workbench compare` found.

    Attributes:
        pairs: The first side against each other one.
        split: The rows compared on.
        metric: The metric.
        params: The section `evaluate` in force.
        looks: The looks at the test rows up to and with this one; empty on validation.
        at: When it was answered, ISO 8601 UTC.
        revision: The commit of the working tree; empty without git.
        revisions: Other revisions that sides were read from: name and commit.
    """

    pairs: tuple[evaluate.Evidence, ...]
    split: str
    metric: str
    params: EvaluateParams
    looks: tuple[Look, ...]
    at: str
    revision: str
    revisions: tuple[tuple[str, str], ...]

    def to_json(self) -> dict[str, object]:
        """Give what `workbench compare --json` prints: the one pair, or a list of them."""
        about = {
            "split": self.split,
            "at": self.at,
            "git_revision": self.revision or None,
            "revisions": dict(self.revisions),
            "test_reads": {"count": len(self.looks), "last": [str(look) for look in self.looks[-3:]]},
        }
        pairs = [{**pair.to_json(), "words": evaluate.in_words(pair.quality)} for pair in self.pairs]
        if len(pairs) == 1:
            return {**pairs[0], **about}
        return {"metric": self.metric, "comparisons": pairs, "correction": "max-T", **about}


def compare_candidates(a: str, b: str, split: str = "test", metric: str = "auto") -> evaluate.Comparison:
    """Compare two candidates on the rows of one split; see `compare_sides`."""
    return compare_sides(a, [b], split=split, metric=metric).pairs[0].quality


def compare_sides(
    a: str,
    others: Sequence[str],
    *,
    split: str = "test",
    metric: str = "auto",
    together: str = "auto",
    with_all: bool = False,
) -> Answer:
    """Compare a candidate with others; a look at test rows is counted before predictions for them are.

    A candidate, a column or a price that is not there is told before a look is counted.

    Args:
        a: `CANDIDATE`, `REV` or `REV:CANDIDATE`.
        others: The same, of those it is compared with.
        split: `validation` or `test`.
        metric: A metric of the task; `auto` is the one `train.metric` names.
        together: Which rows depend on each other; `auto` is what `evaluate.together` says.
        with_all: Whether it is compared with every candidate beside it.

    Raises:
        UsageError: There is no such candidate, revision, split or column, or the rows are not the same.
        ArtifactError: Nothing was evaluated yet, a table is damaged, or the look cannot be counted.
        PriceError: Something that a side uses has no known price.
    """
    params = reading.read()
    sides_of = Sides(params)
    first = sides_of.find(a)
    sides = [first, *sides_of.others(first, others, with_all=with_all)]
    task = artifacts.read_roles().task
    name = evaluate.resolve_metric(task, params.train.metric if metric == "auto" else metric)
    for side in sides:
        side.check()
    wanted = params.evaluate.together if together == "auto" else together
    kept = evaluate.Together.chosen(wanted, params.ingest.split.kept_whole, params.ingest.time)
    dependence = kept.of(first.origin.rows(split)) if kept.column else evaluate.Dependence()
    points = {side.name: side.point(task) for side in sides}
    looks = _counted(sides, split, name)
    labels, predictions = same_rows(sides, split, params.ingest.key)
    question = evaluate.Question(task, name, params.evaluate, _prices(task, params), dependence)
    revisions = {revision.name: revision.commit for side in sides if (revision := side.origin.revision)}
    return Answer(
        pairs=question.answer(labels, predictions, first.name, points),
        split=split,
        metric=name,
        params=params.evaluate,
        looks=looks,
        at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        revision=artifacts.git_answer(reading.find_root(), "rev-parse", "--short=12", "HEAD") or "",
        revisions=tuple(revisions.items()),
    )


def _counted(sides: Sequence[Side], split: str, metric: str) -> tuple[Look, ...]:
    """Note the look at test rows, and give all there were."""
    if split != TEST:
        return ()
    others = [side.name for side in sides[1:]]
    shown = ", ".join(others[:3]) + (f" and {len(others) - 3} more" if len(others) > 3 else "")  # noqa: PLR2004 - a line
    artifacts.note_look(f"compare {sides[0].name} with {shown} by {metric}")
    return artifacts.read_looks()


def _prices(task: Task, params: Params) -> evaluate.Prices | None:
    if not cost.priced_errors(task, params.cost.error_usd):
        return None
    return evaluate.Prices(params.cost.error_usd, cost.rows_per_month(params.cost.traffic))
