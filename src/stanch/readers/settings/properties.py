"""Java properties: a key, then `=`, `:` or a blank, and a value that a backslash continues.

The format: https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/Properties.html#load(java.io.Reader)
What is commented out is read as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from stanch.readers import Assignment
from stanch.readers.settings.entries import leaf, qualified, unescaped
from stanch.regexes import lazy

_LINE = lazy(
    rb"""(?mx) ^ [ \t\f]*+
    (?: [#!][#! \t]*+ (?P<was>[\w.\[\]-]++) [ \t]{0,20} =
      | (?P<key>(?:\\.|[^\s=:\\#!])(?:\\.|[^\s=:\\])*+) (?: [ \t\f]*+ [=:] | (?=[ \t\f]) ) )
    [ \t\f]*+ (?P<value>(?:\\(?:\r?\n[ \t\f]*+|.)|[^\\\r\n])*+)"""
)
_INDEX = lazy(rb"\[[^\]]*\]")
_QUOTES = (b'""', b"''")


def read(data: bytes) -> Iterator[Assignment]:
    """Yield the values of a file: the last part of a key is the name, those before it are the section."""
    for found in _LINE.finditer(data):
        key = _INDEX.sub(b"", unescaped(found["key"] or found["was"]))
        name, section = qualified(key)
        start, end = found.span("value")
        written, quoted = data[start:end].rstrip(), False
        if written[:1] + written[-1:] in _QUOTES and len(written) > 1:
            start, written, quoted = start + 1, written[1:-1], True
        if name:
            yield from leaf(
                data, name, unescaped(written), (start, start + len(written)), section=section, quoted=quoted
            )
