"""Draws texts from the parse tree of a regular expression."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from random import Random
from re import _constants as op  # type: ignore[attr-defined]  # the parser has no public name
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, Protocol

from stanch.prefilter.shapes import ANY, charset_of

PRINTABLE = frozenset(range(0x20, 0x7F))
PLAIN = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.+~")
"""What is drawn where an expression takes nearly anything: nothing that a host syntax gives a meaning to."""
_SPACE = frozenset(b" \t\n\r\f\v")
REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
CLASSES = (op.IN, op.NOT_LITERAL, op.ANY)


class Pick(Protocol):
    """Decides what is drawn wherever an expression leaves a choice."""

    def characters(self, members: bytes, count: int) -> bytes:
        """Return `count` of `members`."""

    def branch(self, weights: list[float]) -> int:
        """Return which branch to take, by their weights."""

    def number(self, low: int, high: int) -> int:
        """Return one of these numbers, both included."""

    def chance(self, share: float) -> bool:
        """Return True so often."""


class Uniform:
    """Draws at random."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def characters(self, members: bytes, count: int) -> bytes:
        """Return `count` of `members`, each as often as the others."""
        return bytes(self._random.choices(members, k=count))

    def branch(self, weights: list[float]) -> int:
        """Return which branch to take, by their weights."""
        return self._random.choices(range(len(weights)), weights)[0]

    def number(self, low: int, high: int) -> int:
        """Return one of these numbers, both included."""
        return self._random.randint(low, high)

    def chance(self, share: float) -> bool:
        """Return True so often."""
        return self._random.random() < share


class Middling(Uniform):
    """Draws characters at random, and of lengths the one in the middle."""

    def number(self, low: int, high: int) -> int:
        """Return the number between the two."""
        return (low + high) // 2


class Cycle:
    """Draws the same few characters in turn, where they may stand, and else always the same."""

    def __init__(self, wanted: bytes) -> None:
        self._wanted = wanted
        self._count = 0

    def characters(self, members: bytes, count: int) -> bytes:
        """Return `count` of the wanted characters in turn, or of the first of `members`."""
        allowed = bytes(byte for byte in self._wanted if byte in members) or members[:1]
        start, self._count = self._count, self._count + count
        return bytes(allowed[at % len(allowed)] for at in range(start, start + count))

    def branch(self, weights: list[float]) -> int:
        """Return the likeliest branch."""
        return weights.index(max(weights))

    def number(self, low: int, high: int) -> int:
        """Return the lower one."""
        return low

    def chance(self, share: float) -> bool:
        """Return True for what is sure."""
        return share >= 1


class Drawing:
    """One text drawn from a parse tree; the higher `stretch`, 0 to 1, the longer its repeats."""

    def __init__(self, pick: Pick, stretch: float) -> None:
        self._pick = pick
        self._stretch = stretch
        self._groups: dict[int, bytes] = {}

    def text(self, tree: Any) -> bytes:
        """Return a text for `tree`. Raises ValueError for what no rule is written with."""
        return b"".join([self.node(kind, argument) for kind, argument in tree])

    def node(self, kind: Any, argument: Any) -> bytes:
        """Return a text for one node."""
        if kind is op.LITERAL:
            return bytes([argument])
        if kind in CLASSES:
            return self._pick.characters(members(kind, argument), 1)
        if kind in REPEATS:
            low, high, body = argument
            return self.repeated(body, self._length(low, high))
        if kind is op.BRANCH:
            return self.text(argument[1][self._pick.branch([_weight(branch) for branch in argument[1]])])
        if kind is op.SUBPATTERN:
            number, _, _, body = argument
            self._groups[number] = self.text(body)
            return self._groups[number]
        if kind is op.ATOMIC_GROUP:
            return self.text(argument)
        if kind is op.GROUPREF:
            return self._groups.get(argument, b"")
        if kind is op.ASSERT:
            direction, body = argument
            return self.text(body) if direction < 0 or self._pick.chance(self._stretch - 0.5) else b""
        if kind in (op.AT, op.ASSERT_NOT):
            return b""
        raise ValueError(f"nothing is drawn for {kind} in a rule")

    def repeated(self, body: Any, times: int) -> bytes:
        """Return texts for `body`, one after the other."""
        if len(body) == 1 and body[0][0] in CLASSES:
            return self._pick.characters(members(*body[0]), times)
        return b"".join([self.text(body) for _ in range(times)])

    def _length(self, low: int, high: int) -> int:
        if low == high or not self._pick.chance(self._stretch):
            return low
        return self._pick.number(low, min(high, max(2 * low, low + 16)))


@lru_cache(None)
def parsed(expression: str) -> Any:
    """Return the parse tree of a bytes expression."""
    return parser.parse(expression.encode())


def head(expression: str) -> bytes:
    """Return the characters that every match begins with, or nothing."""
    found = bytearray()
    for kind, argument in flat(parsed(expression)):
        if kind not in (op.LITERAL, op.AT, op.ASSERT, op.ASSERT_NOT):
            break
        if kind is op.LITERAL:
            found.append(argument)
    return bytes(found)


def is_plain(expression: str) -> bool:
    """Does an expression match nothing but runs of one class, or of that with hyphens, like a UUID?"""
    every = list(nodes(parsed(expression)))
    written = {argument for kind, argument in every if kind is op.LITERAL}
    classes = {matched(kind, argument) for kind, argument in every if kind in CLASSES}
    return not written or (written == {ord("-")} and len(classes) == 1)


def nodes(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Yield all nodes of a parse tree, from the outside in."""
    for kind, argument in tree:
        yield kind, argument
        if kind in REPEATS:
            inner = [argument[2]]
        elif kind is op.BRANCH:
            inner = argument[1]
        elif kind is op.SUBPATTERN:
            inner = [argument[3]]
        elif kind in (op.ASSERT, op.ASSERT_NOT):
            inner = [argument[1]]
        else:
            inner = [argument] if kind is op.ATOMIC_GROUP else []
        for part in inner:
            yield from nodes(part)


def flat(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the nodes that every match goes through, in order."""
    for kind, argument in tree:
        if kind is op.SUBPATTERN:
            yield from flat(argument[3])
        else:
            yield kind, argument


def _weight(branch: Any) -> float:
    """Return 1, and more for a branch that begins with a class: `[a-z]|%2F` is mostly letters."""
    kind, argument = branch[0] if len(branch) else (None, None)
    return 1 + math.log2(len(members(kind, argument))) if kind is op.IN else 1


def members(kind: Any, argument: Any) -> bytes:
    """Return the characters to draw from for a class."""
    return _drawn_from(kind, tuple(argument) if kind is op.IN else argument)


@lru_cache(None)
def _drawn_from(kind: Any, argument: Any) -> bytes:
    every = matched(kind, argument)
    printable = every & PRINTABLE
    if len(printable) > 70 and printable & PLAIN:
        printable &= PLAIN
    elif len(printable) > 32:
        printable -= {ord("=")}  # base64's padding, which stands at the end only
    if len(printable) > 8:
        printable -= _SPACE
    return bytes(sorted(printable or every))


def matched(kind: Any, argument: Any) -> frozenset[int]:
    """Return all bytes that a class matches; of a dot's, those that are no space."""
    return ANY - _SPACE if kind is op.ANY else charset_of(kind, argument, 0)
