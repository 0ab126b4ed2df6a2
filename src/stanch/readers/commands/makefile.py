"""Makefiles: variables, and the commands of recipes.

https://www.gnu.org/software/make/manual/make.html
"""

from __future__ import annotations

from collections.abc import Iterator

from stanch.readers import Assignment, commands
from stanch.readers.commands.words import cut, literal, unquoted
from stanch.regexes import lazy

_LINE = lazy(
    rb"""(?mx) ^ (?: \t[ \t]*[@+-]* (?P<recipe> [^\n]*(?<=\\)(?:\n[^\n]*(?<=\\))*\n[^\n]* | [^\n]* )
    | [ ]* (?: (?:export|override|private|unexport)[ \t]+ | [^\s:=\#][^:=\#\n]{0,200}:[ \t]+ )?
      (?P<name>[A-Za-z_][\w.-]{0,100}) [ \t]* (?: [?+!]?= | :{1,3}= ) [ \t]*
      (?P<value> [^\s\#] (?:[^\n\#\\]|\\[^\n\r]|(?<=\S)\#)* ) )"""
)
_FILLED = lazy(rb"\$[({][^(){}\n]{0,400}[)}]|\$\$?\w")


def read(data: bytes) -> Iterator[Assignment]:
    """Yield the variables with their values, quotes included in what make takes them for and left out here."""
    for found in _LINE.finditer(data):
        if found["recipe"] is not None:
            yield from commands.scripted(data, *found.span("recipe"))
            continue
        start, end = found.span("value")
        end -= len(found["value"]) - len(found["value"].rstrip())
        start, end = unquoted(data, start, end)
        if data[start:end].startswith(b"$(shell "):
            yield from commands.scripted(data, start, end)
        else:
            yield from cut(literal(data, start, end, b"\0", _FILLED), found["name"])
