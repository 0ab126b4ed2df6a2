"""INI files in their many dialects: sections, `=` or `:`, values over several lines, lists of variables in one value.

A section's words come with each of its keys, those of `[remote "name"]` too; keys and lines that stand further in than
a key without a value belong to that. What is commented out is read as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stanch.readers import Assignment
from stanch.readers.settings import directives
from stanch.readers.settings.dotenv import pairs
from stanch.readers.settings.entries import Span, joined, leaf, member, qualified
from stanch.regexes import lazy

_LINE = lazy(
    rb"""(?mx) ^ (?P<indent>[ \t]*+)
    (?: \[ (?P<section>[^\r\n]*?) \] [ \t]*+ (?:[#;][^\r\n]*)? \r? $
      | (?: (?P<off>[#;][#; \t]*+) (?P<was>"?[A-Za-z_][\w.-]{0,100}"?) [ \t]{0,20} = [ \t]*+
          | (?P<key> (?: "[^"\r\n]{1,120}" | [^\s=:\[\]#;"'<>{}()][^=:\r\n\[\]{}<>()"]{0,120}? ) ) [ \t]{0,20}
            (?: =(?!=) | :(?![/\\:]) ) [ \t]*+ )
        (?P<rest>[^\r\n]*)
      | (?P<comment>[#;]) [^\r\n]*
      | (?P<more>[^\s#;][^\r\n]*) )"""
)
_QUOTED = lazy(
    rb"""(?x) (?: "{3}(?P<triple>(?:[^"\r\n]|"(?!""))*+)"{3}
      | "(?P<double>(?:\\.|[^"\\\r\n])*+)" | '(?P<single>[^'\r\n]*+)' )
    [ \t]*+ (?:[;#,][^\r\n]*)? (?:\r?$|\Z)"""
)
_COMMENT = lazy(rb"(?<=\S)[ \t]+[;#]")
_CONTINUED = lazy(rb"\r?\n[ \t]+([^\r\n]*)")
_ESCAPE = lazy(rb"""\\(["'\\])""")
_DOTTED = lazy(rb"[\w.-]+")
_LISTS = frozenset(b"environment env setenv set_env environments spawn_env".split())


def read(data: bytes) -> Iterator[Assignment]:
    """Yield the values of a file, each with its section."""
    if directives.SHAPE.search(data):
        yield from directives.read(data)
        return
    section, parent, depth, empty, position = b"", b"", 0, False, 0
    while found := _LINE.search(data, position):
        position = max(found.end(), position + 1)
        indent = len(found["indent"])
        if found["section"] is not None:
            section, parent = joined(*_words(found["section"])), b""
        elif found["more"]:
            if parent and indent > depth:
                yield from _leaf(data, parent, [_trimmed(data, *found.span("more"))], section)
        elif found["rest"] is not None:
            name = (found["key"] or found["was"]).strip().strip(b'"')
            parts = [_trimmed(data, *found.span("rest"))]
            position = _continued(data, parts, position)
            nested = bool(parent and empty and indent > depth)
            yield from _leaf(data, name, parts, joined(section, parent) if nested else section)
            if not nested and not found["off"]:
                parent, depth, empty = name, indent, parts[0][0] == parts[0][1]


def _words(section: bytes) -> list[bytes]:
    return section.replace(b'"', b" ").split()


def _trimmed(data: bytes, start: int, end: int) -> Span:
    comment = _COMMENT.search(data, start, end)
    written = data[start : comment.start() if comment else end].rstrip()
    quote = data[start : start + 1]
    if comment and quote in (b'"', b"'") and written.count(quote) % 2:
        written = data[start:end].rstrip()  # the comment's sign stands in quotes
    return start, start + len(written)


def _continued(data: bytes, parts: list[Span], position: int) -> int:
    """Add the lines that go on where a backslash ends one."""
    while data[parts[-1][1] - 1 : parts[-1][1]] == b"\\" and (found := _CONTINUED.match(data, position)):
        parts[-1] = parts[-1][0], parts[-1][1] - 1
        parts.append(_trimmed(data, *found.span(1)))
        position = found.end()
    return position


def _leaf(data: bytes, key: bytes, parts: list[Span], section: bytes) -> Iterator[Assignment]:
    name, inner = qualified(key) if b"." in key and _DOTTED.fullmatch(key) else (key, b"")
    name, section = member(section, name), joined(section, inner)
    if name.lower() in _LISTS and b"=" in data[parts[0][0] : parts[-1][1]]:
        for start, end in parts:
            yield from pairs(data, start, end, joined(section, name))
        return
    start, end = parts[0]
    quoted = _QUOTED.match(data, start, end) if len(parts) == 1 else None
    if quoted:
        kind = quoted.lastgroup or ""
        yield from leaf(data, name, _ESCAPE.sub(_meant, quoted[kind]), quoted.span(kind), section=section)
    elif name:
        value = b"".join(data[first:last] for first, last in parts)
        yield from leaf(data, name, value, *parts, section=section, quoted=False)


def _meant(found: re.Match[bytes]) -> bytes:
    return found[1]
