"""Literals: constant texts as they are meant, with the way back to how they stand in a content."""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterable
from typing import NamedTuple

Span = tuple[int, int]
Piece = tuple[int, int, int]
"""Where a stretch begins in a text, and where it starts and ends in the content: an escape is longer there."""


class Literal(NamedTuple):
    """A constant as its format means it: escapes undone, indentation taken away."""

    value: bytes
    pieces: tuple[Piece, ...]
    quoted: bool = True
    tag: bytes = b""
    """What YAML says of its type: `!vault`."""

    def parts(self, first: int = 0, last: int | None = None) -> tuple[Span, ...]:
        """Return where `value[first:last]` stands: a span for each stretch, or one in all when any was decoded."""
        size = len(self.value)
        last = size if last is None else last
        if len(self.pieces) == 1 and last - first == size:
            return (self.pieces[0][1:],)
        found: list[Span] = []
        plain = True
        pieces = self.pieces
        for number in range(max(0, bisect_right(pieces, (first, sys.maxsize)) - 1), len(pieces)):
            at, start, end = pieces[number]
            if at >= last:
                break
            stop = pieces[number + 1][0] if number + 1 < len(pieces) else size
            if stop - at == end - start:
                start, end = start + max(0, first - at), end - max(0, stop - last)
            else:
                plain = False
            if found and found[-1][1] == start:
                found[-1] = found[-1][0], end
            else:
                found.append((start, end))
        if not found:
            return ((self.pieces[0][1], self.pieces[-1][2]),)
        return tuple(found) if plain else ((found[0][0], found[-1][1]),)

    def outer(self, spans: Iterable[Span], size: int) -> tuple[Span, ...]:
        """Return where a value of `size` bytes stands that was read from this text's `spans`."""
        parts = [part for first, last in spans for part in self.parts(first, last)]
        if sum(end - start for start, end in parts) == size:
            return tuple(parts)
        return ((parts[0][0], parts[-1][1]),)

    def cut(self, first: int, last: int) -> Literal:
        """Return the literal that `value[first:last]` is."""
        parts = self.parts(first, last)
        if sum(end - start for start, end in parts) != last - first:
            return Literal(self.value[first:last], ((0, parts[0][0], parts[-1][1]),), self.quoted, self.tag)
        at, pieces = 0, []
        for start, end in parts:
            pieces.append((at, start, end))
            at += end - start
        return Literal(self.value[first:last], tuple(pieces), self.quoted, self.tag)

    def meaning(self, value: bytes) -> Literal:
        """Return the literal for what this one encodes."""
        return Literal(value, ((0, self.pieces[0][1], self.pieces[-1][2]),))


def plain(data: bytes, start: int, end: int, *, quoted: bool = True) -> Literal:
    """Return the literal that `data[start:end]` is as it stands."""
    return Literal(data[start:end], ((0, start, end),), quoted)


def decoded(
    data: bytes,
    start: int,
    end: int,
    escapes: re.Pattern[bytes],
    meaning: Callable[[re.Match[bytes]], bytes],
    *,
    quoted: bool = True,
) -> Literal:
    """Return the literal `data[start:end]` with each of `escapes` replaced by its meaning."""
    values: list[bytes] = []
    pieces: list[Piece] = []
    at, position = 0, start
    for found in escapes.finditer(data, start, end):
        for text, first, last in (
            (data[position : found.start()], position, found.start()),
            (meaning(found), *found.span()),
        ):
            if text:
                values.append(text)
                pieces.append((at, first, last))
                at += len(text)
        position = found.end()
    if position < end or not pieces:
        values.append(data[position:end])
        pieces.append((at, position, end))
    return Literal(b"".join(values), tuple(pieces), quoted)


def joined(literals: Iterable[Literal]) -> Literal:
    """Return the text that literals give one after the other."""
    values: list[bytes] = []
    pieces: list[Piece] = []
    at = 0
    for literal in literals:
        values.append(literal.value)
        pieces.extend((at + begin, start, end) for begin, start, end in literal.pieces if literal.value)
        at += len(literal.value)
    return Literal(b"".join(values), tuple(pieces) or ((0, 0, 0),))


_SINGLE = {
    b"n": b"\n", b"t": b"\t", b"r": b"\r", b"b": b"\b", b"f": b"\f", b"v": b"\v", b"0": b"\0",
}  # fmt: skip


def meaning(escape: re.Match[bytes]) -> bytes:
    """Return what an escape of JSON (RFC 8259) or JSON5 stands for, most of which are YAML's as well.

    `escape` has the groups `high` and `low` of a surrogate pair, `code` in hexadecimal, and `one`.
    """
    if escape["high"]:
        high, low = int(escape["high"], 16), int(escape["low"], 16)
        return chr(0x10000 + (high - 0xD800 << 10) + low - 0xDC00).encode()
    if escape["code"]:
        number = int(escape["code"], 16)
        return chr(number).encode("utf-8", "replace") if number < 0x110000 else escape[0]  # half a pair becomes `?`
    one = escape["one"]
    return b"" if one[:1] in b"\r\n" else _SINGLE.get(one, one)


ESCAPE = (
    rb"\\(?:u(?P<high>[dD][89abAB][0-9a-fA-F]{2})\\u(?P<low>[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|(?:u(?=[0-9a-fA-F]{4})|U(?=[0-9a-fA-F]{8})|x(?=[0-9a-fA-F]{2}))(?P<code>(?<=u)\w{4}|(?<=U)\w{8}|(?<=x)\w{2})"
    rb"|(?P<one>\r?\n[ \t]*+|.))"
)
"""An escape as `meaning` takes it; to be compiled with DOTALL."""
