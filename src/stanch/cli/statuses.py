"""Exit statuses; docs/exit-codes.md says what each means for a pipeline."""

from __future__ import annotations

CLEAN = 0
FOUND = 1
USAGE = 2
INCOMPLETE = 3
