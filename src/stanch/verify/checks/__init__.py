"""Checks in code, for what one request with its conditions cannot say: each is a module, imported when it is asked."""

from __future__ import annotations

CHECKS: dict[str, str] = {}
"""The names that a rule's `by` gives, and where each check is: `module:function`."""
