"""Layers: text inside other text, peeled off where the prefilter points, never everywhere.

Base64 is decoded around an encoded anchor only. UTF-16 is recognised by its byte order mark or by its zeros.
"""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from stanch.regexes import lazy
from stanch.values import dataclass, field

DEEPEST = 3
"""How many layers are peeled off at most."""
_LONGEST_RUN = 12_288
"""How far a run of base64 is followed on either side of an anchor, in bytes."""
_SHORTEST_RUN = 16
_RUN = lazy(rb"[A-Za-z0-9+/_-]*")
_NOT_RUN = lazy(rb"[^A-Za-z0-9+/_-]")
_PRINTABLE = lazy(rb"[\t\n\r\x20-\x7e]+")
_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_LETTERS = bytes((*b"\t\n\r", *range(0x20, 0x7F), *range(0xA0, 0x100)))
"""Those of the first 256 characters that text consists of."""
_WHOLE = lazy(
    rb"(?:[A-Za-z0-9+/]{4}){3,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
    rb"|(?:[A-Za-z0-9+/]{4}){2}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)"
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a run of encoded text holds, and where the run stands in the outer text."""

    data: bytes = field(repr=False)
    start: int
    layer: str

    def outer(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the encoded bytes that `data[start:end]` was decoded from."""
        return self.start + start // 3 * 4, self.start + -(-end // 3) * 4


def base64_run(data: bytes, hit: int, phase: int) -> Decoded | None:
    """Decode the base64 around an anchor's piece at `hit`, `phase` characters into its group of four."""
    low = max(0, hit - _LONGEST_RUN)
    breaks = _NOT_RUN.search(data[low:hit][::-1])
    first = hit - breaks.start() if breaks else low
    start = first + (hit - phase - first) % 4
    if start > hit:
        return None
    run = _RUN.match(data, start, hit + _LONGEST_RUN)
    text = run[0] if run else b""
    if len(text) < _SHORTEST_RUN:
        return None
    import base64  # a hook that meets none does not need it
    import binascii

    text = text[: len(text) - (len(text) % 4 == 1)].translate(_STANDARD)
    try:
        return Decoded(base64.b64decode(text + b"=" * (-len(text) % 4)), start, "base64")
    except binascii.Error:
        return None


_STANDARD = bytes.maketrans(b"-_", b"+/")


def printable_base64(value: bytes) -> bytes | None:
    """Return what a whole value says in base64, when that is plain text; chance gives one in a million.

    >>> printable_base64(b"aHVudGVyMnh5eg==")
    b'hunter2xyz'
    """
    if not _WHOLE.fullmatch(value):
        return None
    import base64

    decoded = base64.b64decode(value)
    return decoded if _PRINTABLE.fullmatch(decoded) else None


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
