"""The user's cache folder: what is kept there can always be made again."""

from __future__ import annotations

import marshal
import os
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from zlib import crc32

from stanch import whole

SETTLED = 2_000_000_000
"""Nanoseconds after which a file's time tells a later change: some file systems count in seconds, FAT in twos."""


def folder() -> Path:
    """Return `$STANCH_CACHE`, else `$XDG_CACHE_HOME/stanch`, else `~/.cache/stanch`."""
    own = os.environ.get("STANCH_CACHE")
    if own:
        return Path(own)
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(base) / "stanch"


def note(level: str, message: str, *arguments: object) -> None:
    """Log a message, at the level named `info` or `warning`. Logging is rare here, and importing it is slow."""
    import logging

    getattr(logging.getLogger(__name__), level)(message, *arguments)


def write(path: Path, content: bytes) -> None:
    """Put `content` at `path`, whole or not at all, readable by the user alone.

    A cache that cannot be written costs time, not the scan: it is logged and forgotten.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        whole.write(path, content, private=True)
    except OSError as error:
        note("info", "%s cannot be written: %s", path, error)


def read_own(path: Path) -> bytes | None:
    """Return the content of a cache file that only this user can have written; None when there is none."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if status.st_uid != os.geteuid() or status.st_mode & 0o022:
                note("warning", "%s belongs to somebody else or can be written by others; not used", path)
                return None
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        note("info", "%s cannot be read: %s", path, error)
        return None


def packed(value: Any) -> bytes:
    """Return `value`, of plain types only, as bytes for this version of Python. Raises ValueError for other types."""
    return marshal.dumps(value)


def unpacked(content: bytes | memoryview) -> Any:
    """Return what was packed. It must be ours: bytes that others made may do harm."""
    return marshal.loads(content)  # noqa: S302  # read_own and a checksum come first


def kept(kind: str, label: str, files: Iterable[str], make: Callable[[], Any]) -> Any:
    """Return what `make` makes of `files` and what `label` stands for; from the cache, as long as no file changes.

    It is of plain types only, and not None.
    """
    try:
        state = tuple((file, _state(os.stat(file))) for file in files)
    except OSError:  # as where modules are no files; `make` tells what is wrong, if anything is
        return make()
    path, key = _place(kind, label, state), (sys.version, label, state)
    content = read_own(path)
    try:
        known, value = _checked(content) if content else (None, None)
    except (ValueError, TypeError, EOFError) as error:
        note("info", "%s does not load (%s); making it again", path, error)
        known = None
    if known != key:
        value = make()
        if _settled(state):
            content = packed((key, value))
            write(path, crc32(content).to_bytes(4, "big") + content)
    return value


State = tuple[int, int, int, int]


def _state(status: os.stat_result) -> State:
    """Return what another one follows from when a file is changed."""
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino


def _settled(states: Iterable[tuple[str, State]]) -> bool:
    """Are all files so old that a change from now on shows in their times? These move in steps."""
    now = time.time_ns()
    return all(now - max(changed, moved) > SETTLED for _, (changed, moved, *_) in states)


def _place(kind: str, label: str, states: Iterable[tuple[str, State]]) -> Path:
    """Return a file for the label and the files' names: what is made of the same files later takes its place."""
    names = "\n".join((sys.version, label, *(file for file, _ in states)))
    return folder() / f"{kind}-{crc32(os.fsencode(names)):08x}.cache"


def _checked(content: bytes) -> tuple[Any, Any]:
    """Return the key and the value of a cache file. Raises ValueError, TypeError or EOFError for a damaged one."""
    if crc32(memoryview(content)[4:]) != int.from_bytes(content[:4], "big"):
        raise ValueError("damaged")
    key, value = unpacked(memoryview(content)[4:])
    return key, value
