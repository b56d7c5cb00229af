"""Every interaction that needs no kernel, in a report; the same steps run in JupyterLab in `test_live`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.widgets import cases
from tests.widgets.interactions import Hand

if TYPE_CHECKING:
    from pathlib import Path

    from tests.widgets.conftest import Watched

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_every_interaction_in_a_report(watched: Watched, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(f"<!doctype html><meta charset=utf-8><body>{cases.explorer().html()}", encoding="utf-8")
    watched.page.goto(file.as_uri())
    watched.page.set_default_timeout(10_000)
    steps = list(Hand(watched.page).steps())
    assert len(steps) >= 55
    for words, step in steps:
        try:
            step()
        except Exception as error:
            raise AssertionError(f"{words}: {error}") from error
    assert watched.errors == []
    assert watched.fetched == []
