"""Files whose whole content is one secret: a password, a token, a key, or the codes of a second factor."""

from __future__ import annotations

from collections.abc import Iterator

from stanch.readers import Assignment
from stanch.regexes import lazy

LONGEST = 4_096
"""A longer file is something else, in bytes."""

_NO_SECRET = rb"(?!\#!|\$ANSIBLE_VAULT|-----BEGIN|[\w.-]+[ \t]*[=:][ \t])"
"""A script that asks for the password, something encrypted, a key with rules of its own, a setting."""
_LINE = lazy(rb"\s*(?P<value>" + _NO_SECRET + rb"[^\r\n\x00]{4,256}?)\s*")
_WORD = lazy(rb"\s*(?P<value>" + _NO_SECRET + rb"[^\s\x00]{8,4096})\s*")
_KEY = lazy(rb"\s*(?P<value>[0-9a-f]{32})\s*")
_CODE = rb"(?:[0-9A-Za-z]{4,6}[- ]?[0-9A-Za-z]{4,6}|[0-9a-f]{16}|[0-9]{8})"
_CODES = lazy(rb"(?:[^\r\n]*:?[ \t]*\r?\n(?!\S*\d)){0,4}?\s*(?P<value>%s(?:\s{1,4}%s){3,31})\s*" % (_CODE, _CODE))
"""Four codes or more, perhaps under a heading."""

_SHAPES = {
    "password": _LINE,
    "token": _WORD,
    "vault_token": _WORD,
    "secret": _WORD,
    "rails_master_key": _KEY,
    "recovery_codes": _CODES,
}


def read(data: bytes, kind: str) -> Iterator[Assignment]:
    """Yield the secret that the file is, by the name of its `kind`; nothing when it is no single one."""
    if len(data) <= LONGEST:
        found = _SHAPES[kind].fullmatch(data)
        if found:
            yield Assignment(kind.encode(), found["value"], (found.span("value"),), quoted=True, sure=True)
