"""What an anchor looks like inside of other text: in base64, in hexadecimal digits, in UTF-16, with escapes.

An encoded form is looked for like any anchor; `stanch.decode` reads the text around it. Credential words have such
forms too: they lead to whole files, such as a dotenv file in base64.
"""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Iterable, Iterator

from stanch.prefilter import ESCAPED, HEX, WIDE

SHORTEST = 4
"""Anchors are looked for in a form when they have so many characters, and so many are certain there."""
_SHORTEST_ESCAPED = 6

Form = tuple[bytes, int, bool, tuple[bytes, ...], bytes]
"""What is looked for, its form, whether in any case, the characters of which one must follow, and the mark that must
stand somewhere after it."""

_WORDS = ("password", "passwd", "secret", "token", "api_key", "apikey", "private_key", "credential", "connectionstring")
_NAMES = (b'"auth":', *(case.encode() for word in _WORDS for case in (word, word.upper(), word.capitalize())))
_TWICE = (b"password", b"PASSWORD", b"secret", b"SECRET", b"token", b"TOKEN", b"-----BEGIN ", b'"auths"')
"""What is looked for in base64 of base64 too; it has nine forms there."""
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_PACKED = (b"\x1f\x8b\x08\0", b"PK\3\4", b"\xfd7zXZ\0", b"BZh91AY", b"\x28\xb5\x2f\xfd")
"""How compressed content begins, which is a base64 text of its own."""
_ENDS = (
    b"password", b"passwd", b"passphrase", b"pwd", b"pass", b"secret", b"token", b"key", b"credential", b"credentials",
    b"auth", b"dsn", b"connectionstring", b"authorization",
)  # fmt: skip
"""What names end with, before a sign that is escaped …"""
_SIGNS = (
    (b"&", b"#aqAQ", b"#0123456789xXpqPQuU"),  # &quot; &apos; &#34; &#x22;
    (b"%", b"235", b"0123456789abcdABCD"),  # %22 %27 %3A %3D %5D
    (b"\\", b"ux\\", b"023\\"),  # \u0022 \x22, \\\"
)
"""… and how it begins, in HTML, in a URL, in a string of a string."""


def encoded(anchor: bytes) -> set[tuple[bytes, int]]:
    """Return what of `anchor` is certain in base64, at its three alignments, in both alphabets.

    Each piece comes with the position of its first character in its group of four.

    >>> min(encoded(b"BEGIN PRIVATE"))
    (b'CRUdJTiBQUklWQVRF', 2)
    """
    found: set[tuple[bytes, int]] = set()
    for shift in range(3) if len(anchor) >= SHORTEST else ():
        text = b2a_base64(b"\0" * shift + anchor + b"\0" * 3, newline=False)
        first, last = -(-8 * shift // 6), (8 * (shift + len(anchor))) // 6
        piece = text[first:last]
        if len(piece) >= SHORTEST:
            found |= {(piece, first), (piece.translate(bytes.maketrans(b"+/", b"-_")), first)}
    return found


def _spaced(word: bytes) -> bytes:
    """Return a word as UTF-16 has it, without the last zero; Python's codec may lie where it cannot be read."""
    return b"\0".join(bytes((byte,)) for byte in word)


def forms(words: Iterable[bytes], marked: frozenset[bytes]) -> Iterator[Form]:
    """Yield the forms of anchors, each once; those in `marked` count only where an @ follows.

    What is caseless is in lower case.
    """
    known = sorted({*words, *_NAMES})
    twice = {again for word in _TWICE for piece, _ in encoded(word) for again in encoded(piece)}
    wide = {piece for word in _NAMES for piece in encoded(_spaced(word))}
    pieces = {piece for word in known for piece in encoded(word)} | twice | wide
    yield from ((piece, phase, False, (), b"") for piece, phase in sorted(pieces))
    for magic in (*_PACKED, b"H4sIA"):
        yield b2a_base64(magic, newline=False)[: 8 * len(magic) // 6], 0, False, (_BASE64,) * 12, b""
    lower = sorted({word.lower() for word in known if len(word) >= SHORTEST})
    yield from ((word.hex().encode(), HEX, True, (), b"") for word in known if len(word) >= SHORTEST)
    yield from ((_spaced(word), WIDE, True, (), b"") for word in lower)
    yield from ((word, ESCAPED, True, sign, b"") for word in _ENDS for sign in _SIGNS)
    found = {form for word in known if len(word) >= _SHORTEST_ESCAPED for form in _escaped(word, word in marked)}
    yield from ((text, ESCAPED, True, (), mark) for text, mark in sorted(found))


_IN_URLS = bytes(byte for byte in range(128) if not chr(byte).isalnum() and byte not in b"-_.~")
_IN_HTML = {b"&": b"&amp;", b'"': b"&quot;", b"'": b"&#39;", b"<": b"&lt;", b">": b"&gt;"}
_IN_TEMPLATES = {**_IN_HTML, b"/": b"&#x2f;", b"=": b"&#x3d;"}
_IN_JSON = {b"/": rb"\/", b'"': rb"\""}
_IN_SAFE_JSON = {sign: b"\\u%04x" % ord(sign) for sign in (b"&", b"<", b">", b"'", b"+", b"=", b'"')}
"""What is written with a number where JSON shall stand in HTML: by Go for the first three, by .NET for all."""
_URL = {bytes((byte,)): b"%%%02x" % byte for byte in _IN_URLS}


def _escaped(word: bytes, marked: bool) -> Iterator[tuple[bytes, bytes]]:
    """Yield how `word` is written with escapes, where that differs, and the mark that follows."""
    for signs in (_IN_HTML, _IN_TEMPLATES, _IN_JSON, _IN_SAFE_JSON, _URL):
        text = b"".join(signs.get(bytes((byte,)), bytes((byte,))) for byte in word)
        if text != word:
            yield text.lower(), (b"%40" if signs is _URL else b"@") if marked else b""
