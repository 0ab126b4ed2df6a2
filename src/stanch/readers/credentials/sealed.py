"""Files that a program encrypts as a whole with a key that stands in them, or in every copy of the program."""

from __future__ import annotations

from collections.abc import Iterator

from stanch.readers import Assignment
from stanch.readers.credentials import ciphers
from stanch.regexes import lazy

_LONGEST = 4_096
"""How much of a file is decrypted, in bytes."""
_OPTION = lazy(rb"""^\s*password\s*=\s*"?(?P<value>[^"\r\n]{4,})"?\s*$""")
_MEMBER = lazy(rb'"password"\s*:\s*"(?P<value>(?:\\.|[^"\\])+)"')
_DBEAVER = bytes.fromhex("ba bb 4a 9f 77 4a b8 53 c9 6c 2d 65 3d fe 54 4a")


def read(data: bytes, kind: str) -> Iterator[Assignment]:
    """Yield the passwords in a file of this kind, where what hides them stands; nothing from one that is damaged."""
    for value, span in _READERS[kind](data[:_LONGEST]):
        yield Assignment(b"password", value, (span,), quoted=True, sure=True)


def _mylogin(data: bytes) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """MySQL's login path file, mysys_ssl/my_default.cc: zeros, 20 bytes that give the key, lines with their lengths."""
    key = bytearray(16)
    for place, byte in enumerate(data[4:24]):
        key[place % 16] ^= byte
    at = 24
    while at + 4 < len(data):
        size = int.from_bytes(data[at : at + 4], "little")
        start, at = at + 4, at + 4 + size
        if not size or size % 16 or at > len(data):
            return
        line = b"".join(ciphers.aes_decrypt(bytes(key), data[place : place + 16]) for place in range(start, at, 16))
        found = _OPTION.search(ciphers.unpadded(line) or b"")
        if found:
            yield found["value"], (start, at)


def _dbeaver(data: bytes) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """DBeaver's credentials, DefaultSecureStore: a vector, then JSON in AES with one key for all."""
    plain = ciphers.aes_cbc(_DBEAVER, data[:16], data[16:])
    for found in _MEMBER.finditer(plain):
        yield found["value"], (0, len(data))


def _stash(data: bytes) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """IBM's stashed password of a key database: each byte XORed with 0xF5, up to a zero."""
    value = bytes(byte ^ 0xF5 for byte in data).partition(b"\0")[0]
    if 4 <= len(value) <= 128 and value.isascii() and value.decode("ascii").isprintable():
        yield value, (0, len(value))


_READERS = {"dbeaver": _dbeaver, "mylogin": _mylogin, "stash": _stash}
