"""What every test has in common: no deadlines on a shared machine."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("shared machine", deadline=None, print_blob=True)
settings.load_profile("shared machine")
