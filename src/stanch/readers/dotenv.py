"""Dotenv files and lists of environment variables, as Docker, Node, Python, Ruby and a shell read them.

A value without quotes goes to the end of its line or to a blank and a `#`, whatever else stands in it; a quoted one
may go over several lines.
"""

from __future__ import annotations

from collections.abc import Iterator

from stanch.readers import Assignment
from stanch.regexes import lazy

_LINE = lazy(
    rb"""(?mx) ^ [ \t]* (?:\#+[ \t]*)? (?:(?:export|set|ENV)[ \t]+)?
    (?P<name>[A-Za-z_][\w.-]*) [ \t]* [=:] [ \t]*
    (?: "(?P<double>(?:\\.|[^"\\])*)" | '(?P<single>[^']*)' | `(?P<tick>[^`]*)` | (?P<bare>[^\s"'`#][^\r\n]*?) )
    [ \t]* (?:[ \t]\#[^\r\n]*)? \r? $"""
)


def read(data: bytes) -> Iterator[Assignment]:
    """Yield the variables of a dotenv file."""
    for found in _LINE.finditer(data):
        kind = found.lastgroup or ""
        if found[kind]:
            yield Assignment(found["name"], found[kind], (found.span(kind),), quoted=True)
