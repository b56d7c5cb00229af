"""How quick the explorer is: opening, a slider move on screen, the same move answered in Python.

    PYTHONPATH=. python benchmarks/explorer.py [--candidates 10000] [--thresholds 200]

On screen: from the input event to the next frame after everything that follows at once is drawn; what takes many
prices (the tornado, the range of traffic) waits until the hand rests and is timed apart. In Python: setting
`explorer.requests_per_day` and asking for the candidate.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl
from playwright.sync_api import Page, sync_playwright

from tests.widgets import cases
from tests.widgets.conftest import ARGUMENTS, CHROMIUM
from workbench.evaluate import error_rates
from workbench.widgets import Explorer

MOVES = 15
POSITIVE_SHARE = 0.2
MOVE = """async (value) => {
  const field = document.querySelector("input[name=requests_per_day][type=text]");
  const start = performance.now();
  field.value = String(value);
  field.dispatchEvent(new Event("input", { bubbles: true }));
  const done = performance.now() - start;
  await new Promise((frame) => requestAnimationFrame(() => setTimeout(frame)));
  return [done, performance.now() - start];
}"""


def many(candidates: int, thresholds: int) -> Explorer:
    """Make an explorer of so many candidates with so many thresholds each."""
    ids = [f"c{i:05d}" for i in range(candidates)]
    rng = np.random.default_rng(0)
    labels = (rng.uniform(size=2000) < POSITIVE_SHARE).astype(float)
    cuts = np.round(np.linspace(0, 1, thresholds), 4)
    kinds = [
        error_rates("binary", labels, 1 / (1 + np.exp(2 - rng.normal(size=2000) - labels * signal)), cuts)
        for signal in np.linspace(0.5, 2.5, 50)
    ]
    parts = [
        kinds[i % len(kinds)].select(pl.lit(name).alias("id"), pl.lit("validation").alias("split"), pl.all())
        for i, name in enumerate(ids)
    ]
    return Explorer(
        cases.candidates(ids), pl.concat(parts), cases.roles(), cases.cost(), cases.decide(), baseline=ids[0]
    )


def in_python(explorer: Explorer) -> float:
    """Time moves of a slider in Python, in milliseconds."""
    times = []
    for i in range(MOVES):
        start = time.perf_counter()
        explorer.settings = {**explorer.settings, "requests_per_day": 1e6 + 1e4 * i}
        assert explorer.candidate is not None
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def on_screen(page: Page, file: Path) -> dict[str, float]:
    """Time opening and moves in the browser, in milliseconds."""
    start = time.perf_counter()
    page.goto(file.as_uri())
    page.wait_for_selector(".wb-explorer canvas", timeout=120_000)
    opened = 1000 * (time.perf_counter() - start)
    moves = []
    for i in range(MOVES):
        moves.append(page.evaluate(MOVE, 1_000_000 + 10_000 * i))
        page.wait_for_timeout(50)
    return {
        "opened_ms": opened,
        "move_ms": statistics.median(move[0] for move in moves),
        "move_drawn_ms": statistics.median(move[1] for move in moves),
        "slowest_move_drawn_ms": max(move[1] for move in moves),
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--candidates", type=int, default=10_000)
    parser.add_argument("--thresholds", type=int, default=200)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        for candidates, thresholds in ((200, 128), (arguments.candidates, arguments.thresholds)):
            start = time.perf_counter()
            explorer = many(candidates, thresholds)
            made = 1000 * (time.perf_counter() - start)
            file = Path(folder) / "explorer.html"
            file.write_text(f"<!doctype html><meta charset=utf-8><body>{explorer.html()}", encoding="utf-8")
            page = browser.new_page(viewport={"width": 1240, "height": 1000})
            figures = {"made_ms": made, "python_move_ms": in_python(explorer), "file_mb": file.stat().st_size / 1e6}
            figures |= on_screen(page, file)
            page.close()
            print(f"{candidates} candidates x {thresholds} thresholds")
            for name, value in figures.items():
                print(f"  {name:24}{value:12.1f}")
        browser.close()


if __name__ == "__main__":
    main()
