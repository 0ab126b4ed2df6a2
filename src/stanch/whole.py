"""Files that appear whole or not at all: written beside their place, flushed to the disk, renamed."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

_under_way: set[Path] = set()


def write(path: Path, content: bytes, *, private: bool = False, like: os.stat_result | None = None) -> None:
    """Put `content` at `path`, or where that links to; with `private` only the user can read it.

    With `like`, of the file that stood there, it has that one's mode, and its owner where that is possible.

    Raises OSError when that is not possible; what stood there then still does, and nothing is left beside it.
    """
    path = Path(os.path.realpath(path))
    # No process id: in containers it is the same in every run, and one that was killed may have left its file.
    partial = path.with_name(f"{path.name}.{os.urandom(4).hex()}.partial")
    _under_way.add(partial)
    try:
        closed = private or like is not None
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if closed else 0o666)
        with open(descriptor, "wb") as file:
            if like is not None:
                _resemble(descriptor, like)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except BaseException:
        with suppress(OSError):  # it may never have come to be
            partial.unlink()
        raise
    finally:
        _under_way.discard(partial)
    _keep_name(path.parent)


def _resemble(descriptor: int, like: os.stat_result) -> None:
    """Give a file the owner and the mode of another; only root can give one away."""
    made = os.fstat(descriptor)
    if (made.st_uid, made.st_gid) != (like.st_uid, like.st_gid):
        with suppress(OSError):  # it is then the user's own, as an editor would leave it
            os.fchown(descriptor, like.st_uid, like.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(like.st_mode))


def abandon() -> None:
    """Remove what is being written: for a process that ends in the midst of it."""
    for partial in tuple(_under_way):
        with suppress(OSError):  # not yet made, or renamed by now
            partial.unlink()


def _keep_name(folder: Path) -> None:
    """Flush a folder, so that a power cut does not undo a rename; the file itself is safe without."""
    with suppress(OSError):  # not every file system can, and who may write in a folder need not be able to read it
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
