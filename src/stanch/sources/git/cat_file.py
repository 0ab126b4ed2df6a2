"""The git process that a worker asks for objects."""

from __future__ import annotations

import atexit
import fcntl
import os
import select
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import IO

from stanch.sources.git import Repository, view

_READ = 96 << 10
"""How much is read from git at a time, in bytes: more would cost a fresh mapping of memory each time."""
PATIENCE = 10.0
"""Seconds after which a silent git is given up: it waits for a question, and we for an answer that does not come."""


class CatFile:
    """A `git cat-file --batch` that lives on from shard to shard, so that it keeps the bases of nearby deltas.

    A process has one at a time; used as a context, it is given up unless all that was asked for was read.
    """

    _current: CatFile | None = None
    _SLICE = 400
    """How many objects are asked for at a time; two such requests fit into a pipe."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.complaint = ""
        self._git = repository.start("cat-file", "--batch", stdin=subprocess.PIPE)
        assert self._git.process.stdin is not None  # noqa: S101  # a pipe, as asked for
        self._answers, self._requests = self._git.output, self._git.process.stdin
        _widen(self._answers)
        self._owner = os.getpid()
        self.answered = 0
        """How many of the objects last asked for came whole."""
        self._buffer = b""
        self._used = 0
        self._silent = False
        self._left = 0
        self._idle = True

    @classmethod
    def of(cls, repository: Repository) -> CatFile:
        """Return this process's git for `repository`, started if need be."""
        current = cls._current
        if current is None or current.repository != repository or current._owner != os.getpid():
            cls.close_current()
            current = cls._current = cls(repository)
            if "multiprocessing" in sys.modules:  # a worker ends without looking at what atexit was told
                from multiprocessing.util import Finalize

                Finalize(None, cls.close_current, exitpriority=1)
        return current

    @classmethod
    def close_current(cls) -> None:
        """End this process's git, if there is one. One inherited by a fork is left to its owner."""
        current, cls._current = cls._current, None
        if current is not None and current._owner == os.getpid():
            current.close()

    def __enter__(self) -> CatFile:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._idle:
            CatFile._current = None
            self.close()

    def objects(self, oids: Sequence[str]) -> Iterator[tuple[str, str, int]]:
        """Yield id, type (`missing` for one that git has not) and size of each object.

        Stop early when git dies, falls silent, or answers another question: then `oids[answered]` is broken.
        """
        self._idle, self.answered = False, 0
        self._ask(oids[: self._SLICE])
        for number, oid in enumerate(oids):
            if number % self._SLICE == 0:
                self._ask(oids[number + self._SLICE : number + 2 * self._SLICE])
            header = self._line().split()
            if not header or header[0] != oid.encode():
                return
            kind, size = (header[1].decode(), int(header[2])) if len(header) == 3 else ("missing", -1)
            self._left = size + 1
            yield oid, kind, size
            while self._left > 1 and self.read(min(self._left - 1, 1 << 20)):
                pass  # what nobody wanted
            if self._left > 1 or (self._left and self._take(1) != b"\n"):
                return
            self.answered = number + 1
        self._idle = True

    def read(self, size: int) -> bytes:
        """Return the next `size` bytes of the object; fewer when it ends, or git does."""
        data = self._take(min(size, self._left - 1))
        self._left -= len(data)
        return data

    def _line(self) -> bytes:
        while (newline := self._buffer.find(b"\n", self._used)) < 0:
            if not self._more():
                return b""
        line = self._buffer[self._used : newline]
        self._used = newline + 1
        return line

    def _take(self, size: int) -> bytes:
        while len(self._buffer) - self._used < size and self._more(size):
            pass
        data = self._buffer[self._used : self._used + size]
        self._used += len(data)
        return data

    def _more(self, wanted: int = 0) -> bool:
        """Read on; return False when git has ended or says nothing for too long."""
        if self._silent:
            return False
        pieces = [self._buffer[self._used :]]
        missing = max(wanted - len(pieces[0]), 1)
        while missing > 0:
            patient = select.select([self._answers], [], [], PATIENCE)[0]
            piece = os.read(self._answers.fileno(), max(missing, _READ)) if patient else b""
            if not piece:
                self._silent = True
                break
            pieces.append(piece)
            missing -= len(piece)
        self._buffer, self._used = b"".join(pieces), 0
        return len(pieces) > 1

    def _ask(self, oids: Sequence[str]) -> None:
        try:
            self._requests.write("".join(f"{oid}\n" for oid in oids).encode())
            self._requests.flush()
        except BrokenPipeError:
            return  # git died: reading its answers tells where

    def close(self) -> None:
        """End git; `complaint` then says what it complained of."""
        self.complaint = self._git.end()


def _widen(pipe: IO[bytes]) -> None:
    """Let a pipe hold a megabyte, so that git and we wait for each other less; a kernel may refuse."""
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 1 << 20)


def close() -> None:
    """End this process's git, and remove the views of repositories that it made."""
    CatFile.close_current()
    view.close()


atexit.register(CatFile.close_current)
