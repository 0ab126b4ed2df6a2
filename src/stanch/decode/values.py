"""Values that are encoded as a whole: base64, hexadecimal digits, percent signs; one in the other too."""

from __future__ import annotations

from binascii import a2b_base64
from itertools import accumulate

from stanch.decode import DEEPEST, Decoded
from stanch.regexes import lazy
from stanch.values import dataclass, field

_PRINTABLE = lazy(rb"[\t\n\r\x20-\x7e]+")
_WHOLE = lazy(
    rb"(?:[A-Za-z0-9+/]{4}){3,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
    rb"|(?:[A-Za-z0-9+/]{4}){2}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)"
)
_URL_SAFE = lazy(rb"[A-Za-z0-9_-]{24,}={0,2}")
"""Without padding, what is decoded must be longer, to be no text by chance."""
_HEX = lazy(rb"(?:0[xX])?((?:[2-7][0-9A-Fa-f]|0[9AaDd]){12,})")
_PERCENT = lazy(rb"(?=[^%]*%)(?:[\w.~!*'()-]|%[0-9A-Fa-f]{2})+")
_BREAKS = b" \t\r\n"
_LINE = lazy(rb"[^ \t\r\n]+")
_SIGNS = bytes.maketrans(b"-_", b"+/")


def printable_base64(value: bytes) -> bytes | None:
    """Return what a whole value says in base64, when that is plain text; chance gives one in a million.

    >>> printable_base64(b"aHVudGVyMnh5eg==")
    b'hunter2xyz'
    """
    joined = value.translate(None, _BREAKS) if b"\n" in value else value
    if not _WHOLE.fullmatch(joined):
        if not _URL_SAFE.fullmatch(joined) or len(joined.rstrip(b"=")) % 4 == 1:
            return None
        joined = joined.rstrip(b"=").translate(_SIGNS)
        joined += b"=" * (-len(joined) % 4)
    decoded = a2b_base64(joined)
    return decoded if _PRINTABLE.fullmatch(decoded) else None


def _base64(value: bytes) -> Decoded | None:
    text = printable_base64(value)
    if text is None:
        return None
    pieces = [found.span() for found in _LINE.finditer(value)]
    at = [0, *accumulate(end - start for start, end in pieces)]
    return Decoded(text, "base64", at, pieces, (3, 4))


def _hex(value: bytes) -> Decoded | None:
    found = _HEX.fullmatch(value)
    if not found:
        return None
    return Decoded(bytes.fromhex(found[1].decode("ascii")), "hex", (0, len(found[1])), (found.span(1),), (1, 2))


def _percent(value: bytes) -> Decoded | None:
    """Return a value of a URL without percent signs, when it has them and no other sign that a URL would escape."""
    if b"%" not in value or not _PERCENT.fullmatch(value):
        return None
    from stanch.decode.escapes import KINDS, unescaped

    decoded = unescaped(value, 0, KINDS[b"%"])
    return decoded if decoded and _PRINTABLE.fullmatch(decoded.data) else None


_FORMS = (_base64, _hex, _percent)


@dataclass(frozen=True, slots=True)
class Value:
    """What a value says, and the layers that were peeled off to know it, the outermost first."""

    text: bytes = field(repr=False)
    layers: tuple[Decoded, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The layers' names."""
        return tuple(layer.layer for layer in self.layers)

    @property
    def is_document(self) -> bool:
        """Is it, once decoded, more than one credential: something with names of its own?"""
        text = self.text
        return bool(self.layers) and (b"\n" in text.strip() or text.startswith((b"{", b"[", b"<")) or b"=" in text[:-2])

    def outer(self, start: int, end: int) -> tuple[int, int]:
        """Return which part of the value says `text[start:end]`."""
        for layer in reversed(self.layers):
            start, end = layer.outer(start, end)
        return start, end


def peeled(value: bytes) -> Value:
    """Return what a whole value says when it is encoded, in whatever is in whatever; most are as they are."""
    layers: tuple[Decoded, ...] = ()
    while len(layers) < DEEPEST:
        layer = next(filter(None, (read(value) for read in _FORMS)), None)
        if layer is None:
            break
        layers, value = (*layers, layer), layer.data
    return Value(value, layers)
