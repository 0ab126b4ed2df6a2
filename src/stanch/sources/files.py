"""Files and folders. Of a symbolic link its text is read; devices and pipes are passed over.

What cannot be read, or changes while it is read, is a fault.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from stanch.errors import UsageError
from stanch.model import Batch, Chunk, Fault, Origin, Sealed, Shard
from stanch.sources import MOST_ITEMS, SHARD, archived, halves, names, windows
from stanch.values import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class FileShard:
    """Some files of one target."""

    target: str
    root: str
    paths: tuple[str, ...] = field(repr=False)
    """Relative to `root`; empty for the root itself, when that is a file."""
    weight: int
    max_size: int | None = None
    archives: bool = True
    """Are archives opened?"""
    local = False

    def origins(self) -> tuple[Origin, ...]:
        """Return the files."""
        return tuple(self._origin(path) for path in self.paths)

    def split(self) -> tuple[FileShard, ...]:
        """Return the halves."""
        return tuple(replace(self, paths=half, weight=self.weight // 2) for half in halves(self.paths))

    def chunks(self) -> Iterator[Batch | Chunk | Fault | Sealed]:
        """Yield the files' names and content."""
        root = os.path.basename(self.root)
        yield names.batch(self.target, [(os.fsencode(path or root), None) for path in self.paths])
        for path in self.paths:
            try:
                yield from self._file(path)
            except OSError as error:
                yield Fault(self.target, "unreadable", f"{path or self.target}: {error.strerror}")

    def _file(self, path: str) -> archived.Contents:
        full = os.path.join(self.root, path) if path else self.root
        if os.path.islink(full):
            yield Chunk(Origin(self.target, path), os.fsencode(os.readlink(full)))
            return
        # O_NONBLOCK: a pipe that took the file's place since it was listed must not hang the scan.
        descriptor = os.open(full, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
        with open(descriptor, "rb", buffering=0):
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                yield Fault(self.target, "changed", f"{path or self.target}: no longer a file")
                return
            if self.max_size is not None and status.st_size > self.max_size:
                yield Fault(self.target, "too-large", f"{path or self.target}: {status.st_size} bytes")
                return
            origin = self._origin(path)
            opened = archived.in_file(descriptor, status.st_size, origin) if self.archives else None
            if opened is not None:
                yield from opened
                return
            # What the kernel makes up, as in /proc, has content and no size.
            size = status.st_size or (sys.maxsize if os.pread(descriptor, 1, 0) else 0)
            read = _Full(descriptor)
            yield from windows(read, size, origin)
            if status.st_size and read.ended:
                yield Fault(self.target, "changed", f"{path or self.target}: it shrank while it was read")

    def _origin(self, path: str) -> Origin:
        return Origin(self.target, path or os.path.basename(self.root))


class _Full:
    """Reads as many bytes as asked for, unless the file ends."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.ended = False
        """True once there was less to read than asked for."""

    def __call__(self, size: int) -> bytes:
        data = os.read(self._descriptor, size)
        while len(data) < size and not self.ended:
            more = os.read(self._descriptor, size - len(data))
            self.ended = not more
            data += more
        return data


@dataclass(frozen=True, slots=True)
class Files:
    """A file or a folder; in a folder, those of `listed` only, when given."""

    target: str
    root: Path
    max_size: int | None = None
    listed: tuple[str, ...] | None = None
    archives: bool = True

    def shards(self) -> Iterator[Shard | Fault]:
        """Yield the files in a fixed order, some at a time."""
        batch: list[str] = []
        weight = 0
        for item in self._found():
            if isinstance(item, Fault):
                yield item
                continue
            path, size = item
            if batch and (weight + size > SHARD or len(batch) >= MOST_ITEMS):
                yield FileShard(self.target, str(self.root), tuple(batch), weight, self.max_size, self.archives)
                batch, weight = [], 0
            batch.append(path)
            weight += size
        if batch:
            yield FileShard(self.target, str(self.root), tuple(batch), weight, self.max_size, self.archives)

    def _found(self) -> Iterator[tuple[str, int] | Fault]:
        if not self.root.is_dir():
            yield "", self.root.stat().st_size
        elif self.listed is None:
            yield from self._walk("")
        else:
            inside = cache(self._is_inside)
            for path in sorted(self.listed):
                if inside(os.path.dirname(path.rstrip("/"))):
                    yield from self._entry(path.rstrip("/"))

    def _is_inside(self, folder: str) -> bool:
        """Tell whether a folder is where its path says: git lists what stood there before it became a link."""
        full = os.path.join(self.root, folder)
        return os.path.realpath(full) == os.path.normpath(full)

    def _entry(self, path: str) -> Iterator[tuple[str, int] | Fault]:
        try:
            status = os.lstat(os.path.join(self.root, path))
        except FileNotFoundError:
            return  # deleted from the worktree, still in the index
        except OSError as error:
            yield Fault(self.target, "unreadable", f"{path}: {error.strerror}")
            return
        if stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode):
            yield path, status.st_size
        elif stat.S_ISDIR(status.st_mode):
            yield from self._walk(path)

    def _walk(self, folder: str) -> Iterator[tuple[str, int] | Fault]:
        try:
            names = sorted(os.listdir(os.path.join(self.root, folder)))
        except OSError as error:
            yield Fault(self.target, "unreadable", f"{folder or self.target}: {error.strerror}")
            return
        for name in names:
            if name != ".git":
                yield from self._entry(f"{folder}/{name}" if folder else name)


def named(target: str, path: Path, max_size: int | None, *, archives: bool = True) -> Files:
    """Return a file or a folder outside git's ways; a link that the user named is followed.

    Raises UsageError when it is neither.
    """
    path = path.resolve()
    if path.is_dir():
        return Files(target, path, max_size, archives=archives)
    if not path.is_file():
        raise UsageError(f"{target}: neither a file nor a folder")
    return Files(os.path.dirname(target) or ".", path.parent, max_size, (path.name,), archives)
