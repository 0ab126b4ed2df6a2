"""Dotenv files and lists of environment variables, as Docker, Node, Python, Ruby, direnv, systemd, shells read them.

A value without quotes goes to the end of its line or to a blank and a `#`, whatever else stands in it; behind `export`
it is a word of the shell. A quoted one may go over several lines. What is commented out is read as well, and a comment
above variables, which tells whose they are, is their section.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stanch.readers import Assignment
from stanch.readers.settings.entries import Span, leaf, unescaped
from stanch.regexes import lazy

_KEY = lazy(
    rb"""(?mx) ^ [ \t]*+ (?P<off> (?:\#|;|::|(?i:rem)\b)[\#;: \t]*+ )?
    (?P<shell> (?: export | local | readonly | (?:declare|typeset)[ \t]+-\w+ )[ \t]+ (?=\w+=) )?
    (?: (?i:set|setx|ENV|ARG|Environment=|-e|--env|-) [ \t]* (?<![\w\n]) | (?i:set|setx|setenv|ENV|ARG) [ \t]+
      | \$env: | set[ \t]+-\w+[ \t]+ )?
    (?P<open> "(?=[\w.-]+=) )?
    (?P<name> [A-Za-z_][\w.-]{0,100} )
    (?P<sign> [ \t]* (?:\?=|:=|=|:(?=[ \t\r\n])) [ \t]* | (?<=\w)[ \t]+(?=["']) )"""
)
_QUOTED = lazy(
    rb"""(?xs) "{3}(?P<double3>(?:\\.|[^"\\]|"(?!""))*+)"{3} | '{3}(?P<single3>(?:[^']|'(?!''))*+)'{3}
    | "(?P<double>(?:\\.|[^"\\])*+)" | '(?P<single>[^']*+)' | `(?P<tick>[^`]*+)`"""
)
_QUOTES = (b'"', b"'", b"`")
_WORD = lazy(rb"(?:\\.|[^\s\"'`;&|\\])++")
_ENDED = lazy(rb"[ \t]*(?:;[ \t]*(?:export\b[^\r\n]*)?)?(?:[ \t]\#[^\r\n]*|//[^\r\n]*)?,?\r?$", re.M)
_REST = lazy(rb"[^\r\n]*")
_BARE_END = lazy(rb"(?<=\S)[ \t]+#|;[ \t]*export\b")
_NEXT = lazy(rb"[ \t]+([A-Za-z_]\w*)=")
_HEADING = lazy(rb"[ \t]*#[ \t#=*-]*+([A-Za-z][^\r\n=:]{1,46}?)[ \t#*:-]*\r?$", re.M)


def read(data: bytes) -> Iterator[Assignment]:
    """Yield the variables of a dotenv file."""
    position, heading = 0, b""
    while position < len(data):
        key = _KEY.match(data, position)
        if key and not (key["off"] and b"=" not in key["sign"]):
            parts, value, end = _value(data, key)
            quoted = data[key.end() : key.end() + 1] in _QUOTES or bool(key["open"])
            yield from leaf(data, key["name"], value, *parts, section=heading, quoted=quoted)
            if key["shell"]:
                yield from _following(data, end, heading)
        else:
            titled = _HEADING.match(data, position)
            end = data.find(b"\n", position)
            if titled:
                heading = titled[1]
            elif not data[position : end if end >= 0 else None].strip():
                heading = b""
        position = _line_after(data, end)


def _value(data: bytes, key: re.Match[bytes]) -> tuple[list[Span], bytes, int]:
    """Return a value's parts, what it is, and where it ends."""
    start = key.end()
    if key["shell"]:
        return _word(data, start)
    if key["open"]:  # the quotes are around the whole assignment: `set "NAME=value"`
        stop = data.find(b'"', start, _line_end(data, start))
        end = stop if stop >= 0 else _line_end(data, start)
        return [(start, end)], data[start:end], end
    quoted = _QUOTED.match(data, start)
    if quoted and _ENDED.match(data, quoted.end()):
        kind = quoted.lastgroup or ""
        value = unescaped(quoted[kind]) if kind.startswith("double") else quoted[kind]
        return [quoted.span(kind)], value, quoted.end()
    return _bare(data, start)


def _bare(data: bytes, start: int) -> tuple[list[Span], bytes, int]:
    stop = _line_end(data, start)
    if data[start : start + 1] == b"#":
        return [], b"", stop
    comment = _BARE_END.search(data, start, stop)
    end = comment.start() if comment else stop
    if data[start : start + 1] in (b'"', b"'"):
        start += 1  # a quote that nothing closes
    value = data[start:end].rstrip()
    return [(start, start + len(value))], value, stop


def _word(data: bytes, start: int) -> tuple[list[Span], bytes, int]:
    """Read a word of the shell: literals with and without quotes that stand side by side."""
    parts: list[Span] = []
    position = start
    while True:
        found = _QUOTED.match(data, position) or _WORD.match(data, position)
        if found is None:
            break
        parts.append(found.span(found.lastgroup or 0))
        position = found.end()
    value = b"".join(data[first:last] for first, last in parts)
    return (parts, unescaped(value), position) if parts else _bare(data, start)


def _following(data: bytes, end: int, section: bytes) -> Iterator[Assignment]:
    """Yield the other variables of a command: `export A=1 B=2`."""
    key = _NEXT.match(data, end)
    while key:
        parts, value, end = _word(data, key.end())
        quoted = data[key.end() : key.end() + 1] in _QUOTES
        yield from leaf(data, key[1], value, *parts, section=section, quoted=quoted)
        key = _NEXT.match(data, end)


def _line_end(data: bytes, position: int) -> int:
    end = data.find(b"\n", position)
    return end if end >= 0 else len(data)


def _line_after(data: bytes, position: int) -> int:
    """Return where the line after that of `position` begins."""
    end = data.find(b"\n", position) if position >= 0 else -1
    return end + 1 if end >= 0 else len(data)


_PAIR = lazy(
    rb"""(?x) (?P<quote>["']) (?P<name>[A-Za-z_]\w*) = (?P<whole>[^"'\r\n]*) (?P=quote)
    | (?<!\w) (?P<key>[A-Za-z_]\w*) = (?: "(?P<double>[^"\r\n]*)" | '(?P<single>[^'\r\n]*)' | (?P<bare>[^\s,"']+) )"""
)


def pairs(data: bytes, start: int, end: int, section: bytes) -> Iterator[Assignment]:
    """Yield the variables of a list on one line, as of systemd or supervisor: `"A=b c" D=e`, `A="b",D="e"`."""
    for found in _PAIR.finditer(data, start, end):
        kind = found.lastgroup or ""
        kind = "whole" if found["quote"] else kind
        yield from leaf(
            data, found["name"] or found["key"], found[kind], found.span(kind), section=section, quoted=kind != "bare"
        )
