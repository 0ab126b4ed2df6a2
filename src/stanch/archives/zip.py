"""Zip, by its directory: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT.

Not by the library's `zipfile`: it makes an object of every entry before the first is read, gigabytes for a hostile
directory, and expands bzip2 and LZMA without a bound.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from stanch.archives import TAIL
from stanch.archives.bounds import Budget
from stanch.archives.compressed import bz2, deflate, lzma, run, xz, zstd
from stanch.archives.stream import Content, Entry, Stream, text
from stanch.archives.trouble import CORRUPT, UNSUPPORTED, Trouble
from stanch.values import dataclass

MAGICS = (b"PK\3\4", b"PK\5\6")
"""What a zip begins with; one without members with its end."""
_LOCAL, _END = MAGICS
_ENTRY, _END64, _LOCATOR, _SIGNATURE = b"PK\1\2", b"PK\6\6", b"PK\6\7", b"PK\5\5"
_MACHINES = {8: ("deflate", deflate), 12: ("bz2", bz2), 93: ("zstd", zstd), 95: ("xz", xz)}
_STORED, _LZMA, _AES = 0, 14, 99
_METHODS = frozenset({*range(21), *range(93, 100)})
_ENCRYPTED, _ENDS_ITSELF, _UTF8 = 1, 1 << 1, 1 << 11
_UNKNOWN = 0xFFFFFFFFFFFFFFFF


@dataclass(frozen=True, slots=True)
class Directory:
    """Where the list of members stands."""

    start: int
    end: int
    shift: int
    """What is to be added to the places that it names: something stands before the zip that it does not know of."""
    comment: bytes


def directory(content: Content) -> Directory | None:
    """Return where a zip's directory is; None for what is no zip, or has lost its end."""
    begin = max(content.size - TAIL, 0)
    tail = content.at(begin, TAIL)
    at = len(tail)
    while (at := tail.rfind(_END, 0, at)) >= 0:
        if len(tail) - at >= 22 and (found := _directory(content, begin + at, tail[at:])):
            return found
    return None


def _directory(content: Content, at: int, record: bytes) -> Directory | None:
    """Return the directory that a record of its end, at `at`, tells of, if it is there."""
    *narrow, length = struct.unpack_from("<10xHLLH", record)
    for end, count, size, offset in (*_wide_ends(content, at), (at, *narrow)):
        for start in (end - size, offset):
            if content.at(start, 4) == _ENTRY or count == size == 0:
                return Directory(start, start + size, start - offset, record[22 : 22 + length])
    return None


def _wide_ends(content: Content, at: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield what the record in 64 bits says, where there is one before the one at `at`: its place, three numbers."""
    locator = content.at(at - 20, 20)
    if locator.startswith(_LOCATOR):
        for place in (int.from_bytes(locator[8:16], "little"), at - 76):
            record = content.at(place, 56)
            if len(record) == 56 and record.startswith(_END64):
                yield place, *struct.unpack_from("<32xQQQ", record)


def is_local_header(head: bytes) -> bool:
    """Tell whether content begins as a zip does, and not only with the same four bytes."""
    if len(head) < 31 or not head.startswith(_LOCAL):
        return False
    version, method, length = struct.unpack_from("<4xB3xH16xH", head)
    return version < 100 and method in _METHODS and length > 0 and b"\0" not in head[30 : 30 + length]


def entries(content: Content, listed: Directory, budget: Budget) -> Iterator[Entry]:
    """Yield the members in the directory's order. Raises Trouble where the directory is no more."""
    records = Stream(content.pieces(listed.start, listed.end))
    while record := records.read(46):
        if record.startswith(_SIGNATURE):
            break
        if len(record) < 46 or not record.startswith(_ENTRY):
            raise Trouble(CORRUPT, "zip: its directory is damaged")
        flags, method, crc, packed, size, *lengths, disk, offset = struct.unpack_from("<8xHH4xLLLHHHH6xL", record)
        name, extra, note = (records.read(length) for length in lengths)
        size, packed, offset = _wide(extra, size, packed, offset)
        member = _Member(flags, method, crc, packed, size, offset + listed.shift, disk)
        sealed = bool(flags & _ENCRYPTED) or method == _AES
        # Directories have no content; what calls itself one and has some is read.
        opened = Stream(member.pieces(content, budget)) if packed and not sealed else None
        yield Entry(_name(name, flags), opened, note, sealed)
    if listed.comment:
        yield Entry("", None, listed.comment)


def _wide(extra: bytes, *values: int) -> list[int]:
    """Return sizes and a place; those that do not fit into 32 bits stand in an extra field of their own."""
    wide = b""
    while len(extra) >= 4:
        tag, length = struct.unpack_from("<HH", extra)
        if tag == 1:
            wide = extra[4 : 4 + length]
        extra = extra[4 + length :]
    told = []
    for value in values:
        if value == 0xFFFFFFFF and len(wide) >= 8:
            value, wide = int.from_bytes(wide[:8], "little"), wide[8:]
        told.append(value)
    return told


def _name(name: bytes, flags: int) -> str:
    """Return a member's name: UTF-8 where it says so or is, else what DOS wrote."""
    try:
        return name.decode()
    except UnicodeDecodeError:
        return text(name) if flags & _UTF8 else name.decode("cp437")


@dataclass(frozen=True, slots=True)
class _Member:
    """What the directory says of a member. Its sizes are believed only once they prove true."""

    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    disk: int

    def pieces(self, content: Content, budget: Budget) -> Iterator[bytes]:
        """Yield the member's content. Raises Trouble."""
        local = content.at(self.offset, 30)
        if len(local) < 30 or not local.startswith(_LOCAL) or self.disk not in (0, 0xFFFF):
            raise Trouble(CORRUPT, "zip: it is not where the directory says")
        start = self.offset + 30 + sum(struct.unpack_from("<26xHH", local))
        crc = size = 0
        for piece in self._expanded(Stream(content.pieces(start, start + self.packed)), budget):
            crc, size = zlib.crc32(piece, crc), size + len(piece)
            yield piece
        if (crc, size) != (self.crc, self.size):
            raise Trouble(CORRUPT, "zip: it is not what the directory says")

    def _expanded(self, packed: Stream, budget: Budget) -> Iterator[bytes]:
        if self.method == _STORED:
            for piece in packed.pieces():
                budget.expand(len(piece))  # members may overlap
                yield piece
        elif self.method == _LZMA:
            # A version, the length of the properties, those; which the older format has first, and then the size.
            properties = packed.read(9)[4:]
            size = _UNKNOWN if self.flags & _ENDS_ITSELF else self.size
            packed.unread(properties + struct.pack("<Q", size))
            yield from run(packed, lzma, "lzma", budget)
        elif self.method in _MACHINES:
            name, make = _MACHINES[self.method]
            yield from run(packed, make, name, budget)
        else:
            raise Trouble(UNSUPPORTED, f"zip: compressed by method {self.method}, which is not supported")
