"""The only door to LightGBM: its import, its model texts and its scores."""

from __future__ import annotations

import logging
import os
import re
from typing import TYPE_CHECKING

import numpy as np

from workbench.errors import ModelError

if TYPE_CHECKING:
    from types import ModuleType

    import lightgbm as lgb
    from numpy.typing import NDArray

    from workbench.model.roles import Task

ROWS_FOR_THREADS = 2000

LOGARITHMIC = frozenset({"tweedie", "poisson", "gamma"})
"""Objectives of LightGBM with a logarithmic link."""

SPIN_COUNT = "3000"
"""Waiting threads spin this often before they sleep. Spinning as long as by default can cost 4 to 10 times on shared
cores; sleeping sooner than this costs up to a fifth on idle ones."""


def lightgbm() -> ModuleType:
    """Import LightGBM, quiet and with short spinning unless the user set `GOMP_SPINCOUNT` or `OMP_WAIT_POLICY`."""
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", SPIN_COUNT)
    import lightgbm as lgb  # noqa: PLC0415 - costs seconds, and reads the spin count when it is loaded

    logger = logging.getLogger("workbench.lightgbm")
    logger.setLevel(logging.ERROR)
    lgb.register_logger(logger)
    return lgb


def model_text(booster: lgb.Booster, trees: int) -> str:
    """Save the first rounds of a booster, without the parameters that name this machine's threads."""
    text: str = booster.model_to_string(num_iteration=trees, importance_type="split")
    return text.split("\nfeature_importances:", 1)[0] + "\n"


def cut_text(text: str, trees: int, outputs: int) -> str:
    """Keep the first rounds of a model text: what `model_text` gives for so many, without loading it.

    Args:
        text: What `model_text` gave.
        trees: Rounds to keep, at most as many as there are.
        outputs: Trees of one round.
    """
    header, _, body = text.partition("\n\n")
    before, name, after = header.partition("tree_sizes=")
    listed, newline, rest = after.partition("\n")
    sizes = listed.split(" ")[: trees * outputs]
    end = sum(int(size) for size in sizes)
    return f"{before}{name}{' '.join(sizes)}{newline}{rest}\n\n{body[:end]}end of trees\n\n"


def widen_text(text: str, inputs: int) -> str:
    """Let a booster take so many inputs, of which it looks at its own first ones only.

    Args:
        text: What `model_text` gave.
        inputs: Numbers that the others of a model take of a row.
    """
    header, gap, body = text.partition("\n\n")
    lines = header.splitlines()
    own = 1 + next(int(line.partition("=")[2]) for line in lines if line.startswith("max_feature_idx="))
    more = {
        "feature_names": "".join(f" f{place}" for place in range(own, inputs)),
        "feature_infos": " none" * (inputs - own),
    }
    wide = [
        f"max_feature_idx={inputs - 1}"
        if line.startswith("max_feature_idx=")
        else line + more.get(line.partition("=")[0], "")
        for line in lines
    ]
    return "\n".join(wide) + gap + body


def load_booster(text: str) -> lgb.Booster:
    """Load a model text that `check_text` has passed."""
    booster: lgb.Booster = lightgbm().Booster(model_str=text)
    return booster


def check_text(text: str, *, trees: int, inputs: int, outputs: int) -> None:
    """Refuse a text that is not a model of this size; LightGBM itself would read beyond its end.

    Raises:
        ModelError: What the text lacks.
    """
    header, _, body = text.partition("\n\n")
    given = dict(line.partition("=")[::2] for line in header.splitlines())
    expected = {"num_tree_per_iteration": str(outputs), "max_feature_idx": str(inputs - 1)}
    wrong = {key: given.get(key) for key, value in expected.items() if given.get(key) != value}
    if not header.startswith("tree\n") or wrong:
        raise ModelError("the model text does not fit the model", found=wrong or header[:40], expected=expected)
    sizes = [int(size) for size in re.findall(r"\d+", given.get("tree_sizes", ""))]
    blocks = re.findall(r"^Tree=\d+$", body, flags=re.MULTILINE)
    whole = sum(sizes) == len(body.partition("end of trees")[0].encode())
    if len(sizes) != trees * outputs or len(blocks) != len(sizes) or not whole:
        raise ModelError(
            "the model text is cut or altered",
            found=f"{len(blocks):,} trees",
            expected=f"{trees * outputs:,} trees of the recorded sizes",
        )


def tree_body(text: str) -> str:
    """Give the trees of a model text, without what stands around them."""
    return text.partition("\n\n")[2].partition("end of trees")[0]


def raw_scores(
    booster: lgb.Booster, values: NDArray[np.float64], first: int, last: int, num_threads: int
) -> NDArray[np.float64]:
    """Add up the trees of the rounds from `first` to before `last`, before any link.

    With 0 threads, all cores work on many rows, and one on few: a second thread would cost more than it saves.
    """
    num_threads = num_threads or (1 if len(values) < ROWS_FOR_THREADS else 0)
    scores = booster.predict(
        values, raw_score=True, start_iteration=first, num_iteration=last - first, num_threads=num_threads
    )
    return np.asarray(scores)


def is_logarithmic(text: str) -> bool:
    """Say whether the trees of a model text add up to the logarithm of the value, as some losses want it."""
    objective = re.search(r"^objective=(\w+)", text.partition("\n\n")[0], re.MULTILINE)
    return objective is not None and objective.group(1) in LOGARITHMIC


def linked(task: Task, scores: NDArray[np.float64], *, logarithmic: bool = False) -> NDArray[np.float64]:
    """Turn summed trees into probabilities or values."""
    with np.errstate(over="ignore"):
        if task == "regression":
            return np.exp(scores) if logarithmic else scores
        if task == "binary":
            return np.asarray(1 / (1 + np.exp(-scores)))
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))
