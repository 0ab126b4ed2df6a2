"""The user's cache folder: what is kept there can always be made again."""

from __future__ import annotations

import os
from pathlib import Path

from stanch import whole


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
