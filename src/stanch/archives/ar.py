"""Ar, as Debian's packages and libraries of object files are: https://manpages.debian.org/deb.5, and BSD's ar(5)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stanch.archives.bounds import HEADER
from stanch.archives.stream import Entry, Stream, text
from stanch.archives.trouble import BOUND, CORRUPT, Trouble

MAGIC = b"!<arch>\n"
_MEMBER = re.compile(rb"(.{16})[\d ]{12}[\d -]{12}[0-7 ]{8}(\d{1,10}) *`\n", re.DOTALL)
_SIZE = 60


def entries(stream: Stream) -> Iterator[Entry]:
    """Yield the members. Raises Trouble where it is damaged or cut off."""
    stream.read(len(MAGIC))
    names = b""
    while header := stream.read(_SIZE):
        found = _MEMBER.fullmatch(header)
        if found is None:
            raise stream.trouble or Trouble(CORRUPT, "ar: damaged, or cut off")
        name, size = found[1].rstrip(b" "), int(found[2])
        left = size
        if name == b"//" or name.startswith(b"#1/"):
            length = size if name == b"//" else int(name[3:]) if name[3:].isdigit() else 0
            if min(length, size) > HEADER:
                raise Trouble(BOUND, f"ar: names of {length:,} bytes; the rest is not scanned")
            known = stream.read(min(length, size))
            left -= len(known)
            names, name = (known, b"") if name == b"//" else (names, known.rstrip(b"\0"))
        elif name[:1] == b"/" and name[1:].isdigit():
            name = names[int(name[1:]) :].split(b"\n")[0]
        content = Stream(_content(stream, left)) if left else None
        if name:
            yield Entry(text(name.rstrip(b"/")) or "/", content)
        if content is not None:
            content.skip()
            if content.trouble:
                return
        stream.skip(size % 2)


def _content(stream: Stream, length: int) -> Iterator[bytes]:
    for piece in stream.pieces(length):
        length -= len(piece)
        yield piece
    if length:
        raise stream.trouble or Trouble(CORRUPT, "ar: it is cut off")
