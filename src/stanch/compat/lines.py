"""Lines: the line that a place of a finding stands on, read again from its file or its git object."""

from __future__ import annotations

import os
import stat

from stanch import decode
from stanch.errors import UsageError
from stanch.model import Finding, Location, Surface
from stanch.sources.git import discover

REACH = 16_384
"""Of a longer line so much is read to either side, in bytes."""
LARGEST = 16 << 20
"""Content of more bytes is not read again."""
_KEPT = 16


class Lines:
    """Reads lines; the last contents are kept, since a file often holds several findings."""

    def __init__(self) -> None:
        self._contents: dict[tuple[str, str | None], bytes | None] = {}

    def at(self, finding: Finding, location: Location) -> tuple[bytes, int] | None:
        """Return the line that a place begins on, and the position there; None when it cannot be had again.

        It cannot for standard input, the environment, messages and authors, and for what changed since the scan.
        """
        data = self._content(location) if location.surface is Surface.BLOB else None
        wide = decode.utf16(data) if data else None
        data = wide[0] if wide else data
        lines = data.split(b"\n", location.line) if data else []
        if len(lines) < location.line:
            return None
        line, at = lines[location.line - 1], location.column - 1
        plain = not set(location.layers) - {wide[1] if wide else ""}
        if plain and not line.startswith(finding.secret[:4], at):
            return None
        low = max(0, at - REACH)
        return line[low : at + REACH], at - low

    def _content(self, location: Location) -> bytes | None:
        key = (location.target, location.blob or location.path)
        if key not in self._contents:
            if len(self._contents) >= _KEPT:
                self._contents.clear()
            self._contents[key] = _object(*key) if location.blob else _file(*key)
        return self._contents[key]


def _object(target: str, oid: str | None) -> bytes | None:
    repository = discover(target, parents=True)
    if repository is None or oid is None:
        return None
    try:
        return (
            repository.run("cat-file", "blob", oid) if int(repository.run("cat-file", "-s", oid)) <= LARGEST else None
        )
    except UsageError:  # git cannot read it, and the scan has said so
        return None


def _file(target: str, path: str | None) -> bytes | None:
    if path is None:
        return None
    try:
        # As the scan does: neither follow a link nor wait for a pipe.
        with open(os.open(os.path.join(target, path), os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW), "rb") as file:
            status = os.fstat(file.fileno())
            return file.read() if stat.S_ISREG(status.st_mode) and status.st_size <= LARGEST else None
    except OSError:  # gone since the scan: its line is not known, so the finding is reported
        return None
