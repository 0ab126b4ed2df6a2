"""Compressed content: gzip, bzip2, xz, lzma and zstd by themselves, and the same machines for the members of a zip."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from typing import Any, Protocol

from stanch.archives.bounds import ALONE, DICTIONARY, PIECE, RATIO, STEP, Budget
from stanch.archives.stream import Stream
from stanch.archives.trouble import BOUND, CORRUPT, UNSUPPORTED, Trouble


def _library(name: str) -> Any:
    """Return a module that Python can be built without."""
    try:
        return import_module(name)
    except ImportError:
        return None


_BZ2, _LZMA = _library("bz2"), _library("lzma")
_BAD_DATA = (zlib.error, OSError, EOFError, *((_LZMA.LZMAError,) if _LZMA else ()))
"""bzip2 calls bad data an OSError."""


class Machine(Protocol):
    """A decompressor of the standard library."""

    @property
    def eof(self) -> bool:
        """Has the content ended?"""

    @property
    def needs_input(self) -> bool:
        """Is there nothing to be had without more input?"""

    @property
    def unused_data(self) -> bytes:
        """What came after the end."""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Return at most so many bytes."""


Make = Callable[[int], Machine]
"""Makes a decompressor that may take so many bytes of memory."""


class Deflate:
    """zlib's decompressor with the manners of the others; and what stands before damage is had, which zlib drops."""

    def __init__(self, wbits: int) -> None:
        self._machine = zlib.decompressobj(wbits)
        self._error: zlib.error | None = None

    @property
    def eof(self) -> bool:
        """Has the content ended?"""
        return self._machine.eof

    @property
    def needs_input(self) -> bool:
        """Is there nothing to be had without more input?"""
        return not self._machine.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        """What came after the end."""
        return self._machine.unused_data

    def decompress(self, data: bytes, max_length: int = 0) -> bytes:
        """Return at most so many bytes. Raises zlib.error once there is nothing left before the damage."""
        if self._error:
            raise self._error
        data = self._machine.unconsumed_tail + data
        before = self._machine.copy()
        try:
            return self._machine.decompress(data, max_length)
        except zlib.error as error:
            self._error = error
        pieces = list(_until_damage(before, data))
        if not pieces:
            raise self._error
        return b"".join(pieces)


def _until_damage(machine: Any, data: bytes) -> Iterator[bytes]:
    """Yield what zlib's `machine` makes of `data` as far as that goes, a little at a time."""
    with suppress(zlib.error):
        while piece := machine.decompress(data, 256):
            yield piece
            data = machine.unconsumed_tail


def gzip(_: int) -> Machine:
    """Return a decompressor of RFC 1952."""
    return Deflate(31)


def deflate(_: int) -> Machine:
    """Return a decompressor of RFC 1951."""
    return Deflate(-15)


def bz2(_: int) -> Machine:
    """Return a decompressor of bzip2."""
    machine: Machine = _built(_BZ2, "bz2").BZ2Decompressor()
    return machine


def xz(memory: int) -> Machine:
    """Return a decompressor of xz, https://tukaani.org/xz/xz-file-format.txt."""
    machine: Machine = _built(_LZMA, "lzma").LZMADecompressor(_LZMA.FORMAT_XZ, memlimit=memory)
    return machine


def lzma(memory: int) -> Machine:
    """Return a decompressor of what came before xz: 13 bytes of header, and LZMA."""
    machine: Machine = _built(_LZMA, "lzma").LZMADecompressor(_LZMA.FORMAT_ALONE, memlimit=memory)
    return machine


def zstd(memory: int) -> Machine:
    """Return a decompressor of RFC 8878."""
    from stanch.archives.zstd import Zstandard

    return Zstandard(memory)


def _built(library: Any, name: str) -> Any:
    if library is None:
        raise Trouble(UNSUPPORTED, f"this Python is built without {name}")
    return library


FORMATS: dict[str, tuple[bytes, Make]] = {
    "gzip": (b"\x1f\x8b\x08", gzip),
    "bz2": (b"BZh", bz2),
    "xz": (b"\xfd7zXZ\0", xz),
    "lzma": (b"]\0\0", lzma),
    "zstd": (b"\x28\xb5\x2f\xfd", zstd),
}
"""What each begins with, and what expands it."""


def kind(head: bytes) -> str | None:
    """Return which of FORMATS content is, from its first bytes; None for what merely begins like one."""
    name = next((name for name, (magic, _) in FORMATS.items() if head.startswith(magic)), None)
    return name if name and _BEGINS[name](head) else None


def _is_gzip(head: bytes) -> bool:
    try:
        gzip(0).decompress(head, 1)
    except zlib.error:
        return False
    return len(head) >= 10


def _is_bz2(head: bytes) -> bool:
    """The first block begins with the digits of pi; nothing compressed is the digits of its root."""
    return head[3:4] in b"123456789" and head[4:10] in (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90")


def _is_xz(head: bytes) -> bool:
    return len(head) >= 12 and zlib.crc32(head[6:8]) == int.from_bytes(head[8:12], "little")


def _is_lzma(head: bytes) -> bool:
    """There is no magic: a dictionary of 2^n or 2^n + 2^(n-1) bytes, a size that may be, a first byte that is zero."""
    if len(head) < 14:
        return False
    dictionary, size = struct.unpack_from("<LQ", head, 1)
    usual = dictionary.bit_count() == 1 or (dictionary.bit_count() == 2 and dictionary & dictionary >> 1)
    return bool(usual) and (size == 0xFFFFFFFFFFFFFFFF or size < 1 << 38) and head[13] == 0


def _is_zstd(head: bytes) -> bool:
    """A reserved bit is zero, and the first block is of a kind that there is."""
    if len(head) < 9 or head[4] & 8:
        return False
    size = 5 + (not head[4] & 0x20) + (0, 1, 2, 4)[head[4] & 3] + (bool(head[4] & 0x20), 2, 4, 8)[head[4] >> 6]
    return head[size] & 6 != 6 if size < len(head) else False


_BEGINS = {"gzip": _is_gzip, "bz2": _is_bz2, "xz": _is_xz, "lzma": _is_lzma, "zstd": _is_zstd}


def expanded(source: Stream, name: str, budget: Budget) -> Iterator[bytes]:
    """Yield what compressed content of one of FORMATS holds; contents of it that follow each other are one.

    What comes after them is left in `source`. Raises Trouble.
    """
    magic, make = FORMATS[name]
    while source.head(len(magic)) == magic:
        budget.count()
        yield from run(source, make, name, budget)
        if name == "lzma":
            return  # what follows may be anything: it has no magic


def run(source: Stream, make: Make, name: str, budget: Budget) -> Iterator[bytes]:
    """Yield what one machine makes of `source`, and leave there what comes after the end. Raises Trouble."""
    memory = min(DICTIONARY, budget.memory) if make in (xz, lzma, zstd) else 0
    budget.hold(memory)
    try:
        yield from _run(source, make(memory), name, budget)
    finally:
        budget.hold(-memory)


def _run(source: Stream, machine: Machine, name: str, budget: Budget) -> Iterator[bytes]:
    taken = given = 0
    while not machine.eof:
        data = source.read(STEP) if machine.needs_input else b""
        piece = _step(machine, data, name)
        if not piece and not data and not machine.eof:
            raise source.trouble or Trouble(CORRUPT, f"{name}: it is cut off")
        taken, given = taken + len(data), given + len(piece)
        if given > max(ALONE, RATIO * taken):
            raise Trouble(BOUND, f"{name}: expands to more than {RATIO} times its size; the rest is not scanned")
        budget.expand(len(piece))
        if piece:
            yield piece
    source.unread(machine.unused_data)


def _step(machine: Machine, data: bytes, name: str) -> bytes:
    try:
        return machine.decompress(data, PIECE)
    except _BAD_DATA as error:
        if "limit" in str(error):
            raise Trouble(BOUND, f"{name}: takes more memory to expand than there is for it") from error
        raise Trouble(CORRUPT, f"{name}: damaged") from error
