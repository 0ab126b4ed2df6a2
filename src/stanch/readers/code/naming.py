"""What code calls its values: the name in an expression that is assigned to, and whether it may be a credential's."""

from __future__ import annotations

from functools import lru_cache

from stanch import names
from stanch.regexes import lazy

_FOREIGN = [word for words in names.FOREIGN.values() for word in words]
_CREDENTIAL = lazy(
    rb"(?i)" + "|".join((*names.STRONG, *(f"{word}(?![a-z])" for word in names.WHOLE), *_FOREIGN)).encode()
)
"""Names of which any value is worth a look."""
_WEAK = lazy(rb"(?i)" + "|".join(names.WEAK).encode())
_OWN = lazy(rb"(?:\s*(?:this|self|cls|@@?|\$this|\$|:|#)(?:->|\.|::)?)?")
_PLAIN = lazy(rb"[\w.$?!:>\-\x80-\xff]+")
_INDEXED = lazy(
    rb"(.*?)\??\.?\[\s*(?::|b|u|[\w.]+\(|\.)?[\"'`]?([\w.$ :\-\x80-\xff]+)[\"'`]?\)?\s*\]",
)
_QUOTED = lazy(rb"[\[]?\s*[bu@$]?[\"'`]([^\"'`]*)[\"'`]\s*[\]]?:?")
_LAST = lazy(rb"[\w$\-\x80-\xff]+(?=\W*\Z)")


@lru_cache(maxsize=4096)
def strong(name: bytes) -> bool:
    """Is any value of this name worth a look?"""
    return bool(_CREDENTIAL.search(name))


@lru_cache(maxsize=4096)
def credential(name: bytes) -> bool:
    """Is a value of this name worth a look, if only a long one?"""
    return bool(_CREDENTIAL.search(name) or _WEAK.search(name))


def named(text: bytes) -> tuple[bytes, bytes]:
    """Return what stands around a name, and the name: `config["password"]` gives `config` and `password`.

    >>> [named(text)[1] for text in (b"self.pw", b"'a b'", b"config[:key]", b"[X.Y]", b"$this->token", b"f(x).y")]
    [b'pw', b'a b', b'key', b'Y', b'token', b'y']
    """
    text = text.strip()
    quoted = _QUOTED.fullmatch(text)
    if quoted:
        return b"", quoted[1]
    own = _OWN.match(text)
    text = text[own.end() :] if own else text
    if _PLAIN.fullmatch(text):
        return b"", text.replace(b"->", b".").replace(b"?.", b".").replace(b"::", b".").rstrip(b"?!:")
    indexed = _INDEXED.fullmatch(text)
    if indexed:
        return indexed[1][-60:], indexed[2].strip()
    last = _LAST.search(text)
    return text[: last.start()][-60:] if last else b"", last[0] if last else b""
