"""Anchors: finds the fixed text that stands in every match of an expression, for a rule that names none.

RE2 and its like look for such text before they try an expression; stanch's prefilter lives on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from re import _constants as ops  # type: ignore[attr-defined]  # the parser has no public name
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from stanch.errors import RuleError
from stanch.prefilter.shapes import shapes

SHORTEST = 3
"""Shorter text stands everywhere."""
_MOST = 64
"""An anchor may be one of so many words."""
_LONGEST = 24

Words = frozenset[str]


def anchors(pattern: str, keywords: Iterable[str]) -> tuple[str, ...] | None:
    """Return words of which one stands in every match, in any case: `keywords` where that is so, else derived ones.

    None when there are none of at least `SHORTEST` characters.
    """
    given = tuple(dict.fromkeys(word.lower() for word in keywords if word.isascii()))
    for words in (given, *map(tuple, map(sorted, _candidates(pattern)))):
        if words and min(map(len, words)) >= SHORTEST and _anchored(pattern, words):
            return words
    return None


def _anchored(pattern: str, words: tuple[str, ...]) -> bool:
    try:
        return bool(shapes(pattern, words))
    except RuleError:  # some match holds none of them, or nobody can tell
        return False


def _candidates(pattern: str) -> list[Words]:
    """Return the sets of words of which every match holds one, the most telling first."""
    found = set(_required(list(_parser.parse(pattern.encode()))))
    return sorted(found, key=lambda words: (-min(map(len, words)), len(words), sorted(words)))


def _required(nodes: Sequence[Any]) -> Iterator[Words]:
    """Yield sets of words: text that matches `nodes`, one after the other, holds one of each set."""
    run: Words = frozenset(("",))
    for node in _flat(nodes):
        words = _exactly(node)
        longer = frozenset(a + b for a in run for b in words) if words is not None else None
        if longer is not None and len(longer) <= _MOST and max(map(len, longer)) <= _LONGEST:
            run = longer
            continue
        if min(map(len, run)):
            yield run
        if words is None:
            yield from _inside(node)
        run = frozenset(("",)) if words is None else words
    if min(map(len, run)):
        yield run


def _flat(nodes: Iterable[Any]) -> Iterator[Any]:
    """Yield the nodes with groups opened and what must be repeated written out, as far as it is of use."""
    for op, argument in nodes:
        if op is ops.SUBPATTERN:
            yield from _flat(argument[3])
        elif op in _REPEATS and argument[0] > 0:
            low, high, inner = argument
            yield from _flat(list(inner) * (min(low, _LONGEST) if low == high else 1))
            if high != low:
                yield ops.ANY, None  # an end to what is certain
        elif op not in (ops.AT, ops.ASSERT, ops.ASSERT_NOT):
            yield op, argument


def _exactly(node: Any) -> Words | None:
    """Return all that a node matches, in lower case; None when that is much, or unknown."""
    op, argument = node
    if op is ops.LITERAL:
        return frozenset((chr(argument).lower(),)) if argument < 128 else None
    if op is ops.IN and all(inner is ops.LITERAL and code < 128 for inner, code in argument):
        letters = frozenset(chr(code).lower() for _, code in argument)
        return letters if len(letters) <= 4 else None
    if op is ops.BRANCH:
        parts = [_sequence(list(branch)) for branch in argument[1]]
        choices = frozenset(word for part in parts for word in part or ())
        return choices if None not in parts and len(choices) <= _MOST else None
    if op in _REPEATS and argument[:2] == (0, 1):
        words = _sequence(list(argument[2]))
        return words | {""} if words is not None else None
    return None


def _sequence(nodes: Sequence[Any]) -> Words | None:
    """Return all that `nodes` match one after the other; None when that is much, or unknown."""
    made: Words = frozenset(("",))
    for node in _flat(nodes):
        words = _exactly(node)
        if words is None or len(made) * len(words) > _MOST:
            return None
        made = frozenset(a + b for a in made for b in words)
    return made


def _inside(node: Any) -> Iterator[Words]:
    """Yield the sets that a choice gives: for each of its branches, the best one."""
    op, argument = node
    if op is ops.BRANCH:
        best = []
        for branch in argument[1]:
            sets = sorted(_required(list(branch)), key=lambda words: (-min(map(len, words)), len(words)))
            if not sets:
                return
            best.append(sets[0])
        words: Words = frozenset().union(*best)
        if len(words) <= _MOST:
            yield words


_REPEATS = (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT)
