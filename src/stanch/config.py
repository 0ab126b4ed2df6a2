"""Configuration: `stanch.toml`, or `[tool.stanch]` in `pyproject.toml`, read into one frozen value."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stanch.errors import UsageError, meant
from stanch.model import Confidence
from stanch.values import dataclass

if TYPE_CHECKING:
    from stanch.allow_tables import Allow
    from stanch.expressions import Expressions

OWN, PROJECT = "stanch.toml", "pyproject.toml"
_TABLE = b"[tool.stanch"
LARGEST = 8 << 20
"""A file with more bytes is no configuration."""
ENGINES = ("auto", "hyperscan", "aho-corasick")


@dataclass(frozen=True, slots=True)
class Config:
    """What a configuration says; what it does not say is at its default."""

    origin: str = ""
    """The file, as messages name it; empty when there is none."""
    min_confidence: Confidence = Confidence.MEDIUM
    disable_rules: tuple[str, ...] = ()
    only_rules: tuple[str, ...] = ()
    """Empty: all rules."""
    rules: tuple[Path, ...] = ()
    """Packs, or folders of packs, to add."""
    baseline: tuple[Path, ...] = ()
    max_size: int | None = None
    """In bytes; None: no limit."""
    timeout: float | None = None
    """In seconds; None: no limit."""
    history: bool = True
    """Is the history of a repository's root scanned too?"""
    reachable_only: bool = False
    engine: str = "auto"
    allow: tuple[Allow, ...] = ()


def find(root: Path) -> Config | None:
    """Return the configuration at a root; None when there is none.

    Raises UsageError, naming file and key, for one that cannot be read, and when there are two.
    """
    own, project = root / OWN, root / PROJECT
    in_project = os.path.lexists(project) and _TABLE in content(project)
    if in_project and os.path.lexists(own):
        raise UsageError(f"{shown(own)}: {PROJECT} beside it has [tool.stanch] too; keep one of them")
    return read(own) if os.path.lexists(own) else read(project) if in_project else None


def read(path: Path) -> Config:
    """Read a named configuration; from a `pyproject.toml`, its table `tool.stanch`.

    Raises UsageError, naming file and key, for what cannot be read or understood.
    """
    origin = shown(path)
    values = toml(content(path), origin)
    if path.name == PROJECT:
        tools = values.get("tool")
        table = tools.get("stanch") if isinstance(tools, dict) else None
        if not isinstance(table, dict):
            raise UsageError(f"{origin}: has no table [tool.stanch]")
        values = table
    return parse(values, origin, path.parent)


def parse(values: Mapping[str, Any], origin: str, folder: Path) -> Config:
    """Return the configuration that a file's keys say; `folder` is where its paths count from.

    Raises UsageError, naming the file and the key, for an unknown key and for a value of another type.
    """
    made: dict[str, Any] = {}
    for key, value in values.items():
        where = f"{origin}: {key}"
        if key == "allow":
            made["allow"] = _allow(value, origin)
        elif key in _PATHS:
            made[key] = tuple(Path(shown(folder / path)) for path in _strings(value, where))
        elif key in _KEYS:
            made[key.replace("-", "_")] = _KEYS[key](value, where)
        else:
            raise UsageError(f"{origin}: {key!r}: no such key{meant(key, (*_KEYS, *_PATHS, 'allow'))}")
    return Config(origin, **made)


def content(path: Path, most: int = LARGEST) -> bytes:
    """Return the content of a file of at most so many bytes. Raises UsageError when it cannot be read."""
    try:
        # O_NONBLOCK: a pipe under that name must not hang the scan.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_size > most:
                raise UsageError(f"{shown(path)}: not a file of at most {most >> 20} MB")
            return file.read()
    except OSError as error:
        raise UsageError(f"{shown(path)}: cannot be read: {error.strerror}") from error


def toml(data: bytes, origin: str) -> dict[str, Any]:
    """Return the tables of a TOML file. Raises UsageError that begins with `origin`."""
    import tomllib  # a hook without a configuration has no use for it

    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        why = "not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error).partition("\n")[0]
        raise UsageError(f"{origin}: not TOML: {why}") from error


def shown(path: Path) -> str:
    """Return a path as messages name it: from the current folder where it lies in it."""
    full = os.path.abspath(path)
    return full.removeprefix(os.path.join(os.getcwd(), ""))


def size(text: str) -> int:
    """Return the number of bytes that `500000`, `500k`, `10M` or `1G` says. Raises ValueError for anything else."""
    lower = text.lower().removesuffix("b")
    factor = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}.get(lower[-1:], 1)
    try:
        number = int(float(lower.rstrip("kmg")) * factor)
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is no size; write 500000, 500k, 10M or 1G") from None
    if number <= 0:
        raise ValueError("must be above 0")
    return number


def _strings(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise UsageError(f"{where}: must be a list of non-empty strings")
    return tuple(value)


def _one_of(*known: str) -> Callable[[Any, str], str]:
    def check(value: Any, where: str) -> str:
        if value not in known or not isinstance(value, str):
            raise UsageError(f"{where}: must be one of {', '.join(known)}")
        return value

    return check


def _confidence(value: Any, where: str) -> Confidence:
    return Confidence(_one_of(*Confidence)(value, where))


def _truth(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise UsageError(f"{where}: must be true or false")
    return value


def _seconds(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < float("inf"):
        raise UsageError(f"{where}: must be a number of seconds above 0")
    return float(value)


def _size(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise UsageError(f'{where}: must be a number of bytes, or a size such as "10M"')
    try:
        return size(str(value))
    except ValueError as error:
        raise UsageError(f"{where}: {error}") from None


_PATHS = ("rules", "baseline")
_KEYS: dict[str, Callable[[Any, str], Any]] = {
    "min-confidence": _confidence,
    "disable-rules": _strings,
    "only-rules": _strings,
    "max-size": _size,
    "timeout": _seconds,
    "history": _truth,
    "reachable-only": _truth,
    "engine": _one_of(*ENGINES),
}


def _allow(tables: Any, origin: str) -> tuple[Allow, ...]:
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise UsageError(f"{origin}: allow: must be tables, each begun with [[allow]]")
    return tuple(_table(table, origin, number) for number, table in enumerate(tables, 1))


def _table(table: dict[str, Any], origin: str, number: int) -> Allow:
    where = f"{origin}: allow {number}"
    known = ("paths", "rules", "secrets", "reason")
    for key in table:
        if key not in known:
            raise UsageError(f"{where}: {key!r}: no such key{meant(key, known)}")
    why = table.get("reason")
    if not isinstance(why, str) or not why.strip():
        raise UsageError(f"{where}: reason: say why, in a string")
    if len(table) == 1:
        raise UsageError(f"{where}: needs paths, rules or secrets; it would allow everything")
    lists = {key: _strings(table[key], f"{where}: {key}") for key in known[:3] if key in table}
    for key, items in lists.items():
        if not items:
            raise UsageError(f"{where}: {key}: must not be empty")
    from stanch.allow_tables import Allow, glob  # a hook without a configuration has no use for it

    return Allow(
        origin,
        number,
        " ".join(why.split()),
        _expressions(map(glob, lists["paths"]), f"{where}: paths") if "paths" in lists else None,
        frozenset(lists.get("rules", ())),
        _expressions(lists["secrets"], f"{where}: secrets") if "secrets" in lists else None,
    )


def _expressions(texts: Iterable[str], where: str) -> Expressions:
    from stanch.expressions import Expressions

    try:
        return Expressions(texts)
    except ValueError as error:
        raise UsageError(f"{where}: {error}") from None
