"""The tree of errors: drawn as it is, one paragraph each, whole after a trip between processes."""

from __future__ import annotations

import copy
import inspect
import pickle
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench import errors
from workbench.errors import ParamsError, Place, SourceError, UsageError, WorkbenchError, nearest

KINDS = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, WorkbenchError) and kind is not WorkbenchError
]


def _depth(kind: type[WorkbenchError]) -> int:
    return kind.mro().index(WorkbenchError)


def test_the_docstring_draws_the_tree_as_it_is() -> None:
    drawn = re.findall(r"^([│├└─ ]*)(\w+Error)", errors.__doc__ or "", flags=re.MULTILINE)
    assert {name: len(branch) // 4 for branch, name in drawn} == {
        kind.__name__: _depth(kind) for kind in [WorkbenchError, *KINDS]
    }


@pytest.mark.parametrize("kind", KINDS)
def test_exit_codes(kind: type[WorkbenchError]) -> None:
    assert kind.exit_code == (2 if kind in {UsageError, ParamsError} else 1)


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_survives_copies_and_processes(kind: type[WorkbenchError]) -> None:
    error = kind("no such column", place=Place("a.csv", 3, "k", "c", 5, 2), found=[1], expected="x", hint="look")
    for twin in (copy.copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301 - our own bytes, made just now
        assert type(twin) is kind
        assert str(twin) == str(error)
        assert (twin.place, twin.found, twin.hint) == (error.place, error.found, error.hint)


def test_the_paragraph_has_every_part_in_order() -> None:
    error = SourceError(
        "the row is too long.",
        place=Place("a.csv", 7, column="b c", row=1234),
        found="4 fields",
        expected="3 fields",
        hint="quote it.",
    )
    assert str(error) == (
        "a.csv:7, column 'b c', row 1,234: the row is too long. Found: 4 fields. Expected: 3 fields. Hint: quote it."
    )
    assert str(SourceError("gone")) == "gone"
    assert str(Place(key="a.b", cell=3)) == "key a.b, cell 3"


def test_a_found_value_of_nothing_is_still_told() -> None:
    assert str(SourceError("bad", found=0)) == "bad. Found: 0"
    assert str(SourceError("bad", found="")) == "bad. Found: "
    assert str(SourceError("bad", found=None)) == "bad"


@given(st.text(), st.lists(st.text(min_size=1)))
def test_the_nearest_name_is_a_known_one(name: str, known: list[str]) -> None:
    hint = nearest(name, known)
    assert hint is None or hint in {f"did you mean {other}?" for other in known}


def test_a_name_far_from_all_has_no_hint() -> None:
    assert nearest("sed", ["seed", "metric"]) == "did you mean seed?"
    assert nearest("xyz", ["seed", "metric"]) is None
