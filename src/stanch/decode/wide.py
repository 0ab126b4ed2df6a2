"""UTF-16: a whole text, recognised by its byte order mark or by its zeros, or a piece in the midst of a program."""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from stanch.regexes import lazy

if TYPE_CHECKING:
    from stanch.decode import Decoded

_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_LETTERS = bytes((*b"\t\n\r", *range(0x20, 0x7F), *range(0xA0, 0x100)))
"""Those of the first 256 characters that text consists of."""
_PLAIN = _LETTERS[:98]
_LONGEST = 8_192
"""How far wide text is followed on either side of an anchor, in bytes."""
_PAIRS = lazy(rb"(?:[\t\n\r\x20-\x7e]\0)*")
_PAIRS_BACK = lazy(rb"(?:\0[\t\n\r\x20-\x7e])*")


def utf16(data: bytes) -> tuple[bytes, str] | None:
    """Return `data` as UTF-8 with the name of its encoding, when it looks like UTF-16 text."""
    name = utf16_name(data)
    return (utf8(data, name), name) if name else None


def utf8(data: bytes, name: str) -> bytes:
    """Return text of the encoding `name` as UTF-8."""
    return data.decode(name, "replace").encode("utf-8")


def utf16_parts(data: bytes, starts: Sequence[int]) -> Iterator[int]:
    """Yield which of the texts that begin at `starts`, a byte apart, look like UTF-16; some of them twice.

    That is asked of those alone that hold a zero or begin with a mark, since it is few of many.
    """
    for part, start in enumerate(starts):
        if data[start : start + 2] in _MARKS:
            yield part
    ends = [*(start - 1 for start in starts[1:]), len(data)]
    at = data.find(0)
    while at >= 0:
        part = bisect_right(starts, at) - 1
        if utf16_name(data, starts[part], ends[part]):
            yield part
        at = data.find(0, ends[part])


def utf16_name(data: bytes, start: int = 0, end: int = sys.maxsize) -> str | None:
    """Return which UTF-16 the text `data[start:end]` looks like: by its byte order mark, or by its zeros.

    Programs begin with zeros too, in both halves of their pairs of bytes; text has other text in one of them.
    """
    head = data[start : min(start + 64, end)]
    mark = head[:2]
    if mark in _MARKS:
        return _MARKS[mark]
    zeros = len(head) * 3 // 8
    if head.count(0) <= zeros:
        return None
    for text, rest, name in ((head[::2], head[1::2], "utf-16-le"), (head[1::2], head[::2], "utf-16-be")):
        if rest.count(0) > zeros and len(text.translate(None, _LETTERS)) <= len(text) // 8:
            return name
    return None


def wide_run(data: bytes, hit: int) -> Decoded | None:
    """Return the text of two bytes a character, one of them zero, around an anchor at `hit`: in either order."""
    from stanch.decode import Decoded

    low, high = max(0, hit - _LONGEST), hit + _LONGEST
    before, after = _PAIRS_BACK.match(data[low:hit][::-1]), _PAIRS.match(data, hit, high)
    if before is None or after is None:  # which cannot be: both match nothing too
        return None
    start, end, layer = hit - before.end(), after.end(), "utf-16-le"
    if start and data[start - 1] == 0 and data[end : end + 1].translate(None, _PLAIN) == b"" != data[end : end + 1]:
        end, layer = end + 1, "utf-16-be"  # the zero of the last character stands before it
    text = data[start:end:2]
    return Decoded(text, layer, (0, end - start), ((start, end),), (1, 2), end >= high) if text else None
