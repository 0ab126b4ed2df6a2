"""The prefilter: one pass over the text that says which rules are worth trying, and where.

Contract of every engine: it *may* report places where no rule matches; it *never* omits one that does. So
engines differ in speed only, and the matcher's findings are the same with each.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from typing import Protocol

from stanch import names
from stanch.prefilter.shapes import Shape, expression, shapes
from stanch.rules import Rule, Ruleset


@dataclass(frozen=True, slots=True)
class Hits:
    """Where to look closer."""

    names: list[int]
    """Positions that each lie on an assignment to a name with a credential word, at or after the word's first byte."""
    anchors: list[tuple[int, int]]
    """Index of a probe, and the position of its anchor's first byte."""


class Kind(Enum):
    """What a probe looks for."""

    TOKEN = "token"  # noqa: S105  # the word, not a password
    """A rule's anchor."""
    NAME = "name"
    """An assignment to a name that holds a credential word."""
    ENCODED = "encoded"
    """An anchor inside base64."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One thing to look for."""

    kind: Kind
    words: tuple[bytes, ...] = ()
    """For an engine of words: one of them stands in the text, in any case, wherever the probe hits."""
    expression: str = ""
    """For an engine of regular expressions: what the text matches there."""
    caseless: bool = True
    width: int = 0
    """Length of every match of the expression, in bytes; 0 when it varies."""
    rules: tuple[Rule, ...] = ()
    """Rules to try at a token's hit."""
    mark: bytes = b""
    """A character that stands after the anchor wherever one of the rules matches; may be empty."""
    reach: int = 0
    """How far the mark is at most, in bytes."""
    exact: bytes = b""
    """For an encoded anchor: the piece of base64, in its own case."""
    phase: int = 0
    """For an encoded anchor: the position of the piece in its group of four base64 characters."""


class Prefilter(Protocol):
    """An engine over the probes of a ruleset."""

    @property
    def name(self) -> str:
        """The engine's name in reports and on the command line."""

    @property
    def probes(self) -> tuple[Probe, ...]:
        """What the indexes of anchors count."""

    def hits(self, data: bytes) -> Hits:
        """Return the hits in `data`, in any order."""


class Probes:
    """What to look for, for a ruleset."""

    def __init__(self, ruleset: Ruleset) -> None:
        self.ruleset = ruleset

    @cached_property
    def shaped(self) -> tuple[Probe, ...]:
        """Probes with what must follow each anchor, for an engine of regular expressions."""
        rules: dict[Shape, list[Rule]] = {}
        for rule in self.ruleset.tokens:
            for shape in shapes(rule.pattern or "", rule.keywords):
                rules.setdefault(replace(shape, offset=None), []).append(rule)
        tokens = (
            Probe(Kind.TOKEN, (), expression(s), s.caseless, s.width, tuple(dict.fromkeys(tried)), s.mark, s.reach)
            for s, tried in rules.items()
        )
        assignments = (Probe(Kind.NAME, (), text) for text in names.SHAPES)
        encoded = (
            Probe(
                Kind.ENCODED,
                (),
                _plain(piece),
                caseless=False,
                width=len(piece),
                phase=phase,
            )
            for piece, phase in self._pieces()
        )
        return (*tokens, *assignments, *encoded)

    @cached_property
    def literal(self) -> tuple[Probe, ...]:
        """Probes with the anchors alone, for an engine of words: no pattern is parsed, which a hook would feel."""
        rules: dict[bytes, list[Rule]] = {}
        for rule in self.ruleset.tokens:
            for keyword in rule.keywords:
                rules.setdefault(keyword.lower().encode(), []).append(rule)
        tokens = (Probe(Kind.TOKEN, (word,), rules=tuple(tried)) for word, tried in rules.items())
        encoded = (Probe(Kind.ENCODED, (piece.lower(),), exact=piece, phase=phase) for piece, phase in self._pieces())
        return (*tokens, Probe(Kind.NAME, tuple(word.encode() for word in names.WORDS)), *encoded)

    def _pieces(self) -> list[tuple[bytes, int]]:
        words = {word.encode() for rule in self.ruleset.tokens for word in rule.keywords}
        return sorted({piece for word in words for piece in encoded(word)})


SHORTEST_ENCODED = 4
"""Anchors are looked for in base64 when they have so many characters, and so many are certain there."""


def encoded(anchor: bytes) -> set[tuple[bytes, int]]:
    """Return what of `anchor` is certain in base64, at its three alignments, in both alphabets.

    Each piece comes with the position of its first character in its group of four.

    >>> min(encoded(b"BEGIN PRIVATE"))
    (b'CRUdJTiBQUklWQVRF', 2)
    """
    found: set[tuple[bytes, int]] = set()
    for shift in range(3) if len(anchor) >= SHORTEST_ENCODED else ():
        text = base64.b64encode(b"\0" * shift + anchor + b"\0" * 3)
        first, last = -(-8 * shift // 6), (8 * (shift + len(anchor))) // 6
        piece = text[first:last]
        if len(piece) >= SHORTEST_ENCODED:
            found |= {(piece, first), (piece.translate(bytes.maketrans(b"+/", b"-_")), first)}
    return found


def _plain(literal: bytes) -> str:
    return "".join(chr(byte) if chr(byte).isalnum() else f"\\x{byte:02x}" for byte in literal)


def _hyperscan(probes: Probes) -> Prefilter:
    from stanch.prefilter.hyperscan import Hyperscan

    return Hyperscan(probes)


def _aho_corasick(probes: Probes) -> Prefilter:
    from stanch.prefilter.aho_corasick import AhoCorasick

    return AhoCorasick(probes)


ENGINES: dict[str, Callable[[Probes], Prefilter]] = {"hyperscan": _hyperscan, "aho-corasick": _aho_corasick}
"""By name; imported when chosen, since hyperscan costs a hook more than the rest of its work."""
