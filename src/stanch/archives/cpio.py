"""Cpio, in its two forms of plain digits, and the packages of rpm, which hold one.

Sources: cpio(5) of FreeBSD; https://rpm-software-management.github.io/rpm/manual/format_v4.html.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from stanch.archives.bounds import HEADER
from stanch.archives.stream import Entry, Stream, text
from stanch.archives.trouble import BOUND, CORRUPT, Trouble

_NEW = re.compile(rb"07070[12](?:[0-9A-Fa-f]{8}){6}([0-9A-Fa-f]{8})(?:[0-9A-Fa-f]{8}){4}([0-9A-Fa-f]{8})[0-9A-Fa-f]{8}")
_OLD = re.compile(rb"070707[0-7]{53}([0-7]{6})([0-7]{11})")
MAGICS = (b"070701", b"070702", b"070707")
_LAST = b"TRAILER!!!"
RPM = b"\xed\xab\xee\xdb"
_LEAD, _SECTION = 96, b"\x8e\xad\xe8\x01"


def _header(head: bytes) -> tuple[int, int, int, int] | None:
    """Return the lengths of a header, its name and its content, and to what they are padded."""
    new, old = _NEW.match(head), _OLD.match(head)
    if new:
        return 110, int(new[2], 16), int(new[1], 16), 4
    return (76, int(old[1], 8), int(old[2], 8), 1) if old else None


def is_header(head: bytes) -> bool:
    """Tell whether content begins with a member."""
    return _header(head) is not None


def entries(stream: Stream) -> Iterator[Entry]:
    """Yield the members until the archive ends. Raises Trouble where it is damaged or cut off."""
    while head := stream.head(110):
        found = _header(head)
        if found is None:
            raise stream.trouble or Trouble(CORRUPT, "cpio: damaged, or cut off")
        size, named, length, pad = found
        if named > HEADER:
            raise Trouble(BOUND, f"cpio: a name of {named:,} bytes; the rest is not scanned")
        stream.read(size)
        name = stream.read(named).rstrip(b"\0")
        stream.skip(-(size + named) % pad)
        if name == _LAST and not length:
            return
        content = Stream(_content(stream, length)) if length else None
        yield Entry(text(name), content)
        if content is not None:
            content.skip()
            if content.trouble:
                return
            stream.skip(-length % pad)
    raise stream.trouble or Trouble(CORRUPT, "cpio: without its end: it may be cut off")


def _content(stream: Stream, length: int) -> Iterator[bytes]:
    for piece in stream.pieces(length):
        length -= len(piece)
        yield piece
    if length:
        raise stream.trouble or Trouble(CORRUPT, "cpio: it is cut off")


def skip_to_payload(stream: Stream) -> None:
    """Pass over what stands before a package's compressed content. Raises Trouble for what is no such package."""
    stream.read(_LEAD)
    for last in (False, True):
        head = stream.read(16)
        if len(head) < 16 or not head.startswith(_SECTION):
            raise stream.trouble or Trouble(CORRUPT, "rpm: damaged, or cut off")
        entries, size = struct.unpack_from(">8xLL", head)
        stream.skip(16 * entries + size + (0 if last else -size % 8))
