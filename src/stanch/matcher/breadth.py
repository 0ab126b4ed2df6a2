"""How much an expression leaves open: of rules that match the same text, the narrowest is the most specific."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from functools import cache
from re import _constants as ops  # type: ignore[attr-defined]  # the parser has no public name
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from stanch.prefilter.shapes import charset_of

FIXED = 3
"""So many fixed characters in a row make a format that other text has not by chance."""
_LONGEST = 4_096
"""A repetition counts so often at most: one without end leaves no more open than this."""

_REPEATS = frozenset({ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT})
_SINGLE = frozenset({ops.LITERAL, ops.NOT_LITERAL, ops.ANY, ops.IN})
Nodes = Iterable[tuple[Any, Any]]


@cache
def bits(expression: str) -> float:
    """Return about how many texts a bytes expression matches, as a logarithm to base 2.

    >>> bits("x_[0-9a-f]{32}"), bits("[01]|[0-3]")
    (128.0, 3.0)
    """
    tree = _parser.parse(expression.encode())
    return _bits(tree, tree.state.flags)


def _bits(nodes: Nodes, flags: int) -> float:
    total = 0.0
    for op, argument in nodes:
        if op in _SINGLE:
            total += math.log2(len(charset_of(op, argument, flags)) or 1)
        elif op in _REPEATS:
            low, high, inner = argument
            low, high = min(low, _LONGEST), min(high, _LONGEST)
            total += high * _bits(inner, flags) + math.log2(high - low + 1)
        elif op is ops.BRANCH:
            total += max(_bits(branch, flags) for branch in argument[1]) + math.log2(len(argument[1]))
        elif op in _GROUPS:
            total += _bits(_GROUPS[op](argument), flags)
    return total


@cache
def has_own_format(expression: str) -> bool:
    """Do FIXED characters in a row stand in every text that a bytes expression matches?

    >>> has_own_format("(?:live|test)_[0-9a-f]{32}"), has_own_format("[A-Z]{2}[0-9a-f]{32}")
    (True, False)
    """
    return _fixed(_parser.parse(expression.encode())) >= FIXED


@cache
def around(pattern: str) -> int:
    """Return how many fixed characters in a row stand beside the secret in every match: a name, say; at least FIXED.

    >>> around("acme_key=(?P<secret>[0-9a-f]{32})"), around("(?P<secret>sk_live_[a-z]+)")
    (9, 0)
    """
    tree = _parser.parse(pattern.encode())
    found = _fixed(_without(tree, tree.state.groupdict.get("secret")))
    return found if found >= FIXED else 0


def _without(nodes: Nodes, group: int | None) -> Iterator[tuple[Any, Any]]:
    """Yield the nodes without the group of that number."""
    for op, argument in nodes:
        if op is not ops.SUBPATTERN:
            yield op, argument
        elif argument[0] != group:
            yield op, (*argument[:3], [*_without(argument[3], group)])
        else:
            yield ops.AT, None  # what stands on either side is no run


def _fixed(nodes: Nodes) -> int:
    """Return the length of the longest run of fixed characters that every match of `nodes` holds, or a bit less."""
    longest = run = 0
    for op, argument in nodes:
        run = run + 1 if op is ops.LITERAL else 0
        inner = 0
        if op in _REPEATS and argument[0]:
            inner = _fixed(argument[2]) * (argument[0] if _is_literal(argument[2]) else 1)
        elif op is ops.BRANCH:
            inner = min(map(_fixed, argument[1]))
        elif op in _GROUPS:
            inner = _fixed(_GROUPS[op](argument))
        longest = max(longest, run, inner)
    return longest


def _is_literal(nodes: Nodes) -> bool:
    return all(op is ops.LITERAL for op, _ in nodes)


_GROUPS: dict[Any, Any] = {
    ops.SUBPATTERN: lambda argument: argument[3],
    ops.ATOMIC_GROUP: lambda argument: argument,
}
"""Nodes that only hold others; flags that such a group sets are passed over."""
