"""Where reports go: each appears whole or not at all."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from stanch import whole
from stanch.cli.streams import tell
from stanch.errors import ReaderGone, UsageError
from stanch.report import FINDINGS_ALONE, writer

if TYPE_CHECKING:
    from stanch.model import Result
    from stanch.rules import Ruleset


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


def write(result: Result, ruleset: Ruleset, name: str, path: str, *, show_secrets: bool) -> None:
    """Write one report; a file appears whole or not at all, and only its owner can read one with secrets."""
    if path == "-":
        try:
            writer(name)(result, ruleset.by_id, sys.stdout, show_secrets=show_secrets)
            sys.stdout.flush()
        except BrokenPipeError as error:
            raise ReaderGone from error
        return
    text = io.StringIO()
    writer(name)(result, ruleset.by_id, text, show_secrets=show_secrets)
    encoded = text.getvalue().encode("utf-8", "backslashreplace")
    try:
        whole.write(Path(path), encoded, private=show_secrets)
    except OSError as error:
        raise UsageError(f"{path}: the report cannot be written: {error.strerror}") from error
