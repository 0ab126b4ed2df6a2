"""Zstandard, RFC 8878: a frame is fed to the library block by block, for only so it is known what a call expands to.

The library has no bound on what it returns for its input; a block is 128 KB at most.
"""

from __future__ import annotations

from typing import Any, Protocol

from stanch.archives.bounds import DICTIONARY
from stanch.archives.trouble import BOUND, UNSUPPORTED, Trouble

MAGIC = b"\x28\xb5\x2f\xfd"
_RLE, _RESERVED = 1, 3
_CHECKSUM = 4
_LARGEST = 128 << 10
"""So many bytes has a block at most."""


class _Step(Protocol):
    """Tells how long the next part of a frame is; unless it only peeks, that is taken next."""

    def __call__(self, *, peek: bool) -> int:
        """Return its length, or 0 while it is not all there."""


class Zstandard:
    """A decompressor of one frame. `memory` is what its window may take, in bytes."""

    def __init__(self, memory: int) -> None:
        try:
            import zstandard
        except ImportError as error:
            raise Trouble(UNSUPPORTED, "zstd: the package zstandard is not installed") from error
        self._machine: Any = zstandard.ZstdDecompressor(max_window_size=DICTIONARY).decompressobj()
        self._bad: type[Exception] = zstandard.ZstdError
        self._memory = memory
        self._input = b""
        self._step: _Step = self._header
        self._checksum = 0
        self.eof = False
        self.unused_data = b""

    @property
    def needs_input(self) -> bool:
        """Is there nothing to be had without more input?"""
        return not self.eof and self._step(peek=True) == 0

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Return what the next block holds that is not empty.

        Raises OSError for what is no frame, and Trouble for a window that is too large.
        """
        self._input += data
        made = b""
        while not made and not self.eof and (size := self._step(peek=False)):
            piece, self._input = self._input[:size], self._input[size:]
            try:
                made = self._machine.decompress(piece)
            except self._bad as error:
                raise OSError("zstd: damaged") from error
        if self.eof:
            self.unused_data, self._input = self._input, b""
        return made

    def _header(self, *, peek: bool) -> int:
        """Return how long the frame's header is, or 0 while that is not known."""
        if len(self._input) < 5:
            return 0
        flags = self._input[4]
        single, dictionary = bool(flags & 0x20), (0, 1, 2, 4)[flags & 3]
        content = (1 if single else 0, 2, 4, 8)[flags >> 6]
        size = 5 + (not single) + dictionary + content
        if len(self._input) < size:
            return 0
        if not peek:
            window = self._window(single, dictionary, content)
            if window > self._memory:
                raise Trouble(BOUND, "zstd: takes more memory to expand than there is for it")
            self._checksum = _CHECKSUM if flags & 4 else 0
            self._step = self._block
        return size

    def _window(self, single: bool, dictionary: int, content: int) -> int:
        if single:
            told = int.from_bytes(self._input[5 + dictionary : 5 + dictionary + content], "little")
            return told + (256 if content == 2 else 0)
        exponent, mantissa = self._input[5] >> 3, self._input[5] & 7
        return (1 << 10 + exponent) // 8 * (8 + mantissa)

    def _block(self, *, peek: bool) -> int:
        """Return how long the next block is with its header, or 0 while it is not all there."""
        if len(self._input) < 3:
            return 0
        header = int.from_bytes(self._input[:3], "little")
        last, kind, size = header & 1, header >> 1 & 3, header >> 3
        if kind == _RESERVED or (kind != _RLE and size > _LARGEST):
            if peek:
                return 3
            raise OSError("zstd: a block of no kind, or too large a one")
        size = 3 + (1 if kind == _RLE else size) + (self._checksum if last else 0)
        if len(self._input) < size:
            return 0
        if last and not peek:
            self.eof = True
        return size
