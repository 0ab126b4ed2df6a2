"""Standard error, for words beside the report."""

from __future__ import annotations

import sys
from contextlib import suppress


def tell(text: str, before: str = "stanch: ") -> None:
    """Say something, as one line; that nobody can read it must not hide the exit status."""
    if sys.stderr is not None:
        with suppress(OSError):
            sys.stderr.write(f"{before}{text}\n")
