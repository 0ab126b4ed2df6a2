"""Readers: the names and constant values of a content, as whoever wrote its format reads them.

`lines` reads any line of any format, and is asked first. A reader of a format is asked only where the prefilter points
and a line leaves something open: what it says of a span then stands. Each is a module with one function,
`read(data) -> Iterable[Assignment]`, and a row in FORMATS; nothing is imported before it is needed.
"""

from __future__ import annotations

from collections.abc import Iterable
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
        return self.at(tuple((start + by, end + by) for start, end in self.parts), self.section)

    def at(self, parts: tuple[tuple[int, int], ...], section: bytes) -> Assignment:
        """Return it for a text in which it stands at `parts`, under the names of `section`."""
        # `replace` takes three times as long
        return Assignment(self.name, self.value, parts, self.quoted, self.dynamic, section, self.sure)


LARGEST = 1 << 20
"""A larger content is read line by line only, in bytes."""
WHOLE = 1 << 15
"""Of a larger content whose format can be read in pieces, only what stands around a line is read."""
AROUND = 12, 24
"""How many lines before and after one a reader of code is given."""
CLOSE = 2, 5
"""The same in git's history, for any format: what is the same in many versions is read once."""
_WIDEST = 8_192
"""How many bytes of them it is given on either side."""


class Reading:
    """Which parts of one content its format's reader is given."""

    def __init__(self, format: Format, data: bytes, *, close: bool) -> None:
        """`close`: of any format only what stands close to a line is read."""
        self.format = format
        self._data = data
        self.close = close
        in_parts = close or format.code or (format.pieces and len(data) > WHOLE)
        self._in_parts = in_parts and not format.always
        self._covered = 0

    def part(self, first: int, last: int) -> tuple[int, int] | None:
        """Return what to read for `data[first:last]`: where it begins and ends; None when an earlier part holds it.

        Of code it is what stands around, and else everything. To be asked from the front to the back.
        """
        if self.close and self._in_parts:
            start, _, end = around(self._data, first, last, *CLOSE)
            return start, end
        if last <= self._covered and self._covered:
            return None
        if not self._in_parts:
            self._covered = len(self._data)
            return 0, len(self._data)
        start, self._covered, end = around(self._data, first, last, *AROUND)
        return start, end


def around(data: bytes, first: int, last: int, before: int, after: int) -> tuple[int, int, int]:
    """Return the lines around `data[first:last]`: where they begin, up to where others have enough around, and end."""
    start, middle, end = first, last, last
    for _ in range(before):
        if start <= max(0, first - _WIDEST):
            break
        start = data.rfind(b"\n", 0, start - 1) + 1
    for number in range(after):
        if not 0 <= end < min(len(data), last + _WIDEST):
            break
        middle = end if number <= after // 2 else middle
        end = data.find(b"\n", end + 1)
    return start, middle, end if end >= 0 else len(data)


def read(format: Format, data: bytes, near: tuple[int, int] | None = None) -> Iterable[Assignment]:
    """Return what a format's reader makes of a part of a content; `near`: what stands there is enough."""
    reader = import_module(format.module).read
    named = (format.name,) if format.named else ()
    found: Iterable[Assignment] = reader(data, *named, near) if format.code else reader(data, *named)
    return found
