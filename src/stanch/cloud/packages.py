"""Packages of code: streamed to a file that has no name, checked, and opened within the bounds of every archive."""

from __future__ import annotations

import base64
import hashlib
import logging
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import IO

from stanch.archives.trouble import UNSUPPORTED
from stanch.cloud.places import PACKAGE
from stanch.model import Fault, Origin, Shard
from stanch.sources import archived, windows
from stanch.values import dataclass, field

LARGEST = 512 << 20
"""Bytes of one package. AWS takes 250 MB unpacked, Azure 1 GB unpacked."""
ATTEMPTS = 3
PAUSE = 1.0
"""Seconds before a download is begun again; the next time twice as long."""
_SQUASHFS = b"hsqs", b"sqsh"
"""Magic numbers of squashfs, little and big endian (Linux, fs/squashfs/squashfs_fs.h); Azure mounts such packages."""


class Unfetched(Exception):
    """A package that could not be had: `kind` is a fault's, the text its detail."""

    def __init__(self, kind: str, detail: str, *, again: bool = False, told: bool = True) -> None:
        super().__init__(detail)
        self.kind = kind
        self.again = again
        """May it be there next time?"""
        self.told = told
        """Is it to be reported by itself? Else it was counted."""


@dataclass
class Allowance:
    """How many bytes of packages may still be downloaded, in all."""

    most: int
    spent: int = 0

    def left(self) -> int:
        """Return how many."""
        return self.most - self.spent


@dataclass(frozen=True, slots=True)
class Download:
    """What a service says of a package, and its bytes as they come."""

    pieces: Iterator[bytes] = field(repr=False)
    """May raise Unfetched."""
    sha256: str | None = None
    """In base64, as AWS gives it; None where the service gives none."""


@dataclass(frozen=True, slots=True)
class PackageShard:
    """One package. It is read by the process that listed it, which has the connection, and scanned as it lies there."""

    target: str
    fetch: Callable[[], Download] = field(repr=False)
    """Begins the download, each time anew. Raises Unfetched."""
    allowance: Allowance
    weight: int = 0
    """Its size in bytes as listed; 0 where that is not known."""
    max_size: int | None = None
    archives: bool = True
    local = True

    def chunks(self) -> archived.Contents:
        """Yield what lies in the package, or the fault that it cannot be had."""
        with tempfile.TemporaryFile() as file:
            try:
                size = self._download(file)
            except Unfetched as failed:
                if failed.told:
                    yield Fault(self.target, failed.kind, f"{PACKAGE}: {failed}")
                return
            except OSError as error:
                yield Fault(self.target, "unreadable", f"{PACKAGE}: no room for it: {error.strerror}")
                return
            file.seek(0)
            if file.read(4) in _SQUASHFS:
                yield Fault(self.target, UNSUPPORTED, f"{PACKAGE}: a squashfs image; it is not opened")
                return
            file.seek(0)
            origin = Origin(self.target, PACKAGE)
            opened = archived.in_file(file.fileno(), size, origin) if self.archives else None
            yield from opened if opened is not None else windows(file.read, size, origin)

    def origins(self) -> tuple[Origin, ...]:
        """Return the one place."""
        return (Origin(self.target, PACKAGE),)

    def split(self) -> tuple[Shard, ...]:
        """Return nothing: it is one item."""
        return ()

    def _download(self, file: IO[bytes]) -> int:
        """Fill a file with the package, and return its size. Raises Unfetched."""
        most = min(LARGEST, self.max_size or LARGEST)
        if self.weight > most:
            raise Unfetched("too-large", f"{self.weight} bytes")
        for attempt in range(ATTEMPTS):
            try:
                return self._once(file, most)
            except Unfetched as failed:
                if not failed.again or attempt == ATTEMPTS - 1:
                    raise
            time.sleep(PAUSE * 2**attempt)
        raise AssertionError  # the last attempt returned or raised

    def _once(self, file: IO[bytes], most: int) -> int:
        file.seek(0)
        file.truncate()
        if self.weight > self.allowance.left() or self.allowance.left() <= 0:
            raise Unfetched("too-large", f"not downloaded: --max-download is {self.allowance.most:,} bytes in all")
        logging.getLogger(__name__).info("downloading %s, %s bytes as listed", self.target, f"{self.weight:,}")
        download = self.fetch()
        digest, size = hashlib.sha256(), 0
        for piece in download.pieces:
            size += len(piece)
            self.allowance.spent += len(piece)
            if size > most:
                raise Unfetched("too-large", f"more than {most} bytes")
            if self.allowance.left() < 0:
                raise Unfetched("too-large", f"broken off: --max-download is {self.allowance.most:,} bytes in all")
            digest.update(piece)
            file.write(piece)
        file.flush()
        if download.sha256 is not None and base64.b64encode(digest.digest()).decode() != download.sha256:
            raise Unfetched("changed", "what came is not the package that the service describes", again=True)
        return size
