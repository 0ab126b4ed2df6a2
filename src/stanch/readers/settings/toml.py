"""TOML, and what nearly is: a table is a section, a dotted key's last part the name. The language: https://toml.io"""

from __future__ import annotations

from collections.abc import Iterator

from stanch.readers import Assignment
from stanch.readers.settings.blocks import Dialect, Words, walk
from stanch.readers.settings.entries import qualified
from stanch.regexes import lazy

_TOKENS = lazy(
    rb"""(?xm) (?P<line>\n) | \#[^\n]*
    | ^[ \t]*+\[\[?[ \t]*(?P<table>[A-Za-z_][\w-]*(?:[ \t]*\.[ \t]*(?:[\w-]+|"[^"\n]*"|'[^'\n]*'))*+)[ \t]*\]\]?
        [ \t]*(?:\#[^\n]*)?\r?$
    | \"{3}\n?(?P<multi>(?s:(?:\\.|[^"\\]|"(?!""))*+))(?:"{3,5}|(?P<lost>\Z))
    | '''(?P<raw>(?s:.*?))(?:'{3,5}|(?P<lost2>\Z))
    | "(?P<text>(?:\\.|[^"\\\n])*+)" | "[^\n]* | '(?P<literal>[^'\n]*)'
    | (?P<word>[\w-]+) | (?P<sign>=) | (?P<comma>,) | (?P<open>[{\[(]) | (?P<close>[}\])])"""
)


def _key(words: Words) -> tuple[bytes, bytes]:
    return qualified(b".".join(words))


def read(data: bytes) -> Iterator[Assignment]:
    """Yield the texts of a file; numbers, dates and booleans are none."""
    return walk(data, Dialect(_TOKENS, key=_key))
