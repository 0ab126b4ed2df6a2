"""The prefilter: one pass over the text that says which rules are worth trying, and where.

Contract of every engine: it *may* report places where no rule matches; it *never* omits one that does. So
engines differ in speed only, and the matcher's findings are the same with each.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import cache, cached_property
from typing import TYPE_CHECKING, NamedTuple, Protocol

from stanch import names, rules
from stanch.errors import RuleError
from stanch.rules import Rule, Ruleset
from stanch.values import dataclass

if TYPE_CHECKING:
    from stanch.prefilter.shapes import Shape


@dataclass(frozen=True, slots=True)
class Anchor:
    """What an engine looks for."""

    literal: bytes
    """In lower case when it is caseless."""
    caseless: bool = False
    tail: tuple[bytes, ...] = ()
    """For each place after the literal, the characters of which one must stand there."""

    @property
    def width(self) -> int:
        """Length of the text that is looked for, in bytes."""
        return len(self.literal) + len(self.tail)


class Probe(NamedTuple):
    """What to try where an anchor stands. A tuple, since a thousand are made before anything is scanned."""

    rules: tuple[str, ...] = ()
    """Ids of token rules."""
    mark: bytes = b""
    """A character that stands after the anchor wherever one of the rules matches; may be empty."""
    reach: int = 0
    """How far the mark is at most, in bytes."""
    phase: int | None = None
    """For an anchor inside base64: its position in a group of four base64 characters. None for a rule's anchor."""


@dataclass(frozen=True, slots=True)
class Hits:
    """Where to look closer."""

    names: list[int]
    """Positions that each lie on an assignment to a name with a credential word, at or after the word's first byte."""
    anchors: list[tuple[Probe, int]]
    """A probe, and the position of its anchor's first byte."""


class Prefilter(Protocol):
    """An engine over the probes of a ruleset, and over what `names` says of assignments."""

    @property
    def name(self) -> str:
        """The engine's name in reports and on the command line."""

    def hits(self, data: bytes) -> Hits:
        """Return the hits in `data`, in any order."""


class Probes:
    """What to look for, for a ruleset. The rules' patterns are parsed for it, which an engine should do once."""

    def __init__(self, ruleset: Ruleset) -> None:
        self.ruleset = ruleset

    @cached_property
    def anchored(self) -> tuple[tuple[Anchor, Probe], ...]:
        """Each probe with its anchor, in a fixed order. Raises RuleError, naming the rule, for one without."""
        characters = cache(lambda charset: bytes(sorted(charset)))  # equal ones are one object, which packs well
        tried: dict[tuple[Anchor, bytes, int], dict[str, None]] = {}
        for rule in self.ruleset.tokens:
            for shape in _shapes(rule):
                tail = tuple(map(characters, shape.tail))
                key = Anchor(shape.literal, shape.caseless, tail), shape.mark, shape.reach
                tried.setdefault(key, {})[rule.id] = None
        words = {word.encode() for rule in self.ruleset.tokens for word in rule.keywords}
        pieces = sorted({piece for word in words for piece in encoded(word)})
        return (
            *((anchor, Probe(tuple(ids), mark, reach)) for (anchor, mark, reach), ids in tried.items()),
            *((Anchor(piece), Probe(phase=phase)) for piece, phase in pieces),
        )


def _shapes(rule: Rule) -> tuple[Shape, ...]:
    from stanch.prefilter.shapes import shapes

    try:
        return shapes(rule.pattern or "", rule.keywords)
    except (RuleError, re.error) as error:
        raise RuleError(f"rule {rule.id!r}: {error}") from error


SHORTEST_ENCODED = 4
"""Anchors are looked for in base64 when they have so many characters, and so many are certain there."""


def encoded(anchor: bytes) -> set[tuple[bytes, int]]:
    """Return what of `anchor` is certain in base64, at its three alignments, in both alphabets.

    Each piece comes with the position of its first character in its group of four.

    >>> min(encoded(b"BEGIN PRIVATE"))
    (b'CRUdJTiBQUklWQVRF', 2)
    """
    import base64

    found: set[tuple[bytes, int]] = set()
    for shift in range(3) if len(anchor) >= SHORTEST_ENCODED else ():
        text = base64.b64encode(b"\0" * shift + anchor + b"\0" * 3)
        first, last = -(-8 * shift // 6), (8 * (shift + len(anchor))) // 6
        piece = text[first:last]
        if len(piece) >= SHORTEST_ENCODED:
            found |= {(piece, first), (piece.translate(bytes.maketrans(b"+/", b"-_")), first)}
    return found


def sources() -> list[str]:
    """Return the files whose code decides what an engine makes of some rules."""
    folder = os.path.dirname(__file__)
    own = (os.path.join(folder, f"{name}.py") for name in ("__init__", "shapes", "aho_corasick", "hyperscan"))
    return [names.__file__, rules.__file__, *own]


def _hyperscan(probes: Probes) -> Prefilter:
    from stanch.prefilter.hyperscan import Hyperscan

    return Hyperscan(probes)


def _aho_corasick(probes: Probes) -> Prefilter:
    from stanch.prefilter.aho_corasick import AhoCorasick

    return AhoCorasick(probes)


ENGINES: dict[str, Callable[[Probes], Prefilter]] = {"hyperscan": _hyperscan, "aho-corasick": _aho_corasick}
"""By name; imported when chosen, since hyperscan costs a hook more than the rest of its work."""
