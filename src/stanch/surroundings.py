"""What stands around a secret and is kept with it, since verification needs it: a URL, a line, a JSON object.

A rule names what it needs in `[rules.verify]`, key `around`. It holds the secret too, so it is never printed.
"""

from __future__ import annotations

from collections.abc import Callable

from stanch.regexes import lazy

LONGEST_URL = 1_024
LONGEST_LINE = 1_024
LONGEST_OBJECT = 8_192
"""How far a text reaches to either side of the secret at most, in bytes."""
NEAR = 1_536
_CERTIFICATES = 16_384

_ENDS = b" \t\r\n\"'`<>\\"
_SCHEME = b"abcdefghijklmnopqrstuvwxyz0123456789+.-"
_PUBLIC = lazy(
    rb"-----BEGIN (?:CERTIFICATE|(?:RSA )?PUBLIC KEY)-----[A-Za-z0-9+/=\\\s]{40,8192}?"
    rb"-----END (?:CERTIFICATE|(?:RSA )?PUBLIC KEY)-----"
    rb"|(?:ssh-rsa|ssh-ed25519|ssh-dss|ecdsa-sha2-nistp\d{3}) AAAA[A-Za-z0-9+/]{40,2048}={0,2}"
)


def _url(data: bytes, start: int, end: int) -> bytes:
    """Return the URL that the secret stands in, from its scheme on; nothing where there is none."""
    first, last = _span(data, start, end)
    begin = mark = data.rfind(b"://", first, start)
    while begin > first and data[begin - 1 : begin].lower() in _SCHEME:
        begin -= 1
    return data[begin:last] if mark >= 0 else b""


def _string(data: bytes, start: int, end: int) -> bytes:
    """Return what stands around the secret up to white space, quotes, `<`, `>` or a backslash."""
    first, last = _span(data, start, end)
    return data[first:last]


def _span(data: bytes, start: int, end: int) -> tuple[int, int]:
    first, last = max(0, start - LONGEST_URL), min(len(data), end + LONGEST_URL)
    while start > first and data[start - 1] not in _ENDS:
        start -= 1
    while end < last and data[end] not in _ENDS:
        end += 1
    return start, end


def _line(data: bytes, start: int, end: int) -> bytes:
    """Return the lines that the secret stands on."""
    first, last = max(0, start - LONGEST_LINE), end + LONGEST_LINE
    start = max(data.rfind(b"\n", 0, start) + 1, first)
    stop = data.find(b"\n", end, last)
    return data[start : last if stop < 0 else stop]


def _object(data: bytes, start: int, end: int) -> bytes:
    """Return the innermost pair of braces around the secret; nothing where there is none."""
    first = data.rfind(b"{", max(0, start - LONGEST_OBJECT), start)
    last = data.find(b"}", end, end + LONGEST_OBJECT)
    return data[first : last + 1] if first >= 0 and last >= 0 else b""


def _near(data: bytes, start: int, end: int) -> bytes:
    """Return the text before and after the secret, in which the ids that belong to it are named."""
    return data[max(0, start - NEAR) : end + NEAR]


def _keys(data: bytes, start: int, end: int) -> bytes:
    """Return the certificates and public keys in the same text, a newline after each; no private key."""
    before, after = data[max(0, start - _CERTIFICATES) : start], data[end : end + _CERTIFICATES]
    return b"".join(found[0] + b"\n" for part in (before, after) for found in _PUBLIC.finditer(part))


SURROUNDINGS: dict[str, Callable[[bytes, int, int], bytes]] = {
    "keys": _keys,
    "line": _line,
    "near": _near,
    "object": _object,
    "string": _string,
    "url": _url,
}
"""What a rule may ask for, as a function of a text and of the secret's place in it."""
