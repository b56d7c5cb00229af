"""What to do about costs: ranked actions with the dollars they save, their evidence, assumptions and risk."""

from workbench.cost.advice.finding import Advice, Finding, Gap, Settled
from workbench.cost.advice.ranking import KEYS, SUBJECTS, Advised, advise
from workbench.cost.advice.situation import AGED, QUALITY, RUNS, Rewrite, Rewrites, Situation, Unused

__all__ = [
    "AGED",
    "KEYS",
    "QUALITY",
    "RUNS",
    "SUBJECTS",
    "Advice",
    "Advised",
    "Finding",
    "Gap",
    "Rewrite",
    "Rewrites",
    "Settled",
    "Situation",
    "Unused",
    "advise",
]
