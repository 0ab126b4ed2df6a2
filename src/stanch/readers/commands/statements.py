"""Statements of SQL, Redis and MongoDB that give an account its password, as clients are told and remember them.

Sources: the manuals of MySQL (CREATE USER, SET PASSWORD), PostgreSQL (CREATE ROLE), SQL Server (CREATE LOGIN), Oracle
(ALTER USER), ClickHouse, Redis (AUTH, CONFIG SET) and MongoDB (db.createUser).
"""

from __future__ import annotations

from collections.abc import Iterator

from stanch.readers import Assignment
from stanch.readers.commands.shell import unescaped
from stanch.readers.commands.words import Word, within
from stanch.regexes import lazy

_TEXT = rb"""(?:\\{0,2}'(?P<%bsingle>[^'\\\r\n]{1,256})\\{0,2}'|\\{0,2}"(?P<%bdouble>[^"\\\r\n]{1,256})\\{0,2}")"""


def _text(kind: bytes) -> bytes:
    return _TEXT % (kind, kind)


_STATEMENT = lazy(
    rb"""(?ix)
      \b identified \s+ (?: with \s+ [`'"]?\w{1,60}[`'"]? \s+ )? (?P<hashed> as \s+ | by \s+ password \s+ )?
         (?: by \s+ )? (?: VALUES \s+ )? (?: IDENTIFIED | (?P<bare> [^\s'"`;$<>\\][^\s'"`;$<>]{3,127} ) )
    | \b password \s* (?: = \s* | \s+ ) (?: N | (?:old_)?password \s* \( \s* )? ROLE
    | \b set \s+ password \b [^;'"=\r\n]{0,40} (?: ['"`][^'"`\r\n]{0,80}['"`](?:@['"`][^'"`\r\n]{0,80}['"`])? )?
         [^;'"=\r\n]{0,10}
         (?: = | \bto\b ) \s* (?: (?:old_)?password \s* \( \s* )? CHANGED
    | (?m:^) [ \t]* (?: auth [ \t]+ (?: \w{1,40} [ \t]+ )?
         | config [ \t]+ set [ \t]+ (?:requirepass|masterauth) [ \t]+ ) ["']?
         (?P<redis> [^\s"']{4,512} ) ["']? [ \t]* \r? (?m:$)
    | \b pwd ["']? \s* : \s* MONGO
    | \b (?: db\.auth | changeUserPassword ) \s* \( \s* ["'][^"'\r\n]{1,80}["'] \s* , \s* SHELL
    """.replace(b"VALUES", rb"(?:values?)?").replace(b"IDENTIFIED", _text(b"i")).replace(b"ROLE", _text(b"r"))
    .replace(b"CHANGED", _text(b"c")).replace(b"MONGO", _text(b"m")).replace(b"SHELL", _text(b"s"))
)  # fmt: skip
_MENTIONED = lazy(rb"(?i)identified|password|auth|pwd|requirepass")


def read(data: bytes) -> Iterator[Assignment]:
    """Yield the passwords of accounts, as sure ones. Histories of libedit have `\\040` for a blank."""
    if not _MENTIONED.search(data):
        return
    if b"\\040" in data:
        word = Word(list(unescaped(data, 0, len(data))), 0, len(data))
        for item in _plain(word.value):
            yield from within(word, item)
    else:
        yield from _plain(data)


def _plain(data: bytes) -> Iterator[Assignment]:
    for found in _STATEMENT.finditer(data):
        kind = found.lastgroup or ""
        if kind and kind != "hashed" and len(found[kind]) >= 4:
            yield Assignment(b"password", found[kind], (found.span(kind),), True, sure=not found["hashed"])
