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

from stanch import names, pointers, rules
from stanch.errors import RuleError
from stanch.rules import Rule, Ruleset
from stanch.values import dataclass

if TYPE_CHECKING:
    from stanch.prefilter.shapes import Shape


HEX, WIDE, ESCAPED = range(4, 7)
"""Forms of an anchor. Those below are base64: the place of the first character in its group of four."""


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
    form: int | None = None
    """For an anchor inside of other text: its form. None for a rule's anchor as it is."""


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
        from stanch.prefilter import forms  # only who makes a database or a table needs them

        tried: dict[tuple[Anchor, bytes, int], dict[str, None]] = {}
        for rule in self.ruleset.tokens:
            for shape in _shapes(rule):
                tail = tuple(map(characters, shape.tail))
                key = Anchor(shape.literal, shape.caseless, tail), shape.mark, shape.reach
                tried.setdefault(key, {})[rule.id] = None
        words = {word.encode() for rule in self.ruleset.tokens for word in rule.keywords}
        plain = {anchor.literal for anchor, mark, _ in tried if not mark}
        marked = frozenset(anchor.literal for anchor, mark, _ in tried if mark) - plain
        return (
            *((anchor, Probe(tuple(ids), mark, reach)) for (anchor, mark, reach), ids in tried.items()),
            *(
                (Anchor(text, caseless, tail), Probe(mark=mark, reach=_REACH if mark else 0, form=form))
                for text, form, caseless, tail, mark in forms.forms(words, marked)
            ),
        )


_REACH = 512
"""How far the mark of an escaped anchor is at most, in bytes."""


def _shapes(rule: Rule) -> tuple[Shape, ...]:
    from stanch.prefilter.shapes import shapes

    try:
        return shapes(rule.pattern or "", rule.keywords)
    except (RuleError, re.error) as error:
        raise RuleError(f"rule {rule.id!r}: {error}") from error


def sources() -> list[str]:
    """Return the files whose code decides what an engine makes of some rules."""
    folder = os.path.dirname(__file__)
    own = (os.path.join(folder, f"{name}.py") for name in ("__init__", "shapes", "forms", "aho_corasick", "hyperscan"))
    return [names.__file__, pointers.__file__, rules.__file__, *own]


def _hyperscan(probes: Probes) -> Prefilter:
    from stanch.prefilter.hyperscan import Hyperscan

    return Hyperscan(probes)


def _aho_corasick(probes: Probes) -> Prefilter:
    from stanch.prefilter.aho_corasick import AhoCorasick

    return AhoCorasick(probes)


ENGINES: dict[str, Callable[[Probes], Prefilter]] = {"hyperscan": _hyperscan, "aho-corasick": _aho_corasick}
"""By name; imported when chosen, since hyperscan costs a hook more than the rest of its work."""
