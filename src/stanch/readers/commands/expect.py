"""Scripts of expect: what is sent after a password was asked for, and what variables hold.

https://core.tcl-lang.org/expect; a `send` counts when the last text that was expected asks for one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stanch.readers import Assignment
from stanch.readers.commands import usage
from stanch.readers.commands.shell import commands
from stanch.readers.commands.words import Command
from stanch.regexes import lazy

_TOKEN = lazy(
    rb"""(?mx)
      ^ [ \t]* \# [^\n]*
    | (?P<send> \bsend(?:_slow|line)?\b (?:[ \t]+-[hs-]-?)* [ \t]+ (?: \\?"(?P<double>(?:\\[^"\n]|[^"\\\n]){0,400})\\?"
        | \{(?P<braced>[^{}\n]{0,400})\} | (?P<bare>[^\s"{}$\[\];]{1,200}) ) )
    | (?P<asks> \b (?i:password|passwd|passphrase|passcode|assword|asswd|assphrase|\bpin\b|kennwort|passwort)
        [^\n"{}]{0,60} \\?["}*] )
    | (?P<expects> \bexpect\b | ^[ \t]*-re\b | ^[ \t]*\\?["*][^"\n]{0,200}\\?" [ \t]* \{ )
    | (?P<set> ^[ \t]*set[ \t]+(?P<name>\w{1,80})[ \t]+(?:"(?P<quoted>[^"\n$\[]{4,400})"|\{(?P<kept>[^{}\n]{4,400})\}
        |(?P<word>[^\s"{}$\[\];]{4,400})) )
    | (?P<spawn> \bspawn\b[^\n;]* )
    """
)
_END = lazy(rb"(?:\\r|\\n|\\015|\\012)*\Z")
_VALUES = ("double", "braced", "bare")


def read(data: bytes) -> Iterator[Assignment]:
    """Yield the passwords that are sent, as sure ones, and the variables with their names."""
    asked = False
    for found in _TOKEN.finditer(data):
        if found["asks"]:
            asked = True
        elif found["expects"]:
            asked = False
        elif found["send"]:
            if asked:
                yield from _sent((found["double"] and "double") or (found["braced"] and "braced") or "bare", found)
            asked = False
        elif found["set"]:
            kind = next(kind for kind in ("quoted", "kept", "word") if found[kind])
            yield Assignment(found["name"], found[kind], (found.span(kind),), True)
        elif found["spawn"]:
            for item in commands(data, *found.span("spawn")):
                if isinstance(item, Command):
                    yield from usage.given(item, data, usage.section(item.words[1:]))


def _sent(kind: str, found: re.Match[bytes]) -> Iterator[Assignment]:
    """Yield what a `send` types, without the key that ends it."""
    text = found[kind] or b""
    end = _END.search(text)
    value = text[: end.start()] if end else text
    start = found.start(kind)
    if len(value) >= 4 and kind in _VALUES:
        dynamic = b"$" in value or b"[" in value
        yield Assignment(b"password", value, ((start, start + len(value)),), True, dynamic, sure=True)
