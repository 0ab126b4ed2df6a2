"""What stands in the places of a command that `programs` tells of: a password, a header, `user:password`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from stanch import names
from stanch.readers import Assignment
from stanch.readers.commands import statements
from stanch.readers.commands.words import Word, cut, within
from stanch.regexes import lazy

Kind = Callable[[Word, int, bytes], Iterable[Assignment]]
"""Yields what a word holds from a position on; the last argument is the section."""

CREDENTIAL = lazy("|".join(map(re.escape, names.WORDS)).encode(), re.IGNORECASE)
"""Is in a name that a credential may have."""

_ELSEWHERE = lazy(rb"@|file:|fileb:|env:|fd:|stdin\Z|keyring:|%|\Z")
"""How a value begins that says where the secret is."""
_HEADER = lazy(rb"[ \t]*(?P<name>[A-Za-z][\w-]{0,80})[ \t]*:[ \t]*(?P<value>[^\s\x00][^\r\n]*)")
SCHEME = lazy(rb"(?i:bearer|token|apikey|api-key|key|negotiate|sso-key|genie-?key|jwt|splunk)[ ]+")
_AUTHORIZATION = lazy(rb"(?i)(?:proxy-)?authorization\Z")
_ITEM = lazy(rb"[A-Za-z][\w-]{0,80}:(?!//|=|\d{1,5}(?:/|\Z))")
_PAIR = lazy(rb"(?P<name>[A-Za-z_/$][\w.:/\[\]@$-]{0,120})\+?=(?P<value>[\s\S]+)")
_INNER_PAIR = lazy(rb"[A-Za-z_][\w.\[\]-]{0,80}=[^=]")
PAIRED = lazy(rb"[A-Za-z_][\w.-]*=[^=]")
_PAIRS = lazy(
    rb"""(?P<name>[A-Za-z_][\w.-]{0,120})[ ]?=[ ]?"""
    rb"""(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^,;&\s{}"'][^,;&\s{}]*))"""
)
_COOKIE = lazy(rb"(?P<name>[\w.%-]{1,120})=(?P<value>[^;\s\"]{4,})")
_ORACLE = lazy(rb"""["']?[^/\s"'@:]{1,128}/(?:"(?P<quoted>[^"]+)"|(?P<value>[^@\s"'/][^@\s"']*))""")
_TARGET = lazy(rb"(?:[^/:@\s]{0,128}/)?[^/:@\s]{1,128}:(?P<value>[^\s]+)@[^@\s]+\Z")
_PASS = lazy(rb"(?:pass|key|hexkey):")
_FTP = lazy(rb"(?im)^[ \t]*(?:user[ \t]+\S+[ \t]+|(?:quote[ \t]+)?pass[ \t]+)(?P<value>[^\s\"]+)")


def _sure(name: bytes) -> Kind:
    def read(word: Word, start: int, section: bytes) -> Iterable[Assignment]:
        if not _ELSEWHERE.match(word.mask, start) and word.value[start:] not in (b"-", b"true", b"false"):
            yield from cut(word, name, start, section=section, sure=True)

    return read


def _behind(sign: bytes) -> Kind:
    """Return what reads the password behind a user's name and `sign`."""

    def read(word: Word, start: int, section: bytes) -> Iterable[Assignment]:
        end = word.mask.find(sign, start)
        if end < 0 or word.mask.startswith(b"//", end + 1):
            return
        if end + 1 < len(word.value):
            yield from cut(word, b"password", end + 1, section=section, sure=True)
        elif end - start >= 16:  # a key that stands for a user, without a password
            yield from cut(word, b"api_key", start, end, section=section)

    return read


def _matching(pattern: re.Pattern[bytes]) -> Kind:
    def read(word: Word, start: int, section: bytes) -> Iterable[Assignment]:
        found = pattern.match(word.mask, start)
        if found and found.lastgroup:
            yield from cut(word, b"password", *found.span(found.lastgroup), section=section, sure=True)

    return read


def header(word: Word, start: int, section: bytes) -> Iterator[Assignment]:
    """Yield what a header of HTTP holds; what follows a scheme as `Bearer` is sure to be a token (RFC 9110)."""
    found = _HEADER.match(word.value, start)
    if found is None:
        return
    name, at = found["name"], found.start("value")
    if name.lower() == b"cookie":
        yield from cookie(word, at, section)
        return
    scheme = SCHEME.match(word.value, at)
    if scheme and (_AUTHORIZATION.match(name) or CREDENTIAL.search(name)):
        yield from cut(word, b"token", scheme.end(), section=section + b" " + name, sure=True)
    else:
        yield from cut(word, name, at, section=section)


def cookie(word: Word, start: int, section: bytes) -> Iterator[Assignment]:
    """Yield the cookies of `a=b; c=d`; else it is the name of a file."""
    for found in _COOKIE.finditer(word.value, start):
        yield from cut(word, found["name"], *found.span("value"), section=section + b" cookie")


def pair(word: Word, start: int, section: bytes) -> Iterator[Assignment]:
    """Yield what `NAME=value` says; an option's value may be such a pair itself."""
    found = _PAIR.match(word.mask, start)
    if found is None:
        return
    name, at = found["name"], found.start("value")
    if name.lower().endswith(b"extraheader"):  # git's, for requests by HTTP
        yield from header(word, at, section)
        return
    if name.startswith(b"//") or b"/:" in name:  # npm's: `//registry/:_authToken`
        above, _, name = name.rpartition(b":")
        section += b" " + above
    yield from cut(word, name, at, section=section)


def option(word: Word, start: int, section: bytes) -> Iterator[Assignment]:
    """Yield what `--name=value` says, whose name begins at `start`: `--env=NAME=value` tells of NAME."""
    equals = word.mask.find(b"=", start)
    inner = _INNER_PAIR.match(word.mask, equals + 1)
    nested = inner and not CREDENTIAL.search(word.value, start, equals)
    yield from pair(word, equals + 1 if nested else start, section)


def pairs(word: Word, start: int, section: bytes) -> Iterator[Assignment]:
    """Yield what each of `a=b,c=d` says, whatever stands between them; JSON is read by its lines."""
    for found in _PAIRS.finditer(word.mask, start):
        yield from cut(word, found["name"], *found.span(found.lastgroup or "bare"), section=section)


def _form(word: Word, start: int, section: bytes) -> Iterator[Assignment]:
    if word.value[start : start + 1] not in (b"{", b"[", b"@", b"<"):
        yield from pairs(word, start, section)


def _item(word: Word, start: int, section: bytes) -> Iterator[Assignment]:
    """Yield the header of HTTPie's `Name:value`."""
    if _ITEM.match(word.mask, start):
        yield from header(word, start, section)


def _pass(word: Word, start: int, section: bytes) -> Iterator[Assignment]:
    found = _PASS.match(word.mask, start)
    if found:
        yield from cut(word, b"password", found.end(), section=section, sure=True)


def _sql(word: Word, start: int, section: bytes) -> Iterator[Assignment]:
    for found in statements.read(word.value):
        if found.parts[0][0] >= start:
            yield from within(word, found)


def _ftp(word: Word, start: int, section: bytes) -> Iterator[Assignment]:
    for found in _FTP.finditer(word.mask, start):
        yield from cut(word, b"password", *found.span("value"), section=section, sure=True)


KINDS: dict[str, Kind] = {
    "password": _sure(b"password"),
    "token": _sure(b"token"),
    "secret": _sure(b"secret"),
    "key": _sure(b"api_key"),
    "login": _behind(b":"),
    "percent": _behind(b"%"),
    "comma": _behind(b","),
    "oracle": _matching(_ORACLE),
    "target": _matching(_TARGET),
    "header": header,
    "cookie": cookie,
    "pair": pair,
    "pairs": pairs,
    "form": _form,
    "item": _item,
    "pass": _pass,
    "sql": _sql,
    "ftp": _ftp,
}


def named(name: Word, value: Word, start: int, section: bytes) -> Iterator[Assignment]:
    """Yield `value` from `start` on, which `name` is the name of, as in `config set NAME VALUE`."""
    key = name.value
    if key.lower().endswith(b"extraheader"):
        yield from header(value, start, section)
        return
    if b"=" in key and len(key) > 4:
        yield from pair(name, 0, section)
        return
    above, _, last = key.rpartition(b":") if b"/" in key else (b"", b"", key)
    yield from cut(value, last, start, section=(section + b" " + above).strip())
