"""Markdown: what its fenced blocks hold, as the format that the fence names, commands and transcripts before all; and
the columns of passwords in its tables.

https://spec.commonmark.org/0.31.2/#fenced-code-blocks https://github.github.com/gfm/#tables-extension-
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from stanch import readers
from stanch.readers import Assignment, commands, formats
from stanch.readers.commands import listings, statements
from stanch.regexes import lazy

_OPENED = lazy(rb"(?m)^[ \t>]{0,20}(?P<fence>`{3,20}|~{3,20})[ \t]*\{?\.?(?P<language>[\w+-]{0,30})[^\r\n`]*\r?\n")
_TABLE = lazy(
    rb"(?m)^(?P<titles>[ \t]{0,8}\|?[^|\r\n]*+(?:\|[^|\r\n]*+)++)\r?\n[ \t]{0,8}\|?[ \t]*+:?-[\-:| \t]*+\r?\n"
    rb"(?P<rows>(?:[^|\r\n]*+\|[^\r\n]*+(?:\r?\n|\Z)){1,200}+)"
)
_TITLE = lazy(rb"(?i)(?:\w+[ _-])?(?:passwor[dt]s?|passwd|passphrase|pass|pwd|secret|api[ _-]?key|access[ _-]?key)")
_ROW = lazy(rb"[^\r\n]+")
_MARKED = lazy(rb"\A(`{1,2}|\*{1,2}|_{1,2})(\S+)\1\Z")
_INDENTED = lazy(rb"(?m)(?:^(?: {4}|\t)[^\n]*\S[^\n]*(?:\n|\Z))+")
_SQL = frozenset(("sql", "mysql", "postgresql", "psql", "plsql", "tsql", "plpgsql", "redis"))
_SHELLS = frozenset(["sh", "bash", "zsh", "fish", "shell", "ksh", "dash", "csh", "tcsh"])
_PROMPTS = frozenset(("", "console", "shell-session", "terminal", "sh-session", "bash-session", "text", "txt", "pycon"))
_SUFFIXES = {
    "powershell": "ps1", "pwsh": "ps1", "posh": "ps1", "batch": "bat", "batchfile": "bat", "dosbatch": "bat",
    "cmd": "cmd",
    "yml": "yaml", "dotenv": "env", "jsonc": "json", "hcl": "tf", "terraform": "tf", "rest": "http",
}  # fmt: skip
_WHOLE = {"dockerfile": "dockerfile", "docker": "dockerfile", "makefile": "makefile", "make": "makefile"}


def read(data: bytes) -> Iterator[Assignment]:
    """Yield what the blocks say: one without a language, and what is only indented, as lines behind prompts."""
    for table in _TABLE.finditer(data):
        yield from _table(table)
    at = 0
    while found := _OPENED.search(data, at):
        yield from _indented(data, at, found.start())
        start = found.end()
        end = data.find(found["fence"], start)
        while end >= 0 and data[data.rfind(b"\n", 0, end) + 1 : end].strip(b" \t>"):
            end = data.find(found["fence"], end + len(found["fence"]))
        end = end if end >= 0 else len(data)
        yield from _moved(_block(data[start:end], found["language"].decode("latin-1").lower()), start)
        at = end + len(found["fence"])
    yield from _indented(data, at, len(data))


def _table(found: re.Match[bytes]) -> Iterator[Assignment]:
    """Yield what stands in the columns of a table whose titles say that they hold passwords or secrets."""
    titles = [_MARKED.sub(rb"\2", title.strip()) for title in found["titles"].split(b"|")]
    for row in _ROW.finditer(found["rows"]):
        at = found.start("rows") + row.start()
        for number, cell in enumerate(row[0].split(b"|")):
            value = _MARKED.sub(rb"\2", cell.strip())
            if number < len(titles) and _TITLE.fullmatch(titles[number]) and len(value) >= 4 and b" " not in value:
                start = at + cell.index(value)
                yield Assignment(titles[number].replace(b" ", b"_"), value, ((start, start + len(value)),), True)
            at += len(cell) + 1


def _indented(data: bytes, start: int, end: int) -> Iterator[Assignment]:
    for found in _INDENTED.finditer(data, start, end):
        yield from _moved(_block(found[0], ""), found.start())


def _moved(found: Iterable[Assignment], by: int) -> Iterator[Assignment]:
    return (item.moved(by) for item in found)


def _block(text: bytes, language: str) -> Iterator[Assignment]:
    if language in _SHELLS or language in _PROMPTS:
        yield from statements.read(text)
        yield from commands.read(text) if b"<<" in text else listings.read(text)
        return
    if language in _SQL:
        yield from statements.read(text)
        return
    format = formats.by_name(_WHOLE.get(language) or f"a.{_SUFFIXES.get(language, language)}")
    if format and not format.code and format.module != __name__:
        yield from readers.read(format, text)
