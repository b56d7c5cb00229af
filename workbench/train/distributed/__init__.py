"""One model, trained by several processes on a Ray cluster, and proof that it is one.

Every worker reads its own rows, all vote before the first socket opens, trees grow in segments that a checkpoint
holds completely, and whoever watches ends a group that stands still. A run that was disturbed gives the bytes of one
that was not.
"""

from workbench.train.distributed.failing import ClusterError
from workbench.train.distributed.job import Fault, Job, Limits, Progress, Trained

__all__ = ["ClusterError", "Fault", "Job", "Limits", "Progress", "Trained"]
