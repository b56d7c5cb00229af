"""What the runs on record cost: sums that are exact, by whatever a person asks for.

Every run's dollars are rounded once, to whole billionths of a dollar; from there on all sums are of whole numbers. So
the total equals the sum of its parts, however they are grouped and in whatever order they are added. The rounding
itself is at most half a billionth of a dollar per run.

```text
amounts ── grouping · totals · saving · change · repricing ── exporting
money ──── budgeting                                     without Polars: a run starts with it
period
```
"""
