"""Settings of servers that are a word, blanks and a value: nginx, Apache, mosquitto.

Some words take a name before the value: `proxy_set_header Authorization "Basic …"`, `SetEnv NAME value`.
"""

from __future__ import annotations

from collections.abc import Iterator

from stanch.readers import Assignment
from stanch.readers.settings.entries import Span, joined, leaf
from stanch.regexes import lazy

_LINE = lazy(rb"[^\r\n]+")
_WORD = lazy(
    rb"""(?x) [ \t]*+ (?: \# [^\r\n]* | "(?P<double>(?:\\.|[^"\\\r\n])*+)" | '(?P<single>(?:\\.|[^'\\\r\n])*+)'
    | (?P<end>[;{}]) | (?P<bare>(?:\\.|\$\{\w*\}|[^\s;{}"'\\])(?:\\.|\$\{\w*\}|[^\s;{}\\])*+) | . )"""
)
_BLOCK = lazy(rb"[ \t]*<(/?)(\w+)[ \t]*([^<>\r\n]*)>")
_COMPARED = lazy(rb"""\$(?P<name>\w+)[ \t]*!?=[ \t]*["']?(?P<value>[^\s"')]+)""")
_NAMING = lazy(
    rb"(?i)(?:(?:proxy|grpc|fastcgi|uwsgi|scgi)_(?:set_header|param)|(?:uwsgi|scgi|fastcgi)_param|add_header|set"
    rb"|setenv|php_(?:admin_)?value|define)\Z"
)
"""Words that a name follows."""
_ACTING = lazy(rb"(?i)(?:request)?header\Z")
_ACTIONS = frozenset(b"always set add append merge setifempty edit onsuccess".split())
_DEEPEST = 20
_LONGEST = 4_096
SHAPE = lazy(
    rb"(?m)^[ \t]*+(?:(?:server|http|upstream[ \t]++[\w.-]++)[ \t]*+\{|location[ \t][^\r\n{]*+\{|<VirtualHost[ \t])"
)
"""What tells such a file from one with `=`."""


def read(data: bytes) -> Iterator[Assignment]:
    """Yield the values of directives; the blocks around one are its section."""
    blocks: list[bytes] = []
    for line in _LINE.finditer(data):
        end = min(line.end(), line.start() + _LONGEST)
        block = _BLOCK.match(data, line.start(), end)
        if block:
            if block[1]:
                del blocks[-1:]
            else:
                _open(blocks, joined(block[2], block[3].strip(b"\"' ")))
            continue
        yield from _line(data, line.start(), end, blocks)


def _open(blocks: list[bytes], name: bytes) -> None:
    if len(blocks) < _DEEPEST:
        blocks.append(name[:80])


def _line(data: bytes, start: int, end: int, blocks: list[bytes]) -> Iterator[Assignment]:
    words: list[Span] = []
    while start < end and (found := _WORD.match(data, start, end)):
        start = found.end()
        kind = found.lastgroup
        if kind != "end":
            if kind:
                words.append(found.span(kind))
            continue
        if found["end"] == b"{":
            yield from _compared(data, words, b" ".join(blocks))
            _open(blocks, b" ".join(data[first:last] for first, last in words))
        else:
            yield from _directive(data, words, b" ".join(blocks))
            if found["end"] == b"}":
                del blocks[-1:]
        words = []
    yield from _directive(data, words, b" ".join(blocks))


def _directive(data: bytes, words: list[Span], section: bytes) -> Iterator[Assignment]:
    said = [data[first:last] for first, last in words]
    at = 0
    if len(said) > 2 and _ACTING.match(said[0]):
        at = 1
        while at < len(said) - 2 and said[at].lower() in _ACTIONS:
            at += 1
    elif len(said) > 2 and _NAMING.match(said[0]):
        at = 1
    elif said[:1] == [b"env"] and len(said) == 2:
        name, sign, value = said[1].partition(b"=")
        if name and sign:
            yield from leaf(data, name, value, (words[1][1] - len(value), words[1][1]), section=section)
        return
    name = said[at].strip(b":$") if said else b""
    if len(said) == at + 2 and name:
        around = joined(section, said[0]) if at else section
        yield from leaf(data, name, said[at + 1], words[at + 1], section=around)


def _compared(data: bytes, words: list[Span], section: bytes) -> Iterator[Assignment]:
    """Yield what a variable is compared with: `if ($http_x_api_key != "…")`."""
    if words and data[slice(*words[0])] == b"if":
        for found in _COMPARED.finditer(data, words[0][1], min(words[-1][1] + 2, words[0][1] + _LONGEST)):
            yield from leaf(data, found["name"], found["value"], found.span("value"), section=section)
