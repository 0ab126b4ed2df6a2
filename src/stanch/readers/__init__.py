"""Readers: the names and constant values of a content, as whoever wrote its format reads them.

`lines` reads any line of any format, and is asked first. A reader of a format is asked only where the prefilter points
and a line leaves something open: what it says of a span then stands. Each is a module with one function,
`read(data) -> Iterable[Assignment]`, and a row in FORMATS; nothing is imported before it is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from typing import NamedTuple

from stanch.readers.formats import Format
from stanch.regexes import lazy
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
PARSED = 1 << 17
"""Code up to so many bytes is parsed whole: what is cut in the middle of something takes a parser as long."""
AROUND = 12, 24
"""How many lines before and after one a reader of larger code is given."""
CLOSE = 2, 5
"""How many of them are read of code that is parsed whole; and in git's history, for any format, how many are given to
a reader: what is the same in many versions is read once."""
_WIDEST = 8_192
"""How many bytes of them it is given on either side."""

Spans = tuple[tuple[int, int], ...]


class Region(NamedTuple):
    """A part of a content that its format's reader is given."""

    start: int
    end: int
    near: Spans = ()
    """What of it is to be told of code, from `start`; all of it when there is nothing."""


class Reading:
    """Which regions of one content its format's reader is given."""

    def __init__(self, format: Format, data: bytes, *, close: bool) -> None:
        """`close`: of any format only what stands close to a line is read."""
        self.format = format
        self._data = data
        self.close = close

    def is_worth(self, first: int, last: int) -> bool:
        """Is it worth to read a line for what it hides? Code is with a literal nearby that may be one."""
        if not self.format.code:
            return True
        start, _, end = around(self._data, first, last, *CLOSE)
        return holds_literal(self._data, start, end)

    def regions(self, lines: Sequence[tuple[int, int]]) -> Iterator[Region]:
        """Yield what to read for some lines, given from the front to the back by where they begin and end."""
        size, format = len(self._data), self.format
        if format.always or (lines and not (self.close or format.code or (format.pieces and size > WHOLE))):
            yield Region(0, size)
        elif self.close:
            yield from (self._close(first, last) for first, last in lines)
        elif lines and format.code and size <= PARSED:
            yield Region(0, size, tuple(_merged(around(self._data, first, last, *CLOSE) for first, last in lines)))
        else:
            yield from self._apart(lines)

    def _close(self, first: int, last: int) -> Region:
        start, _, end = around(self._data, first, last, *CLOSE)
        return Region(start, end, ((first - start, last - start),))

    def _apart(self, lines: Iterable[tuple[int, int]]) -> Iterator[Region]:
        """Yield what stands around each line that an earlier region does not hold."""
        covered = 0
        for first, last in lines:
            if not covered or last > covered:
                start, covered, end = around(self._data, first, last, *AROUND)
                yield Region(start, end)


_LITERAL = lazy(rb"""["'`](?=[^\s"'`]{0,80}[0-9!@#$%^&*+/=~])[^\s"'`]{6}""")


def holds_literal(data: bytes, start: int, end: int) -> bool:
    """Does a part of code hold a literal that is more than a word?"""
    return _LITERAL.search(data, start, end) is not None


def _merged(spans: Iterable[tuple[int, int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the spans, those that touch or overlap as one."""
    start = end = -1
    for first, _, last in spans:
        if first > end:
            if end >= 0:
                yield start, end
            start = first
        end = max(end, last)
    if end >= 0:
        yield start, end


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


def read(format: Format, data: bytes, near: Spans = ()) -> Iterable[Assignment]:
    """Return what a format's reader makes of a part of a content; `near`: of code, what to tell."""
    reader = import_module(format.module).read
    named = (format.name,) if format.named else ()
    found: Iterable[Assignment] = reader(data, *named, near) if format.code else reader(data, *named)
    return found
