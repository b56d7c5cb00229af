"""The room `evaluate`: what candidates are worth on rows they never saw, and how sure that is."""

from workbench.evaluate.bundles import Dependence
from workbench.evaluate.comparison import Comparison, compare, compare_many
from workbench.evaluate.constant import BesideConstant, beside_constant
from workbench.evaluate.coverage import Coverage
from workbench.evaluate.curves import calibration_curve, confusion, precision_recall_curve, roc_curve
from workbench.evaluate.evaluation import Evaluation, evaluate
from workbench.evaluate.evidence import Evidence, Point, Prices, Question
from workbench.evaluate.mcnemar import McNemar, mcnemar
from workbench.evaluate.power import detectable, power_curve, rows_for
from workbench.evaluate.predictions import predictions_frame, score, split_of
from workbench.evaluate.scores import METRICS, metrics, resolve_metric, sign
from workbench.evaluate.thresholds import error_rates, thresholds
from workbench.evaluate.together import Together
from workbench.evaluate.wording import bounds_in_words, in_words, power_in_words

__all__ = [
    "METRICS",
    "BesideConstant",
    "Comparison",
    "Coverage",
    "Dependence",
    "Evaluation",
    "Evidence",
    "McNemar",
    "Point",
    "Prices",
    "Question",
    "Together",
    "beside_constant",
    "bounds_in_words",
    "calibration_curve",
    "compare",
    "compare_many",
    "confusion",
    "detectable",
    "error_rates",
    "evaluate",
    "in_words",
    "mcnemar",
    "metrics",
    "power_curve",
    "power_in_words",
    "precision_recall_curve",
    "predictions_frame",
    "resolve_metric",
    "roc_curve",
    "rows_for",
    "score",
    "sign",
    "split_of",
    "thresholds",
]
