"""Bicep and its parameter files: declarations, objects, and lists of settings with `name` and `value`.

The language: https://learn.microsoft.com/en-us/azure/azure-resource-manager/bicep/file
"""

from __future__ import annotations

from collections.abc import Iterator

from stanch.readers import Assignment
from stanch.readers.settings.blocks import Dialect, Words, walk
from stanch.regexes import lazy

_TOKENS = lazy(
    rb"""(?x) (?P<line>\n(?![ \t]*[?:])) | //[^\n]* | /\*(?s:.*?)(?:\*/|\Z)
    | '''(?P<raw>(?s:.*?))(?:'''|(?P<lost>\Z))
    | '(?P<text>(?:\\.|\$\{(?:[^{}'\n]|'[^'\n]*'|\{[^{}\n]*\})*+\}|[^'\\\n])*+)' | '[^\n]*
    | (?P<word>[A-Za-z_][\w.-]*) | (?P<compare>[=!][=~]) | [<>]=|=> | (?P<sign>[=:]) | (?P<comma>,)
    | (?P<open>[{\[(]) | (?P<close>[}\])])"""
)


def _key(words: Words) -> tuple[bytes, bytes]:
    if len(words) > 1 and words[0] in (b"param", b"var", b"output", b"resource", b"module", b"metadata"):
        return words[1], words[2].partition(b"@")[0] if words[0] == b"resource" and len(words) > 2 else b""
    return words[-1], b""


_DIALECT = Dialect(
    _TOKENS,
    lazy(rb"(?<!\\)\$\{"),
    key=_key,
    transparent=frozenset(b"base64 string json coalesce union createObject createArray uriComponent".split()),
)


def read(data: bytes) -> Iterator[Assignment]:
    """Yield the constants of a file, each with what is declared around it as its section."""
    return walk(data, _DIALECT)
