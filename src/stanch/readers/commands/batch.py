"""Batch files of Windows: `set`, and what programs are given.

https://learn.microsoft.com/windows-server/administration/windows-commands/set_1
"""

from __future__ import annotations

from collections.abc import Iterator

from stanch.readers import Assignment, commands
from stanch.readers.commands.words import Assembly, Command, Piece, cut, literal
from stanch.regexes import lazy

_SET = lazy(
    rb"""(?imx) (?: ^ | [&|(@] | \bdo\b | \belse\b | \) ) [ \t@]{0,40} set [ \t]{1,40} (?!/)
    (?: "(?P<closed>[A-Za-z_][^="\r\n%]{0,100})=(?P<inside>[^"\r\n]{1,4096})"
      | (?P<open>[A-Za-z_][^="\s%]{0,100})=(?P<rest>[^\r\n&|]{1,4096}) )"""
)
_TOKEN = lazy(
    rb"""(?ix) (?P<blank> (?:[ \t\r,]|\^\r?\n)+ ) | (?P<end> \n | &&? | \|\|? | [()] )
    | (?P<redirect> \d?[<>]{1,2}(?:&\d)? )
    | (?P<quoted> "(?:\\"|[^"\n])*"? ) | (?P<filled> %(?:\w[^%\s\n]{0,80}%|~?\w*\d|\*) | ![A-Za-z_]\w*! )
    | (?P<escape> \^[^\r\n] ) | (?P<plain> [^\s,&|()<>"%!^]+ | [%!^] )"""
)
_FILLED = lazy(rb"%(?:\w[^%\s\n]{0,80}%|~?\w*\d|\*)|![A-Za-z_]\w*!")
_COMMENT = lazy(rb"(?i)[ \t]*@?(?:rem\b|::)[^\n]*")


def read(data: bytes) -> Iterator[Assignment]:
    """Yield the variables, and what programs are given."""
    for found in _SET.finditer(data):
        name = found["closed"] or found["open"]
        start, end = found.span("inside" if found["closed"] else "rest")
        if b"(" in data[data.rfind(b"\n", 0, start) + 1 : start]:
            closed = data.find(b")", start, end)
            end = closed if closed >= 0 else end
        word = literal(data, start, start + len(data[start:end].rstrip()), b"^", _FILLED)
        yield from cut(word, name.strip())
    for command in _commands(data):
        if command.words[0].value.lower() != b"set":
            yield from commands.meant(command, data)


def _commands(data: bytes) -> Iterator[Command]:
    at, assembly = 0, Assembly()
    skipped = False
    while at < len(data):
        if not assembly.pieces and not assembly.command.words and (comment := _COMMENT.match(data, at)):
            at = comment.end()
        found = _TOKEN.match(data, at)
        if found is None:
            break
        kind = found.lastgroup or ""
        if kind in ("blank", "end", "redirect"):
            waiting = skipped and not assembly.pieces  # for the file that a redirection names
            assembly.end_word(at, dropped=skipped)
            skipped = kind == "redirect" or waiting
            if kind == "end":
                yield from assembly.end_command(found[0])
                skipped = False
        else:
            assembly.add(_pieces(data, kind, at, found.end()), at)
        at = found.end()
    assembly.end_word(at, dropped=skipped)
    yield from assembly.end_command()


def _pieces(data: bytes, kind: str, start: int, end: int) -> list[Piece]:
    if kind == "quoted":
        closed = end - start > 1 and data[end - 1] == 34
        return literal(data, start + 1, end - closed, b"\0", _FILLED).pieces or [(b"", start + 1, start + 1, True)]
    if kind == "escape":
        return [(data[start + 1 : end], start, end, True)]
    return [(data[start:end], start, end, kind == "plain")]
