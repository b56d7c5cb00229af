"""Joins the trees of segments into one model text, and proves what a text was grown with."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from workbench.train.distributed.failing import ClusterError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SEED_LIMIT = 2**31


def derived(seed: int, segment: int) -> int:
    """Give the seed of a segment.

    LightGBM does not save the state of its random numbers. Since every segment begins with a seed of its own, in the
    undisturbed run too, a run that resumes at a segment draws the same numbers.
    """
    return int.from_bytes(hashlib.sha256(f"{seed}:{segment}".encode()).digest()[:8]) % SEED_LIMIT


def seeded(settings: Mapping[str, float | int | bool | str], seed: int, segment: int) -> dict[str, object]:
    """Give the settings of a segment, with every seed its own."""
    own: dict[str, object] = {"seed": derived(seed, segment)}
    for name, value in settings.items():
        own[name] = derived(int(value), segment) if name.endswith("_seed") else value
    return own


def joined(texts: Sequence[str], rounds: int) -> str:
    """Join segments into one model of so many rounds.

    A segment's trees were grown on the scores of those before, so that the sum of all trees is the model.

    Args:
        texts: Model texts of the segments, in order, each without its parameters.
        rounds: Rounds to keep.
    """
    header, _, _ = texts[0].partition("\n\n")
    per_round = int(_field(header, "num_tree_per_iteration"))
    return _whole(header, [block for text in texts for block in _blocks(text)][: rounds * per_round])


def raised(text: str, amount: float) -> str:
    """Add a number to all that the first tree gives, as LightGBM does with the score that it begins with.

    Args:
        text: A model text without its parameters, of one tree a round.
        amount: What is added to each leaf.
    """

    def add(found: re.Match[str]) -> str:
        name, values = found[1], [float(value) + amount for value in found[2].split()]
        return f"{name}={' '.join(repr(value) if name == 'leaf_value' else f'{value:g}' for value in values)}"

    first, *others = _blocks(text)
    first = re.sub(r"^(leaf_value|internal_value)=(.*)$", add, first, flags=re.MULTILINE)
    return _whole(text.partition("\n\n")[0], [first, *others])


def _whole(header: str, blocks: Sequence[str]) -> str:
    """Write trees beneath a header that tells their sizes."""
    numbered = [re.sub(r"\ATree=\d+", f"Tree={index}", block) for index, block in enumerate(blocks)]
    sizes = " ".join(str(len(block.encode())) for block in numbered)
    header = re.sub(r"^tree_sizes=.*$", f"tree_sizes={sizes}", header, flags=re.MULTILINE)
    return f"{header}\n\n{''.join(numbered)}end of trees\n"


def root_rows(text: str) -> int | None:
    """Give the rows that the first tree with a split counted at its root; None without a split."""
    found = re.search(r"^internal_count=(\d+)", text, flags=re.MULTILINE)
    return int(found[1]) if found else None


def check_parameters(text: str, expected: Mapping[str, object]) -> None:
    """Make sure that LightGBM took the parameters; without them each worker would train alone, with no error.

    Args:
        text: A model text with its parameters.
        expected: What they must be.

    Raises:
        ClusterError: A parameter is another.
    """
    taken = dict(re.findall(r"^\[(\w+): (.*)\]$", text, flags=re.MULTILINE))
    wrong = {name: taken.get(name) for name, value in expected.items() if taken.get(name) != _written(value)}
    if wrong:
        raise ClusterError(
            "LightGBM trained with other network parameters than it was given", found=wrong, expected=dict(expected)
        )


def _written(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def _field(header: str, name: str) -> str:
    return next(line.partition("=")[2] for line in header.splitlines() if line.startswith(f"{name}="))


def _blocks(text: str) -> list[str]:
    body = text.partition("\n\n")[2].partition("end of trees")[0]
    return re.findall(r"^Tree=\d+\n.*?(?=^Tree=|\Z)", body, flags=re.MULTILINE | re.DOTALL)
