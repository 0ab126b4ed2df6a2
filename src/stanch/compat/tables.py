"""Tables: values of a file that another tool's users wrote, under a check of their types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stanch.errors import UsageError


def lowered(value: Any) -> Any:
    """Return tables with their keys in lower case: gitleaks takes no notice of it."""
    if isinstance(value, dict):
        return {key.lower(): lowered(inner) for key, inner in value.items()}
    return [lowered(inner) for inner in value] if isinstance(value, list) else value


def text(table: Mapping[str, Any], key: str, where: str) -> str:
    """Return a string; empty when there is none. Raises UsageError for anything else."""
    value = table.get(key, "")
    if not isinstance(value, str):
        raise UsageError(f"{where}: {key} must be a string")
    return value


def strings(table: Mapping[str, Any], key: str, where: str) -> list[str]:
    """Return a list of strings; empty when there is none. Raises UsageError for anything else."""
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise UsageError(f"{where}: {key} must be a list of strings")
    return [item for item in value if item]


def number(table: Mapping[str, Any], key: str, where: str) -> float:
    """Return a number from 0; 0 when there is none. Raises UsageError for anything else."""
    value = table.get(key, 0)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e12:
        raise UsageError(f"{where}: {key} must be a number from 0")
    return value


def truth(table: Mapping[str, Any], key: str, where: str) -> bool:
    """Return true or false; false when there is none. Raises UsageError for anything else."""
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise UsageError(f"{where}: {key} must be true or false")
    return value


def tables(table: Mapping[str, Any], key: str, where: str) -> list[Mapping[str, Any]]:
    """Return a list of tables; a single one is a list of one. Raises UsageError for anything else."""
    value = table.get(key, [])
    value = [value] if isinstance(value, dict) else value
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise UsageError(f"{where}: {key} must be tables")
    return value
