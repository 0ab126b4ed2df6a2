"""Regular expressions of somebody else: bounded in size when they are read, and in time when they match."""

from __future__ import annotations

import re
from collections.abc import Iterable
from re import _constants as ops  # type: ignore[attr-defined]  # the parser has no public name
from re import _parser  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import regex

LARGEST = 20_000
"""Most items of an expression, its repetitions written out: `regex` does that, at 270 bytes an item."""
TIMEOUT = 0.5
"""Seconds that one search may take."""


def check(text: str) -> re.Pattern[bytes]:
    """Return the compiled expression. Raises ValueError, which says why it is none and does not quote it."""
    try:
        data = text.encode("ascii")
        tree = _parser.parse(data)
        if _items(tree) > LARGEST:
            raise ValueError(f"its repetitions come to more than {LARGEST:,} items")
        return re.compile(data)
    except UnicodeEncodeError:
        raise ValueError("only ASCII; write other bytes as \\x..") from None
    except (re.error, OverflowError, RecursionError) as error:
        why = error.msg if isinstance(error, re.error) else type(error).__name__
        raise ValueError(f"not a regular expression: {why}") from None


def _items(tree: Any) -> int:
    """Return how many items a parse tree has when what must be repeated is written out."""
    total = 0
    for op, argument in tree:
        if op in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
            total += max(argument[0], 1) * _items(argument[2])
        else:
            total += 1 + sum(_items(part) for part in _parts(argument))
    return total


def _parts(argument: Any) -> Iterable[Any]:
    """Yield the trees inside a node's argument, however it holds them."""
    if isinstance(argument, _parser.SubPattern):
        yield argument
    elif isinstance(argument, (tuple, list)):
        for inner in argument:
            yield from _parts(inner)


class Expressions:
    """Some regular expressions on bytes; one that takes too long matches nothing, and is not asked again."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Raises ValueError, which names the first that is none by its number and does not quote it."""
        import regex  # a hook without a configuration has no use for it

        self.slow = False
        self._patterns: list[regex.Pattern[bytes]] = []
        for number, text in enumerate(texts, 1):
            try:
                check(text)
                self._patterns.append(regex.compile(text.encode(), cache_pattern=False))
            except ValueError as error:
                raise ValueError(f"number {number}: {error}") from None
            except regex.error:  # its text quotes the expression
                raise ValueError(f"number {number}: not a regular expression") from None

    def search(self, text: bytes) -> bool:
        """Does one of them match somewhere in `text`?"""
        return any(self._tried(pattern, text, whole=False) for pattern in tuple(self._patterns))

    def fullmatch(self, text: bytes) -> bool:
        """Does one of them match the whole of `text`?"""
        return any(self._tried(pattern, text, whole=True) for pattern in tuple(self._patterns))

    def _tried(self, pattern: regex.Pattern[bytes], text: bytes, *, whole: bool) -> bool:
        try:
            return bool((pattern.fullmatch if whole else pattern.search)(text, timeout=TIMEOUT))
        except TimeoutError:
            self._patterns.remove(pattern)
            self.slow = True
            return False
