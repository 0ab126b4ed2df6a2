"""Archives as tests make them, with Python's own modules, and some that those would not make."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping

Files = Mapping[str, bytes]
LONG = "deep/" * 60 + "a.txt"
"""A name that does not fit into the header of a tar."""


def zipped(files: Files, method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"", prefix: bytes = b"") -> bytes:
    """Return a zip."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        archive.comment = comment
    return prefix + file.getvalue()


def zipped64(files: Files) -> bytes:
    """Return a zip whose every size and place stands where they have 64 bits."""
    data, entries = b"", b""
    for name, content in files.items():
        sizes = struct.pack("<LLL", zlib.crc32(content), 0xFFFFFFFF, 0xFFFFFFFF)
        head = struct.pack("<4H", 0, 0, 0, 0) + sizes
        wide = struct.pack("<HHQQ", 1, 24, len(content), len(content)) + struct.pack("<Q", len(data))
        encoded = name.encode()
        entries += struct.pack("<4sHH", b"PK\1\2", 45, 45) + head
        entries += struct.pack("<5HLL", len(encoded), len(wide), 0, 0, 0, 0, 0xFFFFFFFF) + encoded + wide
        data += struct.pack("<4sH", b"PK\3\4", 45) + head + struct.pack("<HH", len(encoded), 20) + encoded
        data += struct.pack("<HHQQ", 1, 16, len(content), len(content)) + content
    end = struct.pack("<4sQHHLLQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, len(files), len(files), len(entries), len(data))
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, len(data) + len(entries), 1)
    last = struct.pack("<4s4HLLH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return data + entries + end + locator + last


def tarred(files: Files, form: int = tarfile.PAX_FORMAT, links: Mapping[str, str] | None = None) -> bytes:
    """Return a tar; `links` are symbolic links and where they lead."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
        for name, to in (links or {}).items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, to
            archive.addfile(member)
    return file.getvalue()


def old_lzma(data: bytes) -> bytes:
    """Return what was before xz."""
    return lzma.compress(data, lzma.FORMAT_ALONE)


COMPRESSED = {"gzip": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "lzma": old_lzma}
ARCHIVES = {
    "zip": zipped,
    "zip, stored": lambda files: zipped(files, zipfile.ZIP_STORED),
    "zip, bzip2": lambda files: zipped(files, zipfile.ZIP_BZIP2),
    "zip, lzma": lambda files: zipped(files, zipfile.ZIP_LZMA),
    "zip with a comment": lambda files: zipped(files, comment=b"PK\5\6 is where it ends"),
    "zip behind a program": lambda files: zipped(files, prefix=b"#!/usr/bin/env python3\n"),
    "zip of 64 bits": zipped64,
    "tar, GNU": lambda files: tarred(files, tarfile.GNU_FORMAT),
    "tar, POSIX": lambda files: tarred(files, tarfile.PAX_FORMAT),
}


def encrypted(files: Files) -> bytes:
    """Return a zip that says of all its members that they are encrypted."""
    data = bytearray(zipped(files))
    for signature, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = -1
        while (at := data.find(signature, at + 1)) >= 0:
            data[at + flags] |= 1
    return bytes(data)


def zeros(megabytes: int) -> bytes:
    """Return deflated zeros, a thousandth of them, made at once."""
    machine = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = machine.compress(bytes(1 << 20)) + machine.flush(zlib.Z_FULL_FLUSH)
    return block * megabytes + machine.flush()


def gzipped_zeros(megabytes: int) -> bytes:
    """Return the same as a gzip."""
    total = bytes(1 << 20)
    crc = 0
    for _ in range(megabytes):
        crc = zlib.crc32(total, crc)
    return b"\x1f\x8b\x08" + bytes(7) + zeros(megabytes) + struct.pack("<LL", crc, megabytes << 20 & 0xFFFFFFFF)


def overlapping(members: int, content: bytes, size: int, crc: int = 0) -> bytes:
    """Return a zip whose members are all the same deflated `content`, as often as its directory says."""
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, 0, crc, len(content), size, 1, 0) + b"x" + content
    entry = struct.pack(
        "<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 8, 0, 0, crc, len(content), size, 1, 0, 0, 0, 0, 0, 0
    )  # fmt: skip
    entries = (entry + b"x") * members
    end = struct.pack("<4s4HLLH", b"PK\5\6", 0, 0, members & 0xFFFE, members & 0xFFFE, len(entries), len(local), 0)
    return local + entries + end
