"""Assignments in the text of a constant: a connection string, a header, a file that code writes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from stanch.readers import Assignment, lines
from stanch.readers.code import calls
from stanch.regexes import lazy

ASSIGNMENT = lazy(rb"[\w\-][\"']?\s{0,4}[=:]\s{0,4}\S")
"""Where a text may hold one."""
_UNKNOWN = lazy(rb"\w{3}|[({]")
"""What stands between literals that are not joined with each other."""


def held(outer: Assignment, data: bytes) -> Iterator[Assignment]:
    """Yield the assignments that a constant of `data` holds: `Server=…;Password=…`."""
    if not outer.quoted or not ASSIGNMENT.search(outer.value) or (outer.dynamic and calls.says(outer.name)):
        return
    decoded = sum(end - start for start, end in outer.parts) != len(outer.value)
    whole, offset = outer.span(0, len(outer.value)), 0
    for line in outer.value.split(b"\n"):
        for inner in lines.read(line):
            span = outer.span(offset + inner.parts[0][0], offset + inner.parts[-1][1])
            if decoded or span != whole:
                dynamic = inner.dynamic or _follows_unknown(outer, span[0], data)
                yield Assignment(inner.name, inner.value, (span,), inner.quoted, dynamic, outer.section)
        offset += len(line) + 1


def _follows_unknown(outer: Assignment, start: int, data: bytes) -> bool:
    """Does a text begin where a literal does, behind what is not known: `"password=" + secret() + " host=…"`?"""
    if not outer.dynamic:
        return False
    pairs = pairwise(outer.parts)
    ends = [end for (_, end), (first, _) in pairs if first <= start and not data[first:start].strip()]
    return bool(ends) and _UNKNOWN.search(data, ends[-1], start) is not None
