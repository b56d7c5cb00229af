"""What to do about a rare class: treatments tried on the same rows as no treatment, and what each of them changed.

For binary tasks. Every treatment touches only the rows, weights or losses that boosters learn from; the rows they are
judged by stay as they are.
"""

from workbench.train.imbalance.comparison import compare_treatments, is_imbalanced
from workbench.train.imbalance.report import Difference, ImbalanceReport, Outcome

__all__ = ["Difference", "ImbalanceReport", "Outcome", "compare_treatments", "is_imbalanced"]
