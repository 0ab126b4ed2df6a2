"""Layers: text inside other text, peeled off where the prefilter points, never everywhere.

| module | what it is for |
|---|---|
| `wide` | UTF-16, recognised by its byte order mark or by its zeros, and in the midst of a program |
| `runs` | base64 and hexadecimal digits around an anchor, also over several lines |
| `escapes` | `%3D`, `&quot;`, `\\u003d` and other escapes around an anchor |
| `values` | a value that is encoded as a whole |
| `packed` | gzip, zip and the like that came out of one of these |

A hook meets none of them mostly, so each is imported when it is needed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from operator import itemgetter

from stanch.decode.wide import utf8, utf16, utf16_name, utf16_parts
from stanch.prefilter import ESCAPED, HEX, WIDE
from stanch.values import dataclass, field

__all__ = ["DEEPEST", "Decoded", "around", "printable_base64", "utf8", "utf16", "utf16_name", "utf16_parts"]

DEEPEST = 4
"""How many layers are peeled off at most. Secrets of Helm have base64 of base64 of gzip."""
MARGIN = 2_048
"""An anchor so far before the end of what was decoded has been seen with its surroundings, in bytes."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """What encoded text holds, and where its characters stand in the outer text.

    The characters are those that encode something: without the breaks of lines between them.
    """

    data: bytes = field(repr=False)
    layer: str
    at: Sequence[int] = field(repr=False)
    """Which character each piece of the outer text begins with, in ascending order; the last one is their number."""
    pieces: Sequence[tuple[int, int]] = field(repr=False)
    """Start and end of each piece. An escape is a piece: of its characters, those that it stands for, none alone."""
    unit: tuple[int, int] = (1, 1)
    """So many bytes of `data` stand in so many characters."""
    cut: bool = False
    """Does the encoded text go on behind what was decoded?"""

    def outer(self, start: int, end: int) -> tuple[int, int]:
        """Return the smallest span of the outer text that `data[start:end]` was decoded from."""
        few, many = self.unit
        first, last = start // few * many, min(-(-end // few) * many, self.at[-1]) - 1
        number = self._piece(first)
        begin, stop = self.pieces[number]
        plain = stop - begin == self.at[number + 1] - self.at[number]
        where = begin + first - self.at[number] if plain else begin
        number = self._piece(last)
        begin, stop = self.pieces[number]
        plain = stop - begin == self.at[number + 1] - self.at[number]
        return where, begin + last - self.at[number] + 1 if plain else stop

    def _piece(self, character: int) -> int:
        return min(bisect_right(self.at, character), len(self.pieces)) - 1

    def holds(self, position: int, phase: int) -> bool:
        """Has an anchor at `position` of the outer text, in this phase, been decoded with its surroundings?"""
        number = bisect_right(self.pieces, position, key=itemgetter(0)) - 1
        if number < 0 or position >= self.pieces[number][1]:
            return False
        if self.cut and position > self.pieces[-1][1] - MARGIN:
            return False
        character = self.at[number] + position - self.pieces[number][0]
        return self.unit == (1, 1) or character % self.unit[1] == phase


def around(data: bytes, position: int, form: int) -> Decoded | None:
    """Return what the encoded text around an anchor's form at `position` holds, or None where it is none."""
    if form == WIDE:
        from stanch.decode.wide import wide_run

        return wide_run(data, position)
    if form == ESCAPED:
        from stanch.decode.escapes import unescaped_near

        return unescaped_near(data, position)
    from stanch.decode.runs import base64_run, hex_run, is_escaped

    run = hex_run(data, position) if form == HEX else base64_run(data, position, form)
    if run is not None and is_escaped(data, run):
        from stanch.decode.escapes import unescaped_around

        return unescaped_around(data, position) or run
    return run


def printable_base64(value: bytes) -> bytes | None:
    """Return what a whole value says in base64, when that is plain text; see `values`."""
    from stanch.decode import values

    return values.printable_base64(value)
