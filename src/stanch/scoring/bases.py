"""Ways to write bytes and numbers as letters and digits, and back."""

from __future__ import annotations

import base64
import binascii

BASE62 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BASE36 = b"0123456789abcdefghijklmnopqrstuvwxyz"


def digits(number: int, alphabet: bytes) -> bytes:
    """Return `number` written in the base that `alphabet` has characters; empty for 0."""
    found = bytearray()
    while number:
        number, digit = divmod(number, len(alphabet))
        found.append(alphabet[digit])
    return bytes(reversed(found))


def unbase64(text: bytes) -> bytes | None:
    """Return what `text` decodes to, base64 of either alphabet, padded or not; None when it is not base64."""
    text = text.rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        return None


def unbase32(text: bytes) -> bytes | None:
    """Return what `text` decodes to, base32 in upper case, padded or not (RFC 4648); None when it is not base32."""
    text = text.rstrip(b"=")
    try:
        return base64.b32decode(text + b"=" * (-len(text) % 8))
    except binascii.Error:
        return None


BASE58 = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
RIPPLE58 = b"rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"


def unbase58(text: bytes, alphabet: bytes = BASE58) -> bytes | None:
    """Return what `text` decodes to, base58 with `alphabet`, whose first character is a zero byte in front.

    None when it is not base58. https://www.rfc-editor.org/info/draft-msporny-base58
    """
    number = 0
    for char in text:
        digit = alphabet.find(char)
        if digit < 0:
            return None
        number = number * 58 + digit
    zeros = len(text) - len(text.lstrip(alphabet[:1]))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8)


def to_base58(data: bytes, alphabet: bytes = BASE58) -> bytes:
    """Return `data` as base58."""
    zeros = len(data) - len(data.lstrip(b"\0"))
    return alphabet[:1] * zeros + digits(int.from_bytes(data), alphabet)
