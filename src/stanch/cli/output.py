"""Where reports go: each appears whole or not at all."""

from __future__ import annotations

import errno
import io
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec

from stanch import stopping, whole
from stanch.cli.streams import give_up, tell
from stanch.errors import OutputError, ReaderGone, StanchError, UsageError
from stanch.report import FINDINGS_ALONE, writer
from stanch.stopping import Stopped

if TYPE_CHECKING:
    from stanch.model import Result
    from stanch.report import Writer
    from stanch.rules import Ruleset

P = ParamSpec("P")

LAST = 0.5
"""Seconds that a scan which was ended by a signal has to write to a pipe that somebody else must empty."""
_WRONG_PLACE = frozenset(
    {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EACCES, errno.EPERM, errno.ENAMETOOLONG, errno.ELOOP, errno.EROFS}
)
"""Errors that another path would avoid; all others are the system's."""


def paired(formats: tuple[str, ...], outputs: tuple[str, ...]) -> list[tuple[str, str]]:
    """Pair formats with files, in the order given; what has no file goes to standard output."""
    formats = formats or ("text",)
    if len(outputs) > len(formats):
        raise UsageError("more -o than -f: give each file its format, as in -f sarif -o a.sarif -f json -o b.json")
    paths = [*outputs, *("-" for _ in formats[len(outputs) :])]
    if paths.count("-") > 1:
        raise UsageError("two reports on standard output would mix; give one of them a file with -o")
    return list(zip(formats, paths, strict=True))


def warn(result: Result, outputs: list[tuple[str, str]]) -> None:
    """Say on standard error that the scan is incomplete, where one of the reports cannot."""
    silent = sorted({name for name, _ in outputs} & FINDINGS_ALONE)
    if silent and not result.complete:
        from stanch.report.amount import unscanned

        missing = unscanned(len(result.faults))
        tell(f"{missing}, which {' and '.join(silent)} cannot say; -f json names all")


Writers = Callable[[str], "Writer"]
"""Returns what writes a format."""


def write_all(
    result: Result, ruleset: Ruleset, reports: list[tuple[str, str]], *, show_secrets: bool, writers: Writers = writer
) -> None:
    """Write reports, pairs of format and path. One that cannot be written does not keep the others from it.

    Raises the errors of `write` after that.
    """
    errors: list[StanchError] = []
    # Files first: a reader who goes away ends all.
    for name, path in sorted(reports, key=lambda report: (report[1] == "-", _is_stream(report[1]))):
        try:
            write(result, ruleset, name, path, show_secrets=show_secrets, writers=writers)
        except StanchError as error:
            errors.append(error)
    if errors:
        kind = OutputError if any(isinstance(error, OutputError) for error in errors) else UsageError
        raise kind("; ".join(map(str, errors)))


def write(
    result: Result, ruleset: Ruleset, name: str, path: str, *, show_secrets: bool, writers: Writers = writer
) -> None:
    """Write one report; a file appears whole or not at all, and only its owner can read one with secrets.

    Raises UsageError for a place where nothing can be written, OutputError where the system fails, as a full disk
    does, and ReaderGone where nobody reads standard output.
    """
    try:
        if path == "-":
            _to_standard_output(result, ruleset, writers(name), show_secrets)
            return
        page = io.StringIO()
        writers(name)(result, ruleset.by_id, page, show_secrets=show_secrets)
        content = page.getvalue().encode("utf-8", "backslashreplace")
        if _is_stream(path):
            _pour(_open_and_write, path, content)
        else:
            whole.write(Path(path), content, private=show_secrets)
    except OSError as error:
        kind = UsageError if error.errno in _WRONG_PLACE else OutputError
        place = "standard output" if path == "-" else path
        raise kind(f"{place}: the report cannot be written: {error.strerror}") from error


class _Page(io.StringIO):
    """A report in memory that looks as it will on standard output."""

    def isatty(self) -> bool:
        """Return what standard output does."""
        return sys.stdout.isatty()

    @property
    def encoding(self) -> str:  # type: ignore[override]  # a StringIO has none
        """Return that of standard output."""
        return sys.stdout.encoding


def _to_standard_output(result: Result, ruleset: Ruleset, write: Writer, show_secrets: bool) -> None:
    if sys.stdout is None:
        raise OutputError("standard output: the report cannot be written: it is closed")
    page = _Page()
    write(result, ruleset.by_id, page, show_secrets=show_secrets)
    try:
        _pour(_print, page.getvalue().encode(sys.stdout.encoding, "backslashreplace"))
    except BrokenPipeError as error:
        raise ReaderGone from error


def _print(content: bytes) -> None:
    try:
        rest = memoryview(content)
        while rest:  # where PYTHONUNBUFFERED is set, a pipe takes what it has room for
            taken = sys.stdout.buffer.write(rest)
            if taken is None:
                raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
            rest = rest[taken:]
        sys.stdout.buffer.flush()
    except Stopped:
        give_up(sys.stdout)
        raise


def _is_stream(path: str) -> bool:
    """Is there a pipe or a device? It is written to; putting a file in its place would destroy it."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _open_and_write(path: str, content: bytes) -> None:
    with open(path, "wb") as stream:
        stream.write(content)


def _pour(write: Callable[P, None], *arguments: P.args, **named: P.kwargs) -> None:
    """Write where somebody else may take long to read: a signal ends that, and an earlier one bounds it."""
    with stopping.phase(LAST if stopping.received() else None):
        stopping.interruptibly(write, *arguments, **named)
