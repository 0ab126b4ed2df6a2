"""The folder that a sweep makes its clones in, and what is left of it where a sweep was killed."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from stanch.errors import UsageError
from stanch.sweep import clones

PREFIX = "stanch-sweep-"


@contextmanager
def workplace(base: Path) -> Iterator[Path]:
    """Yield a new folder in `base`, and remove it afterwards; what killed sweeps have left there is removed first.

    Raises UsageError where there can be none.
    """
    path = base / f"{PREFIX}{os.getpid()}-{os.urandom(6).hex()}"
    try:
        base.mkdir(mode=0o700, parents=True, exist_ok=True)
        _clear(base)
        path.mkdir(mode=0o700)
        lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)  # a forked worker has it too, so it lasts as long as anybody works here
    except OSError as error:
        raise UsageError(f"{base}: no folder to work in: {error.strerror}; name another with --work") from error
    try:
        yield path
    finally:
        clones.remove(path)
        os.close(lock)


def _clear(base: Path) -> None:
    """Remove the folders that nobody works in any more."""
    for path in base.glob(f"{PREFIX}*"):
        with suppress(OSError):  # it is locked, or somebody else's, or being made
            lock = os.open(path / "lock", os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                clones.remove(path)
            finally:
                os.close(lock)
