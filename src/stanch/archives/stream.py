"""Bytes that come in order, as far as they come, and bytes at any place."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from stanch.archives.bounds import PIECE
from stanch.archives.trouble import Trouble
from stanch.values import dataclass, field


class Stream:
    """Bytes that are read once, in order. Where they cannot be had they end, and `trouble` says why."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        """`pieces` are none of them empty; they may raise Trouble."""
        self._pieces = pieces
        self._buffer = b""
        self._used = 0
        self.trouble: Trouble | None = None

    def read(self, size: int) -> bytes:
        """Return the next `size` bytes; fewer when there are no more."""
        data = self.head(size)
        self._used += len(data)
        return data

    def head(self, size: int) -> bytes:
        """Return what `read` would, and leave it there."""
        missing = size - (len(self._buffer) - self._used)
        if missing > 0:
            pieces = [self._buffer[self._used :]]
            try:
                while missing > 0 and (piece := next(self._pieces, b"")):
                    pieces.append(piece)
                    missing -= len(piece)
            except Trouble as trouble:
                self.trouble = trouble.bare()
            self._buffer, self._used = b"".join(pieces), 0
        return self._buffer[self._used : self._used + size]

    def unread(self, data: bytes) -> None:
        """Put back what was read last."""
        self._buffer, self._used = data + self._buffer[self._used :], 0

    def pieces(self, size: int | None = None) -> Iterator[bytes]:
        """Yield the next `size` bytes, or all that is left, some at a time; fewer when there are no more."""
        while (size is None or size > 0) and (piece := self.read(PIECE if size is None else min(size, PIECE))):
            size = None if size is None else size - len(piece)
            yield piece

    def skip(self, size: int | None = None) -> None:
        """Pass over the next `size` bytes, or all that is left."""
        for _ in self.pieces(size):
            pass

    def skip_zeros(self) -> None:
        """Pass over the padding that tapes and blocks want."""
        while (block := self.head(PIECE)).startswith(b"\0"):
            self.read(len(block) - len(block.lstrip(b"\0")))

    def end(self) -> None:
        """Have no more."""
        self._pieces, self._buffer, self._used = iter(()), b"", 0


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes of which any can be had at any time: a file's, or some in memory."""

    size: int
    read: Callable[[int, int], bytes] = field(repr=False)
    """Returns so many bytes from that place on, fewer where the content ends."""

    def at(self, start: int, size: int) -> bytes:
        """Return `size` bytes from `start` on; fewer, or none, where there are no such."""
        return self.read(start, size) if start >= 0 else b""

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes between two places, some at a time."""
        while start < end and (piece := self.at(start, min(end - start, PIECE))):
            start += len(piece)
            yield piece

    def stream(self) -> Stream:
        """Return all of it in order."""
        return Stream(self.pieces(0, self.size))


def in_memory(data: bytes | bytearray) -> Content:
    """Return bytes in hand as content."""
    view = memoryview(data)
    return Content(len(data), lambda start, size: bytes(view[start : start + size]))


@dataclass(frozen=True, slots=True)
class Entry:
    """What an archive says of one member, and its content where it has any."""

    name: str
    content: Stream | None
    note: bytes = field(default=b"", repr=False)
    """Other text about it: a comment, where a link leads."""
    sealed: bool = False
    """Is it encrypted?"""


def text(name: bytes) -> str:
    """Return a member's name as paths are: UTF-8, and what is none in a form that can be turned back."""
    return name.decode("utf-8", "surrogateescape")
