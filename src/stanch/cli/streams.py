"""Standard output and standard error, which may be full, closed, or read by nobody."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TextIO


def tell(text: str, before: str = "stanch: ") -> None:
    """Say something on standard error; that nobody can read it must not hide the exit status."""
    if sys.stderr is not None:
        with suppress(OSError):
            sys.stderr.write(f"{before}{text}\n")


def settle(stream: TextIO | None) -> OSError | None:
    """Flush a stream, and give it up where that fails. Return why it did."""
    if stream is not None:
        try:
            stream.flush()
        except OSError as error:
            give_up(stream)
            return error
    return None


def give_up(stream: TextIO) -> None:
    """Put the null device in a stream's place: else Python would try at exit to write what is left, and complain."""
    with suppress(OSError):  # a stream without a descriptor
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
