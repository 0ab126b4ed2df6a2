"""Whether an expression can be made to backtrack without end, by texts drawn from it to do that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import regex

from stanch.examples import expression
from stanch.examples.drawing import CLASSES, REPEATS, Cycle, Drawing, matched, nodes, parsed
from stanch.regexes import compiled
from stanch.rules import Rule

LIMIT = 0.05
"""Seconds of processor time that an expression may take for one of the texts. `regex` measures no other time, so that
a busy machine changes nothing."""
SIZE = 4_096
"""About how long the texts are, in bytes."""
TRIES = 3


def is_slow(rule: Rule, example: bytes) -> bool:
    """Is there a text of a few KB that the rule's expression takes longer than LIMIT for?"""
    pattern = compiled(expression(rule))
    return any(all(_takes_long(rule, pattern, text) for _ in range(TRIES)) for text in texts(rule, example))


def _takes_long(rule: Rule, pattern: regex.Pattern[bytes], text: bytes) -> bool:
    try:
        if rule.is_token:
            for _ in pattern.finditer(text, timeout=LIMIT):
                pass
        else:
            pattern.fullmatch(text, timeout=LIMIT)
    except TimeoutError:
        return True
    return False


def texts(rule: Rule, example: bytes) -> Iterator[bytes]:
    """Yield texts that nearly match, in as many ways as possible: what can be repeated in them is, SIZE times.

    A repetition ends in what cannot follow it, with the rest behind that: `regex` gives up at once on what lacks
    a literal of the expression. One ends in its own character once more, for the sake of lookaheads.
    """
    tree = parsed(expression(rule))
    favourites = _favourites(tree)
    breaker = next((bytes([byte]) for byte in b"\0!~\xff" if byte not in favourites), b"\0")
    near = example[:-1] + breaker
    yield near * (SIZE // len(near))
    for repeat in _repeats(tree):
        for characters in {favourites[:1], favourites[1:2], favourites[:2]}:
            for after in (breaker, b""):
                text = _Pumped(characters, repeat, after).text(tree)
                yield text + (characters[-1:] if not after else b"")


def _favourites(tree: Any) -> bytes:
    """Return the characters that stand in classes, those that stand in the most of them first."""
    counts: Counter[int] = Counter()
    for kind, argument in nodes(tree):
        if kind in CLASSES:
            counts.update(matched(kind, argument))
    ranked = sorted(counts, key=lambda byte: (-counts[byte], not chr(byte).isalnum(), byte))
    return bytes(ranked) if len(ranked) < 250 else bytes(ranked[:128])


def _repeats(tree: Any) -> list[Any]:
    """Return what is repeated, often enough to matter."""
    return [argument for kind, argument in nodes(tree) if kind in REPEATS and argument[1] > argument[0]]


class _Pumped(Drawing):
    """A text in which one repetition goes on as long as it may, and is followed by what breaks it off."""

    def __init__(self, characters: bytes, repeat: Any, after: bytes) -> None:
        super().__init__(Cycle(characters), 0.0)
        self._repeat = repeat
        self._after = after

    def node(self, kind: Any, argument: Any) -> bytes:
        """Return a text for one node, a long one for the repetition."""
        if argument is not self._repeat:
            return super().node(kind, argument)
        _, high, body = argument
        width = max(body.getwidth()[0], 1)
        return self.repeated(body, min(int(high), SIZE // width)) + self._after
