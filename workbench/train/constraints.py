"""What a person knows of the columns, as LightGBM settings: directions of an effect, and what may act together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from workbench.errors import ParamsError, Place, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbench.model import Feature
    from workbench.params.train import TrainParams
    from workbench.train.booster import Settings
    from workbench.train.goal import Goal

SMOOTHING = {"path_smooth": 0.0}
"""Smoothing along the path moves the values of leaves after their order was assured, so that a direction is lost."""

METHOD = "basic"
"""How LightGBM keeps a direction: the one way that always did.

Of 1,165 boosters of random settings on random tables, 9 grown with `intermediate` predicted against a direction and
none with `basic`, at the same median loss; `advanced` did so in each of 9 tries.
"""


def constraint_settings(
    params: TrainParams, features: Sequence[Feature], set_aside: Mapping[str, str], goal: Goal
) -> Settings:
    """Turn `train.monotone` and `train.interactions` into settings for every booster of a search.

    A direction holds between any two values of a column, other columns alike; a missing value is outside of any
    order. Columns in none of the sets of `interactions` make up one further set, so that none is lost. Columns that
    are set aside count as known and change nothing.

    Args:
        params: The parameters of the search.
        features: What the model takes.
        set_aside: Other columns offered to it, and why it does not take them.
        goal: What is minimised.

    Returns:
        LightGBM parameters; none where nothing is constrained.

    Raises:
        ParamsError: A column is unknown, has no order, or the loss allows no directions.
    """
    known = {feature.name: feature for feature in features}
    for key, names in (("monotone", params.monotone), *(("interactions", names) for names in params.interactions)):
        for name in names:
            if name not in known and name not in set_aside:
                _refuse_unknown(f"train.{key}", name, [*known, *set_aside])
    return {**_monotone(params, known, goal), **_interactions(params, features)}


def _monotone(params: TrainParams, known: Mapping[str, Feature], goal: Goal) -> Settings:
    directions = {name: sign for name, sign in params.monotone.items() if sign and name in known}
    if not directions:
        return {}
    _assert_directed(goal)
    for name in directions:
        _assert_ordered(known[name])
    signs = [directions.get(feature.name, 0) for feature in known.values() for _ in range(feature.width)]
    return {"monotone_constraints": ",".join(map(str, signs)), "monotone_constraints_method": METHOD, **SMOOTHING}


def _interactions(params: TrainParams, features: Sequence[Feature]) -> Settings:
    places: dict[str, list[int]] = {}
    inputs = 0
    for feature in features:
        places[feature.name] = list(range(inputs, inputs + feature.width))
        inputs += feature.width
    sets = [dict.fromkeys(name for name in names if name in places) for names in params.interactions]
    named = set().union(*sets)
    sets.append(dict.fromkeys(name for name in places if name not in named))
    groups = [sorted(place for name in names for place in places[name]) for names in sets if names]
    if len(groups) < 2:  # noqa: PLR2004 - one set of all columns constrains nothing
        return {}
    return {"interaction_constraints": ",".join(f"[{','.join(map(str, group))}]" for group in groups)}


def _assert_directed(goal: Goal) -> None:
    if goal.task == "multiclass":
        raise ParamsError(
            "with more than two classes the probability of one falls when another's rises, so no direction holds",
            place=Place(key="train.monotone"),
            hint="leave the key out, or predict one class against the rest",
        )
    if goal.objective["objective"] == "regression_l1":
        raise ParamsError(
            "LightGBM keeps no direction while it minimises the absolute error",
            place=Place(key="train.monotone"),
            hint="choose train.metric: rmse, or leave the key out",
        )


def _assert_ordered(feature: Feature) -> None:
    if feature.kind not in {"numeric", "boolean"}:
        raise ParamsError(
            "a direction needs a column of numbers or of false and true",
            place=Place(key="train.monotone", column=feature.name),
            found=f"a {feature.kind} column ({feature.dtype})",
            hint="derive a number from it in the join, or leave it out of train.monotone",
        )


def _refuse_unknown(key: str, name: str, known: Sequence[str]) -> NoReturn:
    raise ParamsError(
        "the column is none that the model may take",
        place=Place(key=key, column=name),
        hint=nearest(name, known) or f"the columns are {', '.join(known[:20])}",
    )
