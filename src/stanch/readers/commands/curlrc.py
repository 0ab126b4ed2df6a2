"""Configuration files of curl, which hold its options without their hyphens: `user = "name:password"`.

https://curl.se/docs/manpage.html#-K
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stanch.readers import Assignment
from stanch.readers.commands import usage
from stanch.readers.commands.programs import programs
from stanch.readers.commands.words import Command, Word, literal
from stanch.regexes import lazy

_LINE = lazy(
    rb"""(?mx) ^ [ \t]* (?P<option>-{0,2}[A-Za-z][\w-]{0,40}) (?: [ \t]*[=:][ \t]* | [ \t]+ )
    (?: "(?P<quoted>(?:[^"\\\r\n]|\\[^\r\n])*)" | (?P<bare>[^\s"][^\r\n]*?) ) [ \t]* \r? $"""
)


def read(data: bytes) -> Iterator[Assignment]:
    """Yield what the options are given."""
    known = {place.sign.encode() for row in programs()[b"curl"] for place in row.places}
    for found in _LINE.finditer(data):
        kind = found.lastgroup or ""
        option = found["option"]
        if b"--" + option.lstrip(b"-") not in known and b"-" + option.lstrip(b"-") not in known:
            continue
        if option[:1] != b"-":
            option = (b"--" if len(option) > 1 else b"-") + option
        command = Command()
        value = literal(data, *found.span(kind), b"\\" if kind == "quoted" else b"\0")
        command.words = [_word(b"curl", found), _word(option, found), value]
        yield from usage.given(command, data, b"curl")


def _word(value: bytes, found: re.Match[bytes]) -> Word:
    return Word([(value, found.start(), found.start(), True)], found.start(), found.start())
