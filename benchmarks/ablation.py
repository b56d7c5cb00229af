"""Takes one idea at a time out of the search and shows what that costs on test rows.

    python benchmarks/ablation.py                                     five tables, every idea, 30 CPU-seconds, one seed
    python benchmarks/ablation.py --tables diamonds --ideas refit --budget 60 --seeds 0 1 2

Each search runs in a fresh process. The figure is the relative rise of the loss without the idea (log-loss, or RMSE),
in per cent, with a 95 % interval over resampled test rows: above 0 the idea helps.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
from tables import SURVEYS, Splits, load

from workbench.model import encode_labels
from workbench.params.train import TrainParams
from workbench.train import material, portfolio, proposals, search
from workbench.train.goal import log_loss, rmse

if TYPE_CHECKING:
    from numpy.typing import NDArray

RESAMPLES = 500
TABLES = ("diamonds", "hotels", "crashes", "tv16", "loans")


def without_portfolio() -> None:
    """Start from LightGBM's defaults and vary them."""
    plain = portfolio.Setup("plain", {"learning_rate": 0.1}, portfolio.DEFAULT_PATIENCE)
    proposals.portfolio = lambda *_, **__: (plain,)


def without_tweedie() -> None:
    """Learn values by the squared error alone."""
    portfolio.TWEEDIE.clear()


def without_pull() -> None:
    """Split categories as LightGBM does by default."""
    portfolio._categorical = lambda _: {}  # noqa: SLF001 - an ablation replaces a step on purpose


def without_fine_bins() -> None:
    """Take LightGBM's 255 bins on small tables too."""
    material.FINE_ROWS = 0


PATCHES = {
    "portfolio": without_portfolio,
    "tweedie": without_tweedie,
    "pull": without_pull,
    "fine bins": without_fine_bins,
}
SETTINGS = {"refit": {"refit": "off"}, "pairs": {"pairs": "off"}, "folds": {"validation": {"by": "holdout"}}}
KINDS = {"blends": ("single", "bag"), "blends and bags": ("single",)}
IDEAS = (*SETTINGS, *PATCHES, *KINDS)


def run(table: str, seed: int, budget: float, idea: str, out: str) -> None:
    """Search once and write predictions on test, or those of the best candidate of simpler kinds."""
    splits = load(table, seed)
    PATCHES.get(idea, lambda: None)()
    given = {"budget": {"cpu_seconds": budget}, "seed": seed, **SETTINGS.get(idea, {})}
    result = search(splits.train, splits.validation, splits.roles, TrainParams.model_validate(given))
    chosen = {"": result.best}
    for name, kinds in KINDS.items() if not idea else ():
        chosen[name] = next(one for one in result.candidates if one.kind in kinds)
    for name, candidate in chosen.items():
        np.save(f"{out}{name and '-'}{name}.npy", candidate.model.predict(splits.test))
    print(f"{table} {seed} {idea or 'whole'}: {result.best_id}, {result.trials.height} trials", file=sys.stderr)


def compared(splits: Splits, whole: NDArray[np.float64], less: NDArray[np.float64]) -> tuple[float, float, float]:
    """Give the rise of the loss without an idea, in per cent, and its interval."""
    labels = encode_labels(splits.test, splits.roles)
    loss = rmse if splits.roles.task == "regression" else log_loss
    rng = np.random.default_rng(0)
    drawn = [rng.integers(0, labels.size, labels.size) for _ in range(RESAMPLES)]
    rises = [loss(labels[rows], less[rows]) / loss(labels[rows], whole[rows]) - 1 for rows in drawn]
    low, high = np.quantile(rises, [0.025, 0.975])
    return 100 * (loss(labels, less) / loss(labels, whole) - 1), 100 * float(low), 100 * float(high)


def report(given: argparse.Namespace, folder: Path) -> None:
    """Print a row per idea and table."""
    print("| idea taken out | table | seed | rise of the loss, % | 95 % |\n|---|---|---|---|---|")
    for idea in given.ideas:
        rises = []
        for table in given.tables:
            for seed in given.seeds:
                whole = np.load(folder / f"{table}-{seed}-.npy")
                name = f"{table}-{seed}--{idea}.npy" if idea in KINDS else f"{table}-{seed}-{idea}.npy"
                rise, low, high = compared(load(table, seed), whole, np.load(folder / name))
                rises.append(rise)
                print(f"| {idea} | {table} | {seed} | {rise:+.2f} | {low:+.2f} to {high:+.2f} |")
        print(f"| **{idea}** | median of {len(rises)} | | **{np.median(rises):+.2f}** | |", flush=True)


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", nargs="+", default=list(TABLES), choices=["flights", *SURVEYS])
    parser.add_argument("--ideas", nargs="+", default=list(IDEAS), choices=list(IDEAS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--budget", type=float, default=30.0)
    parser.add_argument("--jobs", type=int, default=1, help="searches at once")
    parser.add_argument("--one", help="used by the benchmark itself: the arguments of one search as JSON")
    given = parser.parse_args()
    if given.one:
        run(**json.loads(given.one))
        return
    with TemporaryDirectory() as folder, ThreadPoolExecutor(given.jobs) as pool:
        jobs = [
            {
                "table": table,
                "seed": seed,
                "budget": given.budget,
                "idea": idea,
                "out": f"{folder}/{table}-{seed}-{idea}",
            }
            for table in given.tables
            for seed in given.seeds
            for idea in ("", *(idea for idea in given.ideas if idea not in KINDS))
        ]
        commands = [[sys.executable, __file__, "--one", json.dumps(job)] for job in jobs]
        list(pool.map(lambda command: subprocess.run(command, check=True), commands))
        report(given, Path(folder))


if __name__ == "__main__":
    main()
