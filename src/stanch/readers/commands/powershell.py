"""Scripts of PowerShell, and PSReadLine's history: variables, hash tables, parameters, and calls that take a password.

https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_parsing
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stanch.readers import Assignment, commands
from stanch.readers.commands import arguments
from stanch.readers.commands.shell import LONGEST_DOCUMENT, MOST_LOST
from stanch.readers.commands.words import Assembly, Command, Piece, Word, cut, literal
from stanch.regexes import lazy

_TOKEN = lazy(
    rb"""(?x) (?P<blank> (?:[ \t\r,]|`\r?\n)+ ) | (?P<comment> <\#(?:[^\#]|\#(?!>)){0,65536}\#> )
    | (?P<here> @(?P<quote>["'])[ \t]*\r?\n )
    | (?P<single> '(?:[^'\n]|''){0,8192}' ) | (?P<double> "(?:[^"`\n]|`[\x00-\xff]|""){0,8192}" )
    | (?P<end> [\n;] | \|\|? | &&? | [(){}] ) | (?P<redirect> [<>]{1,2} )
    | (?P<filled> \$(?:\{[^}\n]{1,200}\}|(?:\w+:)?[A-Za-z_]\w*(?:\.\w+)*|[_?$^]) )
    | (?P<escape> `[^\r\n] ) | (?P<plain> [^\s,"'`<>;|&(){}$]+ | [$"'`<>&] )"""
)
_HERE = {quote: lazy(rb"\r?\n[ \t]*" + quote + b"@") for quote in (b'"', b"'")}
_FILLED = lazy(
    rb"\$\([^()\n]{0,400}\)|\$\{[^}\n]{1,200}\}|\$(?:\w+:)?[A-Za-z_]\w*|\$\(|\{\d{1,2}\}(?=[^\n]{0,200}-f\b)"
)
_STRING = rb"""(?:'(?P<single>(?:[^'\n]|''){1,4096})'|"(?P<double>(?:[^"`\n]|`[^\n]|""){1,4096})")"""
_ASSIGNED = lazy(
    rb"""(?x) (?: \$\{?(?:env|global|script|local|private|using):(?P<scoped>\w[\w.-]{0,100})\}?
      | (?<![\w$@-])\$?(?P<name>\w[\w$.-]{0,120})
      | ["'](?P<key>[\w. -]{1,100})["'] | \[["'](?P<index>[\w. -]{1,100})["']\] )
    [ \t]* \+?=(?!=) [ \t]* (?:\[\w+\][ \t]*)? """
    + _STRING
)
_MADE = lazy(
    rb"""(?ix) (?P<call> PSCredential | NetworkCredential | SetEnvironmentVariable
      | (?:Headers|DefaultRequestHeaders)\.Add
      | \bSetCredentials | TryAddWithoutValidation )
    \b ["'\])]{0,3} (?:::new)? \s{0,40} (?:-ArgumentList\s{1,20})? [@(\s]{0,20}
    (?: ["'](?P<literal>[^"'\n]{0,100})["'] | \$[\w.:]{1,60} ) \s{0,20},\s{0,20}
    (?:\(?\s{0,20}(?:ConvertTo-SecureString\s{1,20})(?:-String\s{1,20})?)? """
    + _STRING
)

_SECURED = b"convertto-securestring"


def read(data: bytes) -> Iterator[Assignment]:
    """Yield what variables, entries and parameters are, and what programs and objects are given; one span once."""
    told: set[int] = set()
    called = list(_called(data))
    sure = [found for found in called if found.sure]
    for found in (*_made(data), *sure, *_assigned(data), *called):
        start, end = found.parts[0][0], found.parts[-1][1]
        if start not in told and -end not in told:
            told.update((start, -end))
            yield found


def _text(data: bytes, found: re.Match[bytes]) -> Word:
    kind = "single" if found["single"] is not None else "double"
    return _quoted(data, *found.span(kind), double=kind == "double")


def _quoted(data: bytes, start: int, end: int, *, double: bool) -> Word:
    return literal(data, start, end, b"`", _FILLED) if double else literal(data, start, end, b"\0")


def _made(data: bytes) -> Iterator[Assignment]:
    """Yield what is given to objects: `New-Object PSCredential("user", "…")`."""
    for found in _MADE.finditer(data):
        call, word = found["call"].lower(), _text(data, found)
        if call.endswith((b"credential", b"credentials")):
            yield from cut(word, b"password", section=found["call"], sure=True)
        elif found["literal"] and word.pieces:
            yield from _named(word, found["literal"], found["call"])


def _assigned(data: bytes) -> Iterator[Assignment]:
    for found in _ASSIGNED.finditer(data):
        name = found["scoped"] or found["name"] or found["key"] or found["index"]
        yield from _named(_text(data, found), name, b"")


def _named(word: Word, name: bytes, section: bytes) -> Iterator[Assignment]:
    """Yield a value with its name; what a header holds behind its scheme is a token."""
    scheme = arguments.SCHEME.match(word.value)
    if scheme and arguments.CREDENTIAL.search(name):
        yield from cut(word, b"token", scheme.end(), section=(section + b" " + name).strip(), sure=True)
    else:
        yield from cut(word, name, section=section)


def _called(data: bytes) -> Iterator[Assignment]:
    for command in _commands(data):
        names = [word.value.lower() for word in command.words]
        if _SECURED in names and b"-asplaintext" in names:
            yield from _secured(command)
        yield from commands.meant(command, data)


def _secured(command: Command) -> Iterator[Assignment]:
    """Yield the text that becomes a secure string: an argument, or what comes through the pipe."""
    names = [word.value.lower() for word in command.words]
    words = [word for word in command.words[names.index(_SECURED) + 1 :] if word.value[:1] != b"-"]
    if not words and command.piped:
        words = command.piped.words[-1:]
    for word in words[:1]:
        yield from cut(word, b"password", section=b"ConvertTo-SecureString", sure=True)


def _commands(data: bytes) -> Iterator[Command]:
    at, lost, assembly = 0, 0, Assembly()
    while at < len(data):
        found = _TOKEN.match(data, at)
        if found is None:
            break
        kind, end = found.lastgroup or "", found.end()
        closed = None
        if kind in ("here", "quote"):
            closed = _HERE[found["quote"]].search(data, end - 1, end + LONGEST_DOCUMENT) if lost < MOST_LOST else None
            lost += closed is None
            kind, end = ("here", closed.end()) if closed else ("plain", end)
        if kind == "plain" and data[at] == 35 and not assembly.pieces:
            end = data.find(b"\n", at)
            at = end if end >= 0 else len(data)
            continue
        if kind in ("blank", "end", "redirect", "comment"):
            assembly.end_word(at)
            if kind == "end":
                yield from assembly.end_command(found[0])
        elif closed:
            text = found.end(), max(found.end(), closed.start())
            assembly.add(_quoted(data, *text, double=found["quote"] == b'"').pieces, at)
        else:
            assembly.add(_pieces(data, kind, found), at)
        at = end
    assembly.end_word(at)
    yield from assembly.end_command()


def _pieces(data: bytes, kind: str, found: re.Match[bytes]) -> list[Piece]:
    start, end = found.span()
    if kind in ("single", "double"):
        return _quoted(data, start + 1, end - 1, double=kind == "double").pieces or [(b"", start + 1, start + 1, True)]
    if kind == "escape":
        return [(data[start + 1 : end], start, end, True)]
    return [(data[start:end], start, end, kind == "plain")]
