"""The room `decide`: which candidate is worth it, at which threshold, and why."""

from workbench.cost import expected_error_usd, rows_per_month
from workbench.decide.assumptions import Assumption, Terms, assumptions
from workbench.decide.candidates import candidates_table
from workbench.decide.decision import Decision, decide
from workbench.decide.doubt import Drawing, Paired, error_draws
from workbench.decide.fronts import Front, front
from workbench.decide.gap import Gap, gap
from workbench.decide.governance import Objection, Standing, standing
from workbench.decide.holding import Held, differences, hold, in_force
from workbench.decide.infeasible import Infeasibility, Relaxation, infeasibility
from workbench.decide.limits import broken_limits, limited_quantities, overruns
from workbench.decide.moving import Moved, moved
from workbench.decide.objectives import OBJECTIVES, Objective
from workbench.decide.pareto import dominators, frontier, non_dominated
from workbench.decide.ranges import Range, break_even, ranges, ranges_table
from workbench.decide.rates import Rates
from workbench.decide.sensitivity import Ground, Sensitivity, ground, sensitivity
from workbench.decide.whynot import WhyNot, why_not, why_not_table

__all__ = [
    "OBJECTIVES",
    "Assumption",
    "Decision",
    "Drawing",
    "Front",
    "Gap",
    "Ground",
    "Held",
    "Infeasibility",
    "Moved",
    "Objection",
    "Objective",
    "Paired",
    "Range",
    "Rates",
    "Relaxation",
    "Sensitivity",
    "Standing",
    "Terms",
    "WhyNot",
    "assumptions",
    "break_even",
    "broken_limits",
    "candidates_table",
    "decide",
    "differences",
    "dominators",
    "error_draws",
    "expected_error_usd",
    "front",
    "frontier",
    "gap",
    "ground",
    "hold",
    "in_force",
    "infeasibility",
    "limited_quantities",
    "moved",
    "non_dominated",
    "overruns",
    "ranges",
    "ranges_table",
    "rows_per_month",
    "sensitivity",
    "standing",
    "why_not",
    "why_not_table",
]
