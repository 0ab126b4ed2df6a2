"""The project's files on the disk: read, replaced whole, and compared with what git has of them."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from contextlib import suppress
from pathlib import Path

from stanch import whole
from stanch.errors import GitError, StanchError
from stanch.sources.git import discover

_PARTIAL = re.compile(r"\.[0-9a-f]{8}\.partial")


class FileError(StanchError):
    """A file that cannot be changed, or must not be; the text says why."""


class Worktree:
    """The files in a folder. No path leads out of it, and links are not followed."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._repository = discover(str(self.root))

    @property
    def journal(self) -> Path:
        """Where the journal is kept unless somebody says otherwise: where neither git nor a scan looks.

        That is the .git folder, or for a folder without one the user's own (XDG Base Directory Specification).
        """
        if self._repository:
            return self._repository.git_dir / "stanch-fix.jsonl"
        states = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
        name = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:16]
        return Path(states) / "stanch" / f"fix-{name}.jsonl"

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes; None where there is no such file of this folder."""
        full = self._inside(path)
        try:
            if full is None or not stat.S_ISREG(os.lstat(full).st_mode):
                return None
            return full.read_bytes()
        except (OSError, ValueError):  # a null character in the path, which was read from a report
            return None

    def _inside(self, path: str) -> Path | None:
        full = Path(os.path.normpath(self.root / path))
        real = full.parent.resolve()
        return full if real == self.root or self.root in real.parents else None

    def replace(self, path: str, expected: bytes | None, content: bytes) -> None:
        """Put `content` in the place of what a file is expected to hold, None for no file. Its mode stays.

        Raises FileError where it holds something else by now, or the system refuses.
        """
        full = self._inside(path)
        if full is None or self.read(path) != expected or (expected is None and os.path.lexists(full)):
            raise FileError(f"{path} has changed in the meantime; run the command again")
        try:
            like = None if expected is None else full.stat()
            full.parent.mkdir(parents=True, exist_ok=True)
            whole.write(full, content, like=like)
        except OSError as error:
            raise FileError(f"{path} cannot be written: {error.strerror}") from error

    def remove(self, path: str, expected: bytes) -> None:
        """Remove a file that holds what is expected. Raises FileError."""
        if self.read(path) != expected:
            raise FileError(f"{path} has changed in the meantime; run the command again")
        try:
            (self.root / path).unlink()
        except OSError as error:
            raise FileError(f"{path} cannot be removed: {error.strerror}") from error

    def sweep(self, path: str) -> None:
        """Remove what a process that was killed has left of its next version beside a file."""
        full = self._inside(path)
        for other in full.parent.glob(f"{_literal(full.name)}.*.partial") if full else ():
            if _PARTIAL.fullmatch(other.name.removeprefix(full.name)) and other.is_file():  # type: ignore[union-attr]
                with suppress(OSError):  # it holds no secret that the file itself does not
                    other.unlink()

    def is_dirty(self, path: str) -> bool:
        """Does a file that git tracks differ from its version in HEAD, in the index or here? Line ends do not count.

        git's own `status` would run the filters that the repository's configuration names.
        """
        if self._repository is None:
            return False
        spec = f":(literal){path}"
        try:
            staged = self._repository.run("ls-files", "-z", "--stage", "--", spec).split(b"\0")[0].split()
            head = self._repository.run("ls-tree", "-z", "--full-tree", "HEAD", path).split()
        except GitError:  # no commit yet
            head = []
        if not head and not staged:
            return False
        if not head or not staged or head[2] != staged[1]:
            return True
        data = self.read(path) or b""
        return head[2].decode() not in {object_id(text, len(head[2])) for text in (data, data.replace(b"\r\n", b"\n"))}


def _literal(name: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", name)


def object_id(data: bytes, digits: int) -> str:
    """Return what git calls a blob: SHA-1, or SHA-256 in a repository of that format."""
    kind = hashlib.sha256 if digits > 40 else hashlib.sha1
    return kind(b"blob %d\0%b" % (len(data), data), usedforsecurity=False).hexdigest()
