"""What can go wrong, as types that only the command line turns into exit statuses."""

from __future__ import annotations

import os


class StanchError(Exception):
    """Any failure that stops the run; its text is one line that says what to do."""


class UsageError(StanchError):
    """A target, option, revision or configuration that cannot be used as given (exit status 2)."""


class RuleError(UsageError):
    """A rule that cannot be read or used; the text names file, rule and key (exit status 2)."""


class GitError(UsageError):
    """A git command that failed; the text is git's own first complaint."""


class OutputError(StanchError):
    """Something that the system would not let us write, as on a full disk (exit status 3)."""


class ReaderGone(Exception):
    """Whoever reads our output has closed it: they have seen enough. (click would make status 1 of BrokenPipeError.)"""


def meant(word: str, known: tuple[str, ...] | list[str]) -> str:
    """Return `; did you mean X?` for the known word that is the most like `word`, or nothing."""
    import difflib  # only for an error

    near = difflib.get_close_matches(word, known, 1)
    return f"; did you mean {near[0]}?" if near else ""


def where(error: BaseException) -> str:
    """Return what went wrong and where in our code, without the error's text: that may hold what was scanned."""
    import traceback

    calls = [f"{os.path.basename(call.filename)}:{call.lineno}" for call in traceback.extract_tb(error.__traceback__)]
    return f"{type(error).__name__} in {' > '.join(calls[-4:])}"
