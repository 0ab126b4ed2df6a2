"""What is installed only with an extra: imported when a check needs it, and named when it is missing."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from stanch.verify.asked import Unanswered


def needed(extra: str, *modules: str) -> list[Any]:
    """Return the modules. Raises Unanswered, saying which extra of stanch has them, when one is not there."""
    try:
        return [import_module(module) for module in modules]
    except ImportError:
        raise Unanswered(f"unsupported: install stanch[{extra}]") from None
