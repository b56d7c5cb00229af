"""The room `train`: a budget in, models worth choosing between out.

`search` grows LightGBM boosters from good starting configurations while the budget lasts, blends them, and offers
each at several sizes. Its plan says what the budget bought, so that the same models can be had again without a clock.
"""

from workbench.train.dependence import dependence
from workbench.train.distributed.choosing import Engine, engine_for
from workbench.train.importance import importance
from workbench.train.plan import SearchPlan
from workbench.train.result import Candidate, ProgressEvent, SearchResult
from workbench.train.search import search

__all__ = [
    "Candidate",
    "Engine",
    "ProgressEvent",
    "SearchPlan",
    "SearchResult",
    "dependence",
    "engine_for",
    "importance",
    "search",
]
