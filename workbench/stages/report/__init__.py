"""The report of a run: an executed notebook, and one HTML page that needs nothing else.

What a notebook shows is not trusted. The page is built so that nothing in it can run except the script of
Workbench's own widgets, which is taken from the installed package, never from the notebook; see `outputs`.
"""

from __future__ import annotations

from workbench.stages.report.writing import Report

__all__ = ["Report"]
