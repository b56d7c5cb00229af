"""Scores the same rows with many models, each tree once."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from workbench.model.boosters import linked, raw_scores, tree_body
from workbench.model.encode import encode
from workbench.model.pairs import widened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import polars as pl
    from numpy.typing import NDArray

    from workbench.model.member import Member
    from workbench.model.value import Model


def predict_many(
    models: Mapping[str, Model], frame: pl.DataFrame, *, num_threads: int = 0
) -> dict[str, NDArray[np.float64]]:
    """Score rows with many models: for each set of inputs columns are encoded once, and shared trees walked once.

    Predictions equal those of `Model.predict` to within rounding of the last digit.

    Raises:
        FeatureError: A column is missing or has another type than in training.
    """
    predictions: dict[str, NDArray[np.float64]] = {}
    for names in _by_inputs(models):
        group = {name: models[name] for name in names}
        first = models[names[0]]
        values = encode(first.features, frame).values
        if not len(values):
            predictions |= {name: model.score(values) for name, model in group.items()}
            continue
        predictions |= _blended(group, widened(values, first.pairs), num_threads)
    return {name: predictions[name] for name in models}


def _by_inputs(models: Mapping[str, Model]) -> list[list[str]]:
    groups: dict[object, list[str]] = defaultdict(list)
    for name, model in models.items():
        groups[model.task, model.features, model.pairs].append(name)
    return list(groups.values())


def _blended(
    models: Mapping[str, Model], values: NDArray[np.float64], num_threads: int
) -> dict[str, NDArray[np.float64]]:
    totals: dict[str, NDArray[np.float64] | float] = dict.fromkeys(models, 0.0)
    users: dict[str, list[tuple[str, float]]] = defaultdict(list)
    members: dict[str, Member] = {}
    for name, model in models.items():
        for member in model.members:
            users[member.text].append((name, member.weight))
            members[member.text] = member
    task = next(iter(models.values())).task
    for chain in _chains(members.values()):
        for member, scores in _walked(chain, values, num_threads):
            prediction = linked(task, scores, logarithmic=member.logarithmic)
            for name, weight in users[member.text]:
                totals[name] = totals[name] + weight * prediction
    return {name: np.asarray(total) for name, total in totals.items()}


def _chains(members: Iterable[Member]) -> list[list[Member]]:
    """Group members into chains whose trees begin each other, shortest first."""
    chains: list[list[Member]] = []
    by_booster: dict[str, list[list[Member]]] = defaultdict(list)
    for member in sorted(members, key=lambda member: member.trees):
        for chain in by_booster[member.booster]:
            if tree_body(member.text).startswith(tree_body(chain[-1].text)):
                chain.append(member)
                break
        else:
            by_booster[member.booster].append([member])
            chains.append(by_booster[member.booster][-1])
    return chains


def _walked(
    chain: Sequence[Member], values: NDArray[np.float64], num_threads: int
) -> Iterator[tuple[Member, NDArray[np.float64]]]:
    """Walk the longest booster once, pausing where a shorter one ends."""
    longest, scores, done = chain[-1].loaded, None, 0
    for member in chain:
        if member.trees > done:
            added = raw_scores(longest, values, done, member.trees, num_threads)
            scores = added if scores is None else scores + added
            done = member.trees
        if scores is not None:
            yield member, scores
