"""Tar, as POSIX, GNU and others before them wrote it: 512 bytes of header, content, padding.

Not by the library's `tarfile`: it reads names of any length into memory, and remembers every member.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stanch.archives.bounds import HEADER
from stanch.archives.stream import Entry, Stream, text
from stanch.archives.trouble import BOUND, CORRUPT, Trouble

BLOCK = 512
_NO_CONTENT = b"123456"
"""Links, devices, folders, pipes."""
_LONG_NAME, _LONG_LINK, _SPARSE = b"L", b"K", b"S"
_ABOUT_NEXT, _ABOUT_ALL = b"xX", b"g"
_RECORD = re.compile(rb"(\d+) ")
_SIZE = re.compile(rb"[ \0]*([0-7]*)[ \0]*")


def is_header(block: bytes) -> bool:
    """Tell whether a block begins a member: its checksum, of unsigned or of signed bytes, holds."""
    if len(block) < BLOCK:
        return False
    told = _SIZE.fullmatch(block[148:156])
    if told is None or not told[1]:
        return False
    fields = block[:148] + b" " * 8 + block[156:]
    wrong = sum(fields) - int(told[1], 8)
    return wrong == 0 or (wrong % 256 == 0 and wrong // 256 == sum(byte > 127 for byte in fields))


def entries(stream: Stream) -> Iterator[Entry]:
    """Yield the members until the archive ends, and leave what comes after it.

    Raises Trouble where it is damaged or cut off.
    """
    name = link = b""
    size: int | None = None
    while block := stream.head(BLOCK):
        if not block.strip(b"\0"):
            return
        if not is_header(block):
            raise stream.trouble or Trouble(CORRUPT, "tar: damaged, or cut off")
        stream.read(BLOCK)
        kind, length = block[156:157], _number(block[124:136])
        if kind in (_LONG_NAME, _LONG_LINK):
            value = _header(stream, length).rstrip(b"\0")
            name, link = (value, link) if kind == _LONG_NAME else (name, value)
        elif kind in _ABOUT_NEXT:
            told = _records(_header(stream, length))
            name, link = told.get(b"path", name), told.get(b"linkpath", link)
            size = int(told[b"size"][:20]) if told.get(b"size", b"").isdigit() else size
        elif kind == _ABOUT_ALL:
            _header(stream, length)
        else:
            if kind == _SPARSE and block[482]:
                _skip_map(stream)
            length = 0 if kind in _NO_CONTENT else length if size is None else size
            content = Stream(_content(stream, length)) if length else None
            yield Entry(text(name or _name(block)), content, link or block[157:257].rstrip(b"\0"))
            if content is not None:
                content.skip()
                if content.trouble:
                    return
                stream.skip(-length % BLOCK)
            name, link, size = b"", b"", None
    raise stream.trouble or Trouble(CORRUPT, "tar: without its end: it may be cut off")


def _name(block: bytes) -> bytes:
    name, prefix = block[:100].split(b"\0")[0], block[345:500].split(b"\0")[0]
    # GNU's own format keeps times where POSIX keeps the prefix.
    return prefix + b"/" + name if prefix and block[257:263] == b"ustar\0" else name


def _number(told: bytes) -> int:
    """Return a number in octal digits, or where its first bit is set in binary. Raises Trouble for none."""
    if told[0] == 0x80:
        return int.from_bytes(told[1:], "big")
    digits = _SIZE.fullmatch(told)
    if digits is None:
        raise Trouble(CORRUPT, "tar: a size that is no number")
    return int(digits[1] or b"0", 8)


def _header(stream: Stream, length: int) -> bytes:
    if length > HEADER:
        raise Trouble(BOUND, f"tar: a header of {length:,} bytes; the rest is not scanned")
    data = stream.read(length)
    stream.skip(-length % BLOCK)
    return data


def _records(data: bytes) -> dict[bytes, bytes]:
    """Return what a pax header says: records of a length, which counts itself, a key and a value."""
    told = {}
    at = 0
    while (length := _RECORD.match(data, at)) and int(length[1][:9]) > len(length[0]):
        record = data[length.end() : at + int(length[1][:9]) - 1]
        key, _, told[key] = record.partition(b"=")
        at += int(length[1][:9])
    return told


def _skip_map(stream: Stream) -> None:
    """Pass over where the parts of a sparse file stand: its content is all of them, one after the other."""
    while len(block := stream.read(BLOCK)) == BLOCK and block[504]:
        pass


def _content(stream: Stream, length: int) -> Iterator[bytes]:
    for piece in stream.pieces(length):
        length -= len(piece)
        yield piece
    if length:
        raise stream.trouble or Trouble(CORRUPT, "tar: it is cut off")
