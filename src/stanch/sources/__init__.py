"""Sources: what a target on the command line turns into. Each yields shards, pieces of work for one worker."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar, runtime_checkable

from stanch.model import Chunk, Detection, Fault, Origin, Result, Shard

WINDOW = 4 << 20
"""Content longer than this is scanned in windows of so many bytes, so that memory stays bounded."""
OVERLAP = 64 << 10
"""Windows share so many bytes. What begins in the first half of them is told by the earlier window, the rest by the
later one: so each has half of them, twice the longest match, around what it tells."""
BATCH = 512 << 10
"""Smaller contents are put together to about so many bytes, which the prefilter sees in one call."""
SHARD = 16 << 20
"""About how much content makes a shard, in bytes."""
MOST_ITEMS = 4_096
"""At most how many pieces of content make a shard."""


class Source(Protocol):
    """Something that yields content to scan."""

    def shards(self) -> Iterator[Shard | Fault]:
        """Yield the work, in a fixed order; what cannot even be listed is yielded as a fault."""


@runtime_checkable
class Remote(Source, Protocol):
    """A source that lies elsewhere, and knows more of what was found there than its contents say."""

    notes: list[str]
    """Words for the user, once it was scanned."""

    def everywhere(self, detections: Iterable[Detection]) -> Iterator[Detection]:
        """Yield the detections of all sources, its own at every place where their content stands."""

    def concluded(self, result: Result) -> Result:
        """Return the result of the scan, its own findings with all that there is to say."""


T = TypeVar("T")


def halves(items: tuple[T, ...]) -> tuple[tuple[T, ...], ...]:
    """Return both halves of some items; nothing for a single one."""
    middle = len(items) // 2
    return (items[:middle], items[middle:]) if middle else ()


def windows(read: Callable[[int], bytes], size: int, origin: Origin, layers: tuple[str, ...] = ()) -> Iterator[Chunk]:
    """Yield `size` bytes that `read(n)` returns, as one chunk or as overlapping windows.

    `read` returns as many bytes as it is asked for, unless the content ends. A window reports lines and columns
    as the whole content would.
    """
    if size <= WINDOW:
        yield Chunk(origin, read(size), layers)
        return
    data = read(WINDOW)
    offset, line, column = 0, 1, 1
    while True:
        done = offset + len(data)
        more = read(min(size - done, WINDOW - OVERLAP)) if done < size else b""
        first = OVERLAP // 2 if offset else 0
        last = len(data) - OVERLAP + OVERLAP // 2 if more else sys.maxsize
        yield Chunk(origin, data, layers, offset, line, column, first, last)
        if not more:
            return
        kept = len(data) - OVERLAP
        newline = data.rfind(b"\n", 0, kept)
        line += data.count(b"\n", 0, kept)
        column = kept - newline if newline >= 0 else column + kept
        offset += kept
        data = data[kept:] + more
