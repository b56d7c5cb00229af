"""Runs the notebook of one stage, strictly, and writes down what came of it.

```text
run  preflight ── guard ── kernel ── execution ── outcome ── report ── record
                    │                   │
                    └── outlives all    └── watched by the supervisor: deadline, signals, dvc
```
"""

from __future__ import annotations

from workbench.stages.debugging import debug
from workbench.stages.queueing import repro
from workbench.stages.running import run
from workbench.stages.stripping import strip

__all__ = ["debug", "repro", "run", "strip"]
