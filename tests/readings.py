"""Tables of what readers make of texts: `{1}` to `{9}` stand for values that are drawn."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from random import Random
from string import ascii_letters, digits

from stanch.readers import Assignment

Read = Callable[[bytes], Iterable[Assignment]]
Row = tuple[str, list[tuple[str, ...]]]
"""A text, and of each assignment in it name, value and section; and how the value is written, where it is not so."""


def drawn(number: int) -> str:
    """Return a value: letters and digits, the same for the same number."""
    return "".join(Random(number).choices(ascii_letters + digits, k=14))


def filled(text: str) -> str:
    """Return `text` with values in their places."""
    return re.sub(r"\{(\d)\}", lambda found: drawn(int(found[1])), text)


def check(read: Read, text: str, expected: list[tuple[str, ...]]) -> None:
    """Assert that a reader yields what is expected, in its order and nothing else, and where it says that it stands."""
    data = filled(text).encode()
    found = list(read(data))
    rows = [tuple(filled(field).encode() for field in row) for row in expected]
    assert [(item.name, item.value, item.section) for item in found] == [row[:3] for row in rows]
    for item, row in zip(found, rows, strict=True):
        assert data[item.parts[0][0] : item.parts[-1][1]] == row[-1 if len(row) > 3 else 1]


def endure(read: Read, data: bytes) -> None:
    """Assert that a reader gets through anything, with spans that lie in it."""
    for item in read(data):
        assert all(0 <= start <= end <= len(data) for start, end in item.parts)
        assert item.name
        assert len(item.value) >= 4


def hurry(read: Read, pieces: Iterable[bytes], head: bytes = b"", size: int = 40_000) -> None:
    """Assert that a reader needs no more than two seconds for pieces repeated over and over: it is linear."""
    for piece in pieces:
        started = time.process_time()
        endure(read, head + piece * (size // len(piece)))
        assert time.process_time() - started < 2, piece
