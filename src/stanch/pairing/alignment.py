"""Which ids and secrets of one content belong together, told by their places: near each other, and in one order."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from stanch.values import dataclass

NEAR = 12
"""How many lines apart those that belong together mostly are at most."""
_LINE = 256
"""So many bytes on one line are as far as one line."""
_AGAINST = 5
"""What it costs to go against the order of a content, which names ids first or secrets first; in lines."""
_MOST = 100_000
"""So many combinations are weighed at most; what would have more is taken in halves."""

Place = tuple[str, int, int]
"""A path, a line and a column."""


@dataclass(frozen=True, slots=True)
class _Part:
    """An id or a secret."""

    place: Place
    secret: bool
    number: int

    def distance(self, other: _Part) -> float:
        """Return how far apart two are, in lines."""
        lines = abs(self.place[1] - other.place[1])
        return lines or abs(self.place[2] - other.place[2]) / _LINE


def aligned(ids: Sequence[Place], secrets: Sequence[Place], *, near: bool = False) -> list[tuple[int, int]]:
    """Return pairs of an id and a secret, one to one, by their numbers in `ids` and `secrets`.

    Those that stand in one group are paired first; what is left then, wherever it stands, unless they must be `near`.
    """
    if not ids or not secrets:
        return []
    sides = ((ids, False), (secrets, True))
    parts = sorted(
        (_Part(place, secret, number) for side, secret in sides for number, place in enumerate(side)),
        key=lambda part: (part.place, part.secret),
    )
    pairs = [pair for group in _groups(parts) for pair in _matched(group)]
    if not near:
        paired = {id(part) for pair in pairs for part in pair}
        pairs += _matched([part for part in parts if id(part) not in paired])
    return [(one.number, other.number) for one, other in pairs]


def _groups(parts: Sequence[_Part]) -> Iterator[list[_Part]]:
    """Yield the parts in groups with nothing but other text for more than NEAR lines between them."""
    group: list[_Part] = []
    for part in parts:
        if group and part.distance(group[-1]) > NEAR:
            yield group
            group = []
        group.append(part)
    yield group


def _matched(parts: Sequence[_Part]) -> list[tuple[_Part, _Part]]:
    """Return pairs of an id and a secret in ascending order: as many as there can be, with the least between them."""
    ids, secrets = ([part for part in parts if part.secret is side] for side in (False, True))
    short, long = sorted((ids, secrets), key=len)
    spare = len(long) - len(short)
    if len(short) * (spare + 1) > _MOST:
        half = len(parts) // 2
        return _matched(parts[:half]) + _matched(parts[half:])
    if spare == 0:
        return list(zip(ids, secrets, strict=True))
    _, chosen = min((_least(short, long, secret_first) for secret_first in (False, True)), key=lambda answer: answer[0])
    return [(long[at], part) if part.secret else (part, long[at]) for part, at in zip(short, chosen, strict=True)]


def _least(short: Sequence[_Part], long: Sequence[_Part], secret_first: bool) -> tuple[float, list[int]]:
    """Return what it costs to give each of `short` one of `long`, in order, and which ones cost least."""
    spare = len(long) - len(short)
    costs = [0.0] * (spare + 1)  # of those so far, with so many of `long` left out
    taken: list[bytearray] = []
    for number, part in enumerate(short):
        takes = bytearray(spare + 1)
        least = math.inf
        for left_out in range(spare + 1):
            other = long[number + left_out]
            against = _AGAINST * (((part.place < other.place) is part.secret) is not secret_first)
            cost = costs[left_out] + part.distance(other) + against
            if cost < least:
                least, takes[left_out] = cost, True
            costs[left_out] = least
        taken.append(takes)
    chosen: list[int] = []
    left_out = spare
    for number in reversed(range(len(short))):
        while not taken[number][left_out]:
            left_out -= 1
        chosen.append(number + left_out)
    return costs[spare], chosen[::-1]
