"""The objects that a sweep has read and that held nothing: eight bytes of each id, on the disk, shared by all workers.

Whether an object is clean depends on its content and on the setting alone, so this is true of every repository that
holds it, and stays true whatever becomes of a run. What held something is never in here: it is read again wherever it
is, and so no secret has to be kept.
"""

from __future__ import annotations

import fcntl
import mmap
import os
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from stanch import cache

SUFFIX = ".seen"
SLICES = 256
"""Files are merged in so many parts, by the first byte of the ids, so that a part is what memory has to hold."""
KEPT = 4
"""So many settings' objects are kept, those used last."""


class Seen:
    """Tells which objects are to be read, and notes them."""

    def __init__(self, *known: Sequence[int]) -> None:
        """`known` are ids' first eight bytes, each in ascending order."""
        self._known = known
        self._asked = array("Q")

    def wants(self, oid: str) -> bool:
        """Tell whether an object is new."""
        prefix = _prefix(oid)
        for known in self._known:
            place = bisect_left(known, prefix)
            if place < len(known) and known[place] == prefix:
                return False
        self._asked.append(prefix)
        return True

    def read(self, held: Iterable[str] = ()) -> array[int]:
        """Return what was wanted without what is `held`, in ascending order."""
        return array("Q", sorted({*self._asked} - {_prefix(oid) for oid in held}))


class Folder:
    """A folder of files that each hold ids in ascending order; a few, since small ones are merged.

    Only one sweep at a time adds to it. Others read what is there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._open: dict[str, memoryview[int]] = {}
        self._lock: int | None = None
        self._next = 0

    def own(self) -> bool:
        """Make it ours to add to, and return whether it is. Raises OSError where there can be no such folder."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # another sweep of the same setting
            os.close(descriptor)
            return False
        self._lock = descriptor
        self._next = max((int(name.split(".")[0]) + 1 for name in self._names()), default=0)
        os.utime(self.path)
        return True

    def close(self) -> None:
        """Let another sweep add to it."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
        self._open.clear()

    def known(self) -> tuple[memoryview[int], ...]:
        """Return what the files hold, the largest first; they are mapped, not read."""
        for _ in range(3):
            names = self._names()
            self._open = {name: view for name, view in self._open.items() if name in names}
            with suppress(FileNotFoundError):  # merged into another a moment ago, which is there by now
                for name in names - self._open.keys():
                    self._open[name] = _mapped(self.path / name)
                break
        return tuple(sorted(self._open.values(), key=len, reverse=True))

    def add(self, ids: array[int]) -> None:
        """Keep ids, in ascending order, for all tasks that begin from now on. Raises OSError where the disk is full."""
        if not ids or self._lock is None:
            return
        self._write([ids])
        sizes = sorted((view for view in self.known()), key=len)
        merged = 1
        while merged < len(sizes) and len(sizes[merged]) <= 2 * sum(map(len, sizes[:merged])):
            merged += 1
        if merged > 1:
            old = [name for name, view in self._open.items() if any(view is one for one in sizes[:merged])]
            self._write(_merged(sizes[:merged]))
            for name in old:
                (self.path / name).unlink(missing_ok=True)

    def _write(self, parts: Iterable[array[int]]) -> None:
        path = self.path / f"{self._next}{SUFFIX}"
        self._next += 1
        partial = path.with_suffix(".partial")
        try:
            with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                for part in parts:
                    part.tofile(file)
            os.replace(partial, path)
        except OSError:
            partial.unlink(missing_ok=True)
            raise

    def _names(self) -> set[str]:
        try:
            return {name for name in os.listdir(self.path) if name.endswith(SUFFIX)}
        except FileNotFoundError:
            return set()


def _prefix(oid: str) -> int:
    return int(oid[:16], 16)


def _mapped(path: Path) -> memoryview[int]:
    """Return what a file holds; nothing of one that is not ours alone, for it would hide what it names."""
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        if status.st_uid != os.geteuid() or status.st_mode & 0o022 or status.st_size % 8 or not status.st_size:
            cache.note("warning", "%s was not written by this user's stanch; not used", path)
            return memoryview(b"").cast("Q")
        return memoryview(mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)).cast("Q")


def _merged(views: Sequence[Sequence[int]]) -> Iterator[array[int]]:
    """Yield the ids of all, each once, in ascending order, slice by slice."""
    for number in range(SLICES):
        low, high = number << 56, (number + 1) << 56
        ids: set[int] = set()
        for view in views:
            ids.update(view[bisect_left(view, low) : bisect_left(view, high)])
        yield array("Q", sorted(ids))


def forget(folder: Path, kept: int = KEPT) -> None:
    """Remove all but the `kept` folders below `folder` that were used last, and those that a sweep adds to now."""
    with suppress(OSError):  # what is not removed now is removed another time
        unused = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)[kept:]
        for path in unused:
            one = Folder(path)
            if one.own():
                try:
                    for file in path.iterdir():
                        file.unlink()
                    path.rmdir()
                finally:
                    one.close()
