"""What every test has in common: no deadlines on a shared machine, and examples that a gate can repeat."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("shared machine", deadline=None, print_blob=True)
settings.register_profile("repeatable", deadline=None, print_blob=True, derandomize=True)
settings.load_profile("shared machine")
