"""A git command that runs while its output is read."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

from stanch.errors import GitError


class Command:
    """A running git; what it complains of is kept apart, so that it never waits for a reader of that."""

    def __init__(
        self, arguments: Iterable[str], environment: Mapping[str, str], cwd: Path, stdin: IO[bytes] | int | None = None
    ) -> None:
        """Start it. Raises GitError when there is no git."""
        self.name, *_ = self._arguments = tuple(arguments)
        self._errors = scratch()
        try:
            self.process = subprocess.Popen(
                ["git", *self._arguments],
                stdin=stdin or subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                bufsize=1 << 18,
                env=environment,
                cwd=cwd,
            )
        except FileNotFoundError as error:
            self._errors.close()
            raise GitError("git is needed to scan a repository, and is not installed") from error
        assert self.process.stdout is not None  # noqa: S101  # a pipe, as asked for
        self.output = self.process.stdout

    def records(self, end: bytes) -> Iterator[bytes]:
        """Yield what `end` (one byte) separates in the output, without it.

        Raises GitError when git fails. A reader that stops early ends git.
        """
        try:
            rest = b""
            while data := os.read(self.output.fileno(), 1 << 18):
                *whole, rest = (rest + data).split(end)
                yield from whole
            if rest:
                yield rest
            self.process.wait()
        finally:
            complaint = self.end()
        if self.process.returncode:
            raise GitError(complaint)

    def end(self) -> str:
        """End git if it still runs, and return what it complained of."""
        if self.process.poll() is None:
            self.process.kill()  # it may wait for us, and has nothing to put away
        self.output.close()
        if self.process.stdin is not None:
            with suppress(BrokenPipeError):  # it ended before it was told to
                self.process.stdin.close()
        self.process.wait()
        if self._errors.closed:
            return ""
        self._errors.seek(0)
        said = self._errors.read(65_536).decode("utf-8", "replace").splitlines()
        self._errors.close()
        return complaint(self.name, said, self.process.returncode)


def complaint(name: str, said: Iterable[str], status: int) -> str:
    """Return in one line why a git command failed: its first error, else how it ended."""
    lines = [line.strip() for line in said if line.strip()]
    first = next((line for line in lines if line.startswith(("error:", "fatal:"))), lines[0] if lines else "")
    ended = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
    return f"git {name}: {first}" if first else f"git {name} {ended}"


def scratch(content: bytes = b"") -> IO[bytes]:
    """Return a file without a name that holds `content`: in memory where the system has that, else on the disk."""
    file: IO[bytes]
    if hasattr(os, "memfd_create"):
        file = os.fdopen(os.memfd_create("stanch"), "w+b")
    else:
        import tempfile

        file = tempfile.TemporaryFile()  # noqa: SIM115  # the caller closes it
    if content:
        file.write(content)
        file.seek(0)
    return file
