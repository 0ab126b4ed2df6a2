"""Token rules: an expression tried where its anchor stands."""

from __future__ import annotations

from collections.abc import Iterator
from re import _parser  # type: ignore[attr-defined]  # the parser has no public name
from typing import TYPE_CHECKING

from stanch.matcher import TIMEOUT
from stanch.model import Candidate
from stanch.prefilter.shapes import shapes
from stanch.regexes import compiled
from stanch.rules import Rule
from stanch.surroundings import SURROUNDINGS

if TYPE_CHECKING:
    import regex

LONGEST_MATCH = 16_384
"""A match longer than this, in bytes, is cut off: the longest private keys have a tenth of it."""


class TokenMatcher:
    """One token rule, compiled when its anchor is first seen."""

    def __init__(self, rule: Rule) -> None:
        pattern = rule.pattern or ""
        self._rule = rule.id
        self._around = SURROUNDINGS.get((rule.verify or {}).get("around", ""))
        self._pattern = compiled(pattern)
        self._reach = min(_parser.parse(pattern.encode()).getwidth()[1], LONGEST_MATCH)
        self._offsets = sorted({shape.offset for shape in shapes(pattern, rule.keywords)}, key=lambda o: o or 0)

    def at(self, data: bytes, anchor: int) -> Iterator[Candidate]:
        """Yield the matches that hold the anchor at this position.

        Raises TimeoutError when the expression takes too long.
        """
        if None in self._offsets:
            start, stop = max(0, anchor - self._reach), anchor + self._reach + 8
            for match in self._pattern.finditer(data, start, stop, timeout=TIMEOUT):
                if match.start() <= anchor < match.end():
                    yield from self._candidates(match)
            return
        for offset in self._offsets:
            if offset is not None and offset <= anchor:
                found = self._pattern.match(data, anchor - offset, timeout=TIMEOUT)
                if found:
                    yield from self._candidates(found)

    def _candidates(self, match: regex.Match[bytes]) -> Iterator[Candidate]:
        """Yield the secret of a match; nothing when its group takes no part in it, or is empty."""
        if match["secret"]:
            start, end = match.span("secret")
            around = self._around(match.string, start, end) if self._around else b""
            yield Candidate(self._rule, start, end, match["secret"], around=around)
