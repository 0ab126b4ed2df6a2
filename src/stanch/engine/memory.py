"""What the engine remembers: history repeats the same line, and the same part of a file, hundreds of times."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from stanch.collisions import Judged
from stanch.readers.formats import Format
from stanch.values import replace


class Part(NamedTuple):
    """What is remembered of a part that a format's reader was given."""

    spans: tuple[tuple[int, int], ...]
    """What it read."""
    judged: tuple[Judged, ...]


class Line(NamedTuple):
    """What is remembered of a line."""

    judged: tuple[Judged, ...]
    """By their place on it."""
    length: int
    open: bool
    """Is there more to be told by who reads what stands around it? There is a candidate, or a call or a command takes
    a credential by its place."""
    hidden: bool
    """Does it hide its credential in an expression, or end before the value?"""
    unread: bool
    """Did nothing come of its credential's name? In settings, whose values are no expressions, that may be wrong."""

    def is_for(self, format: Format | None, *, close: bool) -> bool:
        """Should the reader of a format look at it? `close`: where that can tell little more than the line."""
        if format is None:
            return False
        return self.open or self.hidden or (self.unread and not format.code and not close)

    def candidates(self, first: int) -> Iterator[tuple[int, Judged]]:
        """Yield its candidates where the line begins at `first`, which is what led to them."""
        for item in self.judged:
            yield first, replace(item, start=item.start + first, end=item.end + first)
