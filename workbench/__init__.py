"""Workbench: what quality costs on tabular data, and the evidence for it."""

__version__ = "0.1.0"
