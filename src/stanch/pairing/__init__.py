"""Pairs: an id and the secret that completes it, wherever they stand in the same content, become one detection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from stanch.cache import kept
from stanch.model import Confidence, Detection, Location, Surface
from stanch.rules import Rule, Ruleset
from stanch.values import replace

ALONE = 0.8
"""What an id scores at most without its secret, unless its rule is of high confidence: it opens nothing by itself."""
UNNAMED = 0.6
"""What a secret is worth that only the id near it tells; the id's own score comes on top."""


class Pairs:
    """Which rules' findings complete each other. The id's rule names the secret's; each may also name the other."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._ruleset = ruleset

    @cached_property
    def secret_of(self) -> dict[str, str]:
        """The secret's rule by the id's; those first whose secret is itself an id for another one."""
        digest, rules = self._ruleset.digest, self._ruleset.by_id
        found: dict[str, str] = kept("pairs", digest, (__file__,), lambda: _pairs(rules.values()))
        return found

    def is_lesser(self, id: str) -> bool:
        """Is that the rule of an id which is never sure by itself, whatever its checksum says?"""
        return id in self.secret_of and self._ruleset.by_id[id].confidence is not Confidence.HIGH

    @cached_property
    def rules(self) -> frozenset[str]:
        """All rules on either side."""
        return frozenset(self.secret_of) | frozenset(self.secret_of.values())


def _pairs(rules: Iterable[Rule]) -> dict[str, str]:
    """Return the secret's rule by the id's.

    Of rules that name each other, round about too, the likeliest is the secret's: the one of the highest confidence,
    else a keyed one, else the first by its id.
    """
    by_id = {rule.id: rule for rule in rules}
    named = {id: rule.pairs_with for id, rule in by_id.items() if rule.pairs_with in by_id and rule.pairs_with != id}
    for start in sorted(named):
        ring = [start]
        while (following := named.get(ring[-1])) and following not in ring:
            ring.append(following)
        if following == start:
            del named[min(ring, key=lambda id: (-by_id[id].confidence.rank, by_id[id].is_token, id))]

    def depth(id: str | None) -> int:
        return 1 + depth(named[id]) if id in named else 0

    return {id: named[id] or "" for id in sorted(named, key=lambda id: (-depth(id), id))}


def joined(detections: Sequence[Detection], pairs: Pairs, *, explain: bool = False) -> list[Detection]:
    """Return the detections, pairs as one: the secret's, with the id as its companion, and as probable as both are.

    Most ids are less than sure without their secrets. What a comment allows takes its part in this, and is then left
    out unless the user asked to have it explained.
    """
    contents: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for number, item in enumerate(detections):
        if item.beside or item.rule in pairs.rules:
            contents[_content(item.location)].append(number)
    found: dict[int, Detection] = dict(enumerate(detections))
    for numbers in contents.values():
        numbers.sort(key=lambda number: _position(found[number]))
        _Content(found, numbers).join(pairs)
    return [item for item in found.values() if explain or not item.allowed]


def _content(location: Location) -> tuple[object, ...]:
    """Return what is the same for all that stands in one file, member of an archive, message, or environment."""
    path = None if location.surface is Surface.ENVIRONMENT else location.path
    members = tuple(layer for layer in location.layers if ":" in layer)
    return location.target, location.surface, path, location.blob, members


def _position(item: Detection) -> tuple[str, int, int]:
    """Sort by place; variables of the environment by their names."""
    return item.location.path or "", item.location.line, item.location.column


class _Content:
    """The detections of one content that may be parts of pairs, by position."""

    def __init__(self, found: dict[int, Detection], numbers: list[int]) -> None:
        self._found, self._numbers = found, numbers

    def join(self, pairs: Pairs) -> None:
        """Put pairs together: secrets that are named first, then those that an id near them tells."""
        for id, secret in pairs.secret_of.items():
            self._pair(id, [number for number, item in self._those(secret) if item.beside != secret])
        for id, secret in pairs.secret_of.items():
            self._pair(id, [number for number in self._numbers if self._is_beside(number, secret)], near=True)
        for number in self._numbers:
            item = self._found.get(number)
            if item and item.beside == item.rule:
                del self._found[number]
            elif item and (item.beside or pairs.is_lesser(item.rule)):
                most = ALONE if pairs.is_lesser(item.rule) else 1.0
                self._found[number] = replace(item, beside=None, score=min(item.score, most))

    def _those(self, rule: str) -> Iterator[tuple[int, Detection]]:
        """Yield the detections of a rule that stand, or that only a comment has dropped."""
        for number in self._numbers:
            item = self._found.get(number)
            if item and item.rule == rule and (item.dropped is None or item.allowed):
                yield number, item

    def _is_beside(self, number: int, rule: str) -> bool:
        item = self._found.get(number)
        return item is not None and item.beside == rule

    def _pair(self, id: str, secrets: list[int], *, near: bool = False) -> None:
        """Join the ids of a rule with `secrets`, each with one. Where an id is repeated, one place is enough."""
        from stanch.pairing.alignment import aligned  # a hook that meets no pair does not need it

        ids = dict(self._those(id)) if secrets else {}
        items = [*ids.values()]
        partner: dict[bytes, Detection] = {}
        places = ([_position(self._found[number]) for number in side] for side in (ids, secrets))
        for one, other in aligned(*places, near=near):
            item, number = items[one], secrets[other]
            self._found[number] = secret = _complete(item, self._found[number])
            if not item.allowed:
                partner[item.secret] = secret
        for number, item in ids.items():
            goes_with = None if item.allowed else partner.get(item.secret)
            if goes_with and goes_with.allowed:
                self._found[number] = replace(item, dropped=f"its secret is {goes_with.dropped}", allowed=True)
            elif goes_with:
                del self._found[number]


def _complete(id: Detection, secret: Detection) -> Detection:
    """Return the secret's detection with its id, unless a comment allows one of them."""
    if secret.beside:
        secret = replace(secret, rule=secret.beside, beside=None, score=max(secret.score, UNNAMED))
    if id.allowed or secret.allowed:
        return secret
    companions = (*secret.companions, replace(id, companions=()), *id.companions)
    return replace(secret, score=1 - (1 - secret.score) * (1 - id.score), companions=companions)
