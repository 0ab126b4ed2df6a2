"""Markdown: what its fenced blocks hold, as the format that the fence names; commands and transcripts before all.

https://spec.commonmark.org/0.31.2/#fenced-code-blocks
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from stanch.readers import Assignment, commands, formats, listings
from stanch.regexes import lazy

_OPENED = lazy(rb"(?m)^[ \t>]{0,20}(?P<fence>`{3,20}|~{3,20})[ \t]*\{?\.?(?P<language>[\w+-]{0,30})[^\r\n`]*\r?\n")
_SHELLS = frozenset("sh bash zsh fish shell ksh dash csh tcsh".split())
_PROMPTS = frozenset(("", "console", "shell-session", "terminal", "sh-session", "bash-session", "text", "txt", "pycon"))
_SUFFIXES = {
    "powershell": "ps1", "pwsh": "ps1", "posh": "ps1", "batch": "bat", "batchfile": "bat", "dosbatch": "bat", "cmd": "cmd",
    "yml": "yaml", "dotenv": "env", "jsonc": "json", "hcl": "tf", "terraform": "tf", "rest": "http",
}  # fmt: skip
_WHOLE = {"dockerfile": "dockerfile", "docker": "dockerfile", "makefile": "makefile", "make": "makefile"}


def read(data: bytes) -> Iterator[Assignment]:
    """Yield what the blocks say. One without a language is read as lines behind prompts."""
    at = 0
    while found := _OPENED.search(data, at):
        start = found.end()
        end = data.find(found["fence"], start)
        while end >= 0 and data[data.rfind(b"\n", 0, end) + 1 : end].strip(b" \t>"):
            end = data.find(found["fence"], end + len(found["fence"]))
        end = end if end >= 0 else len(data)
        yield from _block(data, start, end, found["language"].decode("latin-1").lower())
        at = end + len(found["fence"])


def _block(data: bytes, start: int, end: int, language: str) -> Iterator[Assignment]:
    if language in _SHELLS or language in _PROMPTS:
        for item in listings.read(data[start:end]) if b"<<" not in data[start:end] else commands.read(data[start:end]):
            yield item.moved(start)
        return
    format = formats.by_name(_WHOLE.get(language) or f"a.{_SUFFIXES.get(language, language)}")
    if format and not format.code and format.module != __name__:
        for item in import_module(format.module).read(data[start:end]):
            yield item.moved(start)
