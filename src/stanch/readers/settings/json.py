"""JSON (RFC 8259), with the comments, commas and quotes of JSON5 and JSON with Comments, and lines of JSON.

What is no JSON is passed over: of a broken content everything else is read.
"""

from __future__ import annotations

from collections.abc import Iterator

from stanch.readers import Assignment
from stanch.readers.settings import trees
from stanch.readers.settings.flow import Grammar, scan
from stanch.readers.settings.literals import ESCAPE, Literal, decoded, meaning, plain
from stanch.regexes import lazy

_TOKEN = lazy(
    rb"""(?xs)
    (?P<text> "(?:[^"\\\r\n]|\\(?:\r\n|.))*+"? | '(?:[^'\\\r\n]|\\(?:\r\n|.))*+'?
            | [^\s"'\[\]{}:,/\\]++ )
    (?P<colon>\s*+:)?
    | (?P<open>[\[{]) | (?P<close>[\]}])
    | //[^\r\n]*+ | /\*(?:[^*]|\*(?!/))*+(?:\*/)?
    """
)
_ESCAPE = lazy(rb"(?s)" + ESCAPE)
_WORDS = frozenset((b"true", b"false", b"null", b"undefined", b"NaN", b"Infinity"))


def _literal(data: bytes, start: int, end: int) -> Literal | None:
    """Return what a token stands for: a text, a number, or nothing."""
    quote = data[start : start + 1]
    if quote not in (b'"', b"'"):
        return None if data[start:end] in _WORDS else plain(data, start, end)
    closed = end - 1 > start and data[end - 1 : end] == quote
    first, last = start + 1, end - closed
    if data.find(b"\\", first, last) < 0:
        return plain(data, first, last)
    return decoded(data, first, last, _ESCAPE, meaning)


_GRAMMAR = Grammar(_TOKEN, _literal)


def documents(data: bytes) -> list[trees.Node]:
    """Return what a content holds, outermost collections first."""
    return scan(data, _GRAMMAR)[0]


def read(data: bytes) -> Iterator[Assignment]:
    """Yield the members of all objects, with the keys around each as its section."""
    return trees.assignments(documents(data))
