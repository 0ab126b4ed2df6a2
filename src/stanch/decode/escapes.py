"""Escapes: text in a URL, in HTML or in a string of another string, around a sign that is written so.

| layer | for example | source |
|---|---|---|
| `percent` | `password%3Dx` | RFC 3986, 2.1 |
| `html` | `&quot;password&quot;:&quot;x&quot;` | the HTML standard, 13.5 |
| `escaped` | `\\"password\\":\\"x\\"`, `\\u003d`, `\\x3d`, `\\/` | RFC 8259, 7, and ECMAScript, 12.9.4 |
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from stanch.decode import Decoded
from stanch.regexes import lazy

_BEFORE, _BEHIND = 512, 8_192
"""How much of a long line is read around an anchor, in bytes."""
_SIGN = lazy(rb"[%&\\]")
_SIMPLE = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}


def _percent(found: re.Match[bytes]) -> bytes:
    return bytes((int(found[0][1:], 16),))


def _entity(found: re.Match[bytes]) -> bytes:
    from html import unescape

    return unescape(found[0].decode("ascii")).encode("utf-8", "replace")


def _backslash(found: re.Match[bytes]) -> bytes:
    digits = found["digits"] or found["braced"] or found["two"]
    if digits:
        code = int(digits, 16)
        return chr(code).encode("utf-8", "replace") if code <= 0x10FFFF else found[0]
    if found["pair"]:
        high, low = int(found["pair"][1:5], 16), int(found["pair"][7:], 16)
        return chr(0x10000 + ((high & 0x3FF) << 10 | low & 0x3FF)).encode()
    return _SIMPLE.get(found[0][1:], found[0][1:])


Kind = tuple[str, re.Pattern[bytes], Callable[[re.Match[bytes]], bytes]]
KINDS: dict[bytes, Kind] = {
    b"%": ("percent", lazy(rb"%[0-9A-Fa-f]{2}"), _percent),
    b"&": ("html", lazy(rb"&(?:\#\d{1,7}|\#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});"), _entity),
    b"\\": (
        "escaped",
        lazy(
            rb"\\(?:(?P<pair>u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2})|u(?P<digits>[0-9A-Fa-f]{4})"
            rb"|u\{(?P<braced>[0-9A-Fa-f]{1,6})\}|x(?P<two>[0-9A-Fa-f]{2})|[\"'`/\\nrt])"
        ),
        _backslash,
    ),
}
"""By the sign that an escape begins with: the layer, what an escape looks like, and what it stands for."""


def unescaped_near(data: bytes, position: int) -> Decoded | None:
    """Return the line of `position` without the escapes of the first kind at or behind it; of a long one a part."""
    sign = _SIGN.search(data, position, position + 128)
    return unescaped(data, position, KINDS[sign[0]]) if sign else None


def unescaped_around(data: bytes, position: int) -> Decoded | None:
    """Return the line of `position` without the escapes that base64 has in a string or in a URL; the first kind."""
    views = (unescaped(data, position, KINDS[sign]) for sign in (b"\\", b"%"))
    return next(filter(None, views), None)


def escapes_in(value: bytes) -> Kind | None:
    """Return the kind of escapes that a value holds, if it does: one that changes what it says."""
    for sign in (b"\\", b"&"):
        if sign in value and KINDS[sign][1].search(value):
            return KINDS[sign]
    return None


def unescaped(data: bytes, position: int, kind: Kind) -> Decoded | None:
    """Return the line of `position` without escapes of a kind, or None where it has none; of a long one a part."""
    layer, pattern, meaning = kind
    low = data.rfind(b"\n", max(0, position - _BEFORE), position) + 1 or max(0, position - _BEFORE)
    limit = min(len(data), position + _BEHIND)
    high = data.find(b"\n", position, limit)
    cut = high < 0 and limit < len(data)
    high = limit if high < 0 else high
    texts, at, pieces = [], [0], []
    for start, end, text in _parts(data, low, high, pattern, meaning):
        texts.append(text)
        at.append(at[-1] + len(text))
        pieces.append((start, end))
    if len(pieces) < 2 and not (pieces and texts[0] != data[low:high]):
        return None
    return Decoded(b"".join(texts), layer, at, pieces, (1, 1), cut)


def _parts(
    data: bytes, low: int, high: int, pattern: re.Pattern[bytes], meaning: Callable[[re.Match[bytes]], bytes]
) -> Iterator[tuple[int, int, bytes]]:
    """Yield where each escape, and what stands between two, begins and ends, and what it says; it is never empty."""
    done = low
    for found in pattern.finditer(data, low, high):
        if found.start() > done:
            yield done, found.start(), data[done : found.start()]
        text = meaning(found)
        if text:
            yield *found.span(), text
        done = found.end()
    if high > done:
        yield done, high, data[done:high]
