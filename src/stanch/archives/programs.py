"""Compiled programs whose strings stand beside other bytes: a length, a type. Each string becomes a line.

Java's classes: the JVM specification, 4.4, also the names and values of constant fields. Python's: its own form of
objects, `Python/marshal.c`, of which nothing is built; what looks like a string there is one.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

CLASS = b"\xca\xfe\xba\xbe"
MOST = 8 << 20
"""A larger program is read as it stands, in bytes."""
_PYTHON = re.compile(rb"[\x00-\xff][\x0c-\x0f\xf2\xf3]\r\n(?:.{4}|.{8}|.{12})[c\xe3]", re.DOTALL)
_SIZES = {3: 4, 4: 4, 5: 8, 6: 8, 7: 2, 8: 2, 9: 4, 10: 4, 11: 4, 12: 4, 15: 3, 16: 2, 17: 4, 18: 4, 19: 2, 20: 2}
_UTF8, _STRING = 1, 8
_NAME = 200
"""So much of a field's name is read, in bytes."""
_WIDE = (5, 6)
"""Take two places in the pool."""
_MARSHAL = re.compile(rb"[zZ\xfa\xda]([\x04-\xff])|[aAustAS\xe1\xc1\xf5\xf3\xf4](..\0\0)", re.DOTALL)
_TEXT = re.compile(rb"[\t\n\r\x20-\x7e\x80-\xff]*")


def kind(head: bytes) -> str | None:
    """Return what kind of program content is, from its first bytes, if it is one of these."""
    if head.startswith(CLASS) and 45 <= int.from_bytes(head[6:8]) < 200:
        return "class"
    return "pyc" if _PYTHON.match(head) else None


def lines(kind: str, data: bytes) -> bytes | None:
    """Return the strings of a program, a line for each, and the rest of it; None for one that is damaged."""
    try:
        return b"\n".join(_of_class(data) if kind == "class" else _of_python(data))
    except (struct.error, IndexError, KeyError):
        return None


def _of_python(data: bytes) -> Iterator[bytes]:
    done = at = 0
    while found := _MARSHAL.search(data, at):
        start, length = found.end(), int.from_bytes(found[1] or found[2], "little")
        text = _TEXT.match(data, start, start + length)
        at = found.start() + 1
        if text and length >= 4 and text.end() - start == length:
            yield data[done : found.start()]
            yield text[0]
            done = at = text.end()
    yield data[done:]


def _of_class(data: bytes) -> Iterator[bytes]:
    count, at = int.from_bytes(data[8:10]), 10
    texts: dict[int, bytes] = {}
    strings: dict[int, int] = {}
    number = 1
    while number < count:
        tag = data[at]
        if tag == _UTF8:
            (length,) = struct.unpack_from(">H", data, at + 1)
            texts[number] = data[at + 3 : at + 3 + length]
            at += 3 + length
        else:
            if tag == _STRING:
                (strings[number],) = struct.unpack_from(">H", data, at + 1)
            at += 1 + _SIZES[tag]
        number += 2 if tag in _WIDE else 1
    named: set[int] = set()
    for name, value in _constants(data, at, texts):
        text = strings.get(value, 0)
        if text in texts and text not in named:  # each once: a class could name the same a thousand times
            named.add(text)
            yield b'%s = "%s"' % (texts.get(name, b"")[:_NAME], texts[text].replace(b'"', rb"\""))
    yield from (text for index, text in texts.items() if index not in named)
    yield data[at:]


def _constants(data: bytes, at: int, texts: dict[int, bytes]) -> Iterator[tuple[int, int]]:
    """Yield the places in the pool of each constant field's name and value."""
    (interfaces,) = struct.unpack_from(">6xH", data, at)
    at += 8 + 2 * interfaces
    (fields,) = struct.unpack_from(">H", data, at)
    at += 2
    for _ in range(fields):
        name, attributes = struct.unpack_from(">2xH2xH", data, at)
        at += 8
        for _ in range(attributes):
            kind, length = struct.unpack_from(">HL", data, at)
            if texts.get(kind) == b"ConstantValue":
                yield name, *struct.unpack_from(">H", data, at + 6)
            at += 6 + length
