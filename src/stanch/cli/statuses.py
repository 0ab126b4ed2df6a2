"""Exit statuses; docs/exit-codes.md says what each means for a pipeline."""

from __future__ import annotations

CLEAN = 0
FOUND = 1
USAGE = 2
INCOMPLETE = 3
SIGNALLED = 128
"""Plus the number of the signal, as shells say it: 129, 130, 143."""
