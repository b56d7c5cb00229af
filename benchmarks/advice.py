"""Checks advice by simulation: spot in every band of the price book, checkpoint intervals, and break-evens.

Usage: `python benchmarks/advice.py [--months 10000] [--limit 0.05]`; exits with 1 when a figure is further off.
"""

from __future__ import annotations

import argparse
import math
import sys
from dataclasses import dataclass, field

import numpy as np

from workbench.cost import PriceBook
from workbench.cost.advice.commitment import break_even_hours
from workbench.cost.advice.interruptions import Handling, best_interval_hours, expect, hourly_hazard, young_hours
from workbench.cost.advice.serverless import machines_win
from workbench.cost.advice.serving import Served
from workbench.cost.advice.simulation import play
from workbench.params.cost import CostParams

HANDLING = Handling(restart_hours=120 / 3600, wait_hours=300 / 3600, checkpoint_hours=10 / 3600)
WORK_HOURS = (0.5, 8.0, 72.0, 300.0)
INTERVALS = {"none": math.inf, "24 h": 24.0, "1 h": 1.0}
BRUTE_FORCE_PARTS = 5_000


@dataclass
class Worst:
    """The largest relative difference between what was advised and what happened."""

    share: float = 0.0
    where: str = ""
    checks: int = field(default=0)

    def see(self, advised: float, happened: float, where: str) -> float:
        """Take a pair in and give its difference."""
        off = abs(happened / advised - 1) if advised else abs(happened)
        self.checks += 1
        if off > self.share:
            self.share, self.where = off, where
        return off


def main() -> int:
    """Play, compare and print; give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--months", type=int, default=10_000)
    parser.add_argument("--limit", type=float, default=0.05, help="largest share a figure may be off")
    given = parser.parse_args()
    book = PriceBook.packaged()
    found = [spot(book, given.months), intervals(), break_evens(book)]
    for worst in found:
        print(f"{worst.checks} checks, at most {worst.share:.2%} off ({worst.where})")
    return 0 if all(worst.share <= given.limit for worst in found) else 1


def spot(book: PriceBook, months: int) -> Worst:
    """Play work through in every band, with and without checkpoints; cost and finish are compared."""
    print(" share  hours checkpoint       USD    played  finish h    played   cuts")
    worst = Worst()
    for band in book.prices.interruptions:
        name = f"{band.cloud}/{band.region}/{band.types[0]}"
        price = book.usd_per_hour(name, "spot").usd_per_hour if "spot" in book.purchases(name) else 1.0
        for share in sorted({band.low, band.mean, band.high} - {0.0}):
            for work in WORK_HOURS:
                for label, interval in INTERVALS.items():
                    hazard = hourly_hazard(share)
                    told = expect(work, hazard, interval, HANDLING)
                    played = play(work, hazard, interval, HANDLING, months=months, seed=1)
                    where = f"{name}, {share:.1%} a month, {work:g} h, checkpoint {label}"
                    worst.see(told.paid_hours * price, float(played.paid_hours.mean()) * price, f"cost of {where}")
                    worst.see(told.finish_hours, float(played.finish_hours.mean()), f"finish of {where}")
                    if share == band.mean:
                        print(
                            f"{share:6.1%} {work:6g} {label:>10} {told.paid_hours * price:9.3f} "
                            f"{played.paid_hours.mean() * price:9.3f} {told.finish_hours:9.3f} "
                            f"{played.finish_hours.mean():9.3f} {told.interruptions:6.2f}"
                        )
    return worst


def intervals() -> Worst:
    """Compare the advised checkpoint interval with the best of all equal parts."""
    worst = Worst()
    for share in (0.075, 0.175, 0.42, 0.99):
        for work in (24.0, 200.0, 700.0):
            for checkpoint in (0.003, 0.05, 0.3):
                handling, hazard = Handling(0.03, 0.1, checkpoint), hourly_hazard(share)
                advised = best_interval_hours(work, hazard, handling)
                parts = range(1, BRUTE_FORCE_PARTS)
                best = min(expect(work, hazard, work / number, handling).paid_hours for number in parts)
                where = f"{work:g} h, {share:.1%} a month, checkpoint of {checkpoint * 3600:.0f} s"
                worst.see(best, expect(work, hazard, advised, handling).paid_hours, f"interval for {where}")
                told = "none" if math.isinf(advised) else f"{advised:.2f} h"
                print(f"{where}: Young {young_hours(checkpoint, hazard):.2f} h, advised {told}")
    return worst


def break_evens(book: PriceBook) -> Worst:
    """Compare break-evens with what trying every hour and every rate gives."""
    worst = Worst()
    for name in book.instances:
        for term in {"commit_1y", "commit_3y"} & set(book.purchases(name)):
            on_demand, committed = (book.usd_per_hour(name, kind).usd_per_hour for kind in ("on_demand", term))
            hours = np.arange(0, 730.01, 0.01)
            tried = hours[hours * on_demand >= 730 * committed - 1e-9][0]
            worst.see(break_even_hours(on_demand, committed), float(tried), f"{term} of {name}")
    for service_ms in (0.5, 1.5, 20.0):
        load = loaded(book, service_ms)
        machine, function = load.month(), load.month(purchase="serverless")
        assert machine is not None
        assert function is not None
        (first, _), *_ = machines_win(load, machine, function)
        rates = np.linspace(1, 2e7, 2_000_001)
        tried = rates[machine.serving_usd(load.work, rates) < function.serving_usd(load.work, rates)][0]
        worst.see(first, float(tried), f"serverless at {service_ms:g} ms")
        print(f"{service_ms:g} ms a request: machines win from {first:,.0f} requests a day, tried {tried:,.0f}")
    return worst


def loaded(book: PriceBook, service_ms: float) -> Served:
    """Describe a candidate that takes so long for a request."""
    names = ("latency_p50_ms", "latency_p50_ms_100_rows", "latency_p99_ms", "latency_p99_ms_100_rows")
    sizes = ("peak_rss_bytes", "size_bytes", "train_cpu_seconds")
    work = dict.fromkeys(names, np.array([service_ms])) | dict.fromkeys(sizes, np.array([1e8]))
    return Served("b", work, CostParams(), book, None)


if __name__ == "__main__":
    sys.exit(main())
