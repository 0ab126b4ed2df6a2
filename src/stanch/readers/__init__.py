"""Readers: the names and constant values of a content, as whoever wrote its format reads them.

`lines` reads any line of any format, and is asked first. A reader of a format is asked only where the prefilter points
and a line leaves something open: what it says of a span then stands. Each is a module with one function,
`read(data) -> Iterable[Assignment]`, and a row in FORMATS; nothing is imported before it is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib import import_module

from stanch.readers.formats import Format
from stanch.values import dataclass, field


@dataclass(frozen=True, slots=True)
class Assignment:
    """A name and its constant value, with the places of the value's parts."""

    name: bytes
    value: bytes = field(repr=False)
    parts: tuple[tuple[int, int], ...]
    """Start and end of each literal that the value was folded from, in the bytes that were read."""
    quoted: bool
    dynamic: bool = False
    """Is the value a constant followed by something that is not?"""
    section: bytes = b""
    """The names around it, outermost first, with blanks between: enclosing keys, a table, a function that is called.
    They tell whose it is, and nothing of what it is."""
    sure: bool = False
    """Does the format itself say that a credential stands here, whatever it is called: the fifth field of `.pgpass`?"""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where `value[start:end]` stands: from its first byte to its last.

        A value whose parts are as long as it has a place for each byte; one that was decoded on the way, as `\\n` in a
        literal, stands as a whole.
        """
        if sum(last - first for first, last in self.parts) != len(self.value):
            return self.parts[0][0], self.parts[-1][1]
        places = []
        for position in (start, end - 1):
            for first, last in self.parts:
                if position < last - first:
                    places.append(first + position)
                    break
                position -= last - first
        return places[0], places[-1] + 1

    def moved(self, by: int) -> Assignment:
        """Return it for a text in which what was read begins at `by`."""
        parts = tuple((start + by, end + by) for start, end in self.parts)
        return Assignment(
            self.name, self.value, parts, self.quoted, self.dynamic, self.section, self.sure
        )  # `replace` takes three times as long


LARGEST = 1 << 20
"""A larger content is read line by line only, in bytes."""
WHOLE = 1 << 15
"""Of a larger content whose format can be read in pieces, only what stands around a line is read."""
BEFORE, AFTER = 12, 24
"""How many lines around one a reader of code is given."""
_WIDEST = 8_192
"""And how many bytes of them, on either side."""


class Reading:
    """What a format's reader makes of one content. Each assignment is told once."""

    def __init__(self, format: Format, data: bytes) -> None:
        self.format = format
        self._data = data
        self._told: set[tuple[bytes, tuple[tuple[int, int], ...]]] = set()
        self._covered = 0

    def near(self, first: int, last: int) -> Iterator[Assignment]:
        """Yield what was not told yet: of code, what stands around `data[first:last]`, and else everything.

        To be asked from the front to the back.
        """
        if last <= self._covered and self._covered:
            return
        start, end, self._covered = 0, len(self._data), len(self._data)
        if self.format.code or (self.format.pieces and not self.format.always and len(self._data) > WHOLE):
            start, self._covered, end = around(self._data, first, last)
        for assignment in _read(self.format, self._data[start:end]):
            moved = assignment.moved(start) if start else assignment
            told = moved.name, moved.parts  # one literal in base64 may hold several values
            if told not in self._told:
                self._told.add(told)
                yield moved


def around(data: bytes, first: int, last: int) -> tuple[int, int, int]:
    """Return the lines around `data[first:last]`: where they begin, up to where others have enough around, and end."""
    start, middle, end = first, last, last
    for _ in range(BEFORE):
        if start <= max(0, first - _WIDEST):
            break
        start = data.rfind(b"\n", 0, start - 1) + 1
    for number in range(AFTER):
        if not 0 <= end < min(len(data), last + _WIDEST):
            break
        middle = end if number <= AFTER // 2 else middle
        end = data.find(b"\n", end + 1)
    return start, middle, end if end >= 0 else len(data)


@lru_cache(maxsize=512)
def _read(format: Format, data: bytes) -> tuple[Assignment, ...]:
    module = import_module(format.module)
    found: Iterable[Assignment] = module.read(data, format.name) if format.named else module.read(data)
    return tuple(found)
