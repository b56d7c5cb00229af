"""The room `evaluate`: what candidates are worth on rows they never saw, and how sure that is."""

from workbench.evaluate.comparison import Comparison, compare
from workbench.evaluate.curves import calibration_curve, confusion, precision_recall_curve, roc_curve
from workbench.evaluate.evaluation import Evaluation, evaluate
from workbench.evaluate.predictions import predictions_frame, score, split_of
from workbench.evaluate.scores import METRICS, metrics, resolve_metric, sign
from workbench.evaluate.thresholds import error_rates, thresholds

__all__ = [
    "METRICS",
    "Comparison",
    "Evaluation",
    "calibration_curve",
    "compare",
    "confusion",
    "error_rates",
    "evaluate",
    "metrics",
    "precision_recall_curve",
    "predictions_frame",
    "resolve_metric",
    "roc_curve",
    "score",
    "sign",
    "split_of",
    "thresholds",
]
