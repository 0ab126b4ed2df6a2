"""Files of requests, `.http` and `.rest`: variables, headers, and bodies of forms.

https://www.jetbrains.com/help/idea/exploring-http-syntax.html, https://github.com/Huachao/vscode-restclient
"""

from __future__ import annotations

from collections.abc import Iterator

from stanch.readers import Assignment
from stanch.readers.commands import arguments
from stanch.readers.commands.words import Word, cut, literal
from stanch.regexes import lazy

_LINE = lazy(
    rb"""(?mx) ^ [ \t]* (?: @(?P<name>[\w.-]{1,100})[ \t]*=[ \t]*(?P<value>[^\r\n]*[^\s])
    | (?P<header>(?!https?:|HTTP/)[A-Za-z][\w-]{1,80}[ \t]*:[ \t]*(?:[^\s{\[]|\{\{)[^\r\n]*)
    | (?P<form>[A-Za-z_][\w.\[\]-]{0,80}=[^\s=][^\r\n]*) )"""
)
_USER = lazy(
    rb"(?i)(?:proxy-)?authorization[ \t]*:[ \t]*(?:basic|digest)[ \t]+"
    rb"([^\s:{}]{1,100})(?:[ \t]+|:)(?P<password>\S+)[ \t]*\Z"
)
_FILLED = lazy(rb"\{\{[^{}\r\n]{0,200}\}\}|\$\{[^{}\r\n]{0,200}\}")


def read(data: bytes) -> Iterator[Assignment]:
    """Yield what variables are and headers hold, and the fields of forms; JSON is read by its lines."""
    for found in _LINE.finditer(data):
        kind = found.lastgroup or ""
        word = _word(data, *found.span(kind))
        if kind == "value":
            yield from cut(word, found["name"])
        elif kind == "form":
            yield from arguments.pairs(word, 0, b"")
        else:
            user = _USER.match(word.mask)
            if user:
                yield from cut(word, b"password", *user.span("password"), section=b"Authorization", sure=True)
            else:
                yield from arguments.header(word, 0, b"")


def _word(data: bytes, start: int, end: int) -> Word:
    return literal(data, start, start + len(data[start:end].rstrip()), b"\0", _FILLED)
