"""Of candidates for the same text one stands: the most specific, which knows what else it could be."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator

from stanch.model import Candidate, Confidence, Rival
from stanch.regexes import lazy
from stanch.rules import Rule
from stanch.values import dataclass, replace

_TOKEN = lazy(rb"(?=[A-Za-z+/_-]*\d)[A-Za-z0-9+/_-]{20}")
"""What may be a secret beside something public."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A candidate after filters and scoring, placed in the text that was judged."""

    start: int
    end: int
    rule: Rule
    candidate: Candidate
    score: float
    dropped: str | None
    layers: tuple[str, ...] = ()
    rivals: tuple[Rival, ...] = ()
    raised: float = 0.0
    """What another rule is sure of: that it is a credential, whoever's."""
    allowed: bool = False
    beside: str | None = None

    @property
    def known(self) -> bool:
        """Is it of a known provider?"""
        return self.rule.category != "generic"

    @property
    def sure(self) -> bool:
        """Is it probable? What is public by design is surely that."""
        from stanch import scoring  # a hook that meets no candidate does not need it

        return self.rule.public or self.score >= scoring.CUTS[Confidence.MEDIUM]

    @property
    def precedence(self) -> tuple[object, ...]:
        """Of candidates for different spans that overlap, the least stands: kept, of a provider, by its own format."""
        length = self.end - self.start
        judged = self.dropped is not None, not self.known, not self.rule.is_token
        return *judged, -self.score, -length, self.start, self.rule.id, len(self.layers), self.layers


def distinct(found: list[Judged]) -> list[Judged]:
    """Return the candidates that do not overlap a better one, by position."""
    groups: dict[str, list[Judged]] = {}
    for item in found:
        groups.setdefault(item.rule.id if item.rule.apart else "", []).append(item)
    kept = [item for group in groups.values() for item in _best(group)]
    return sorted(kept, key=lambda judged: judged.start) if len(groups) > 1 else kept


def _best(found: list[Judged]) -> list[Judged]:
    """Return those that overlap no better one, by position; as probable as what they hide."""
    starts: list[int] = []
    kept: dict[int, Judged] = {}
    for item in sorted(_of_spans(found), key=lambda judged: judged.precedence):
        first = max(bisect_right(starts, item.start) - 1, 0)
        over = [start for start in starts[first : bisect_left(starts, item.end)] if kept[start].end > item.start]
        if over and _outdoes(item, [kept[start] for start in over]):
            for start in over:
                starts.remove(start)
            over = []
        if not over:
            insort(starts, item.start)
            kept[item.start] = item
        elif not item.known and not item.dropped:
            inside = (start for start in over if item.start <= start and kept[start].end <= item.end)
            kept.update((start, _raised(kept[start], [item])) for start in inside)
    best = (kept[start] for start in starts)
    return [replace(item, score=item.raised) if item.raised > item.score else item for item in best]


def _outdoes(item: Judged, public: list[Judged]) -> bool:
    """Does enough for a secret stand in a probable one beside the parts of it that are public by design?"""
    if item.known or item.dropped or not item.sure or not all(part.rule.public for part in public):
        return False
    rest = item.candidate.secret
    for part in public:
        rest = rest.replace(part.candidate.secret, b" ")
    return bool(_TOKEN.search(rest))


def _raised(item: Judged, others: Iterable[Judged]) -> Judged:
    """Return `item` as probable as the others make it. What is public stays so."""
    if item.dropped or item.rule.public or not item.known:
        return item
    return replace(item, raised=max([item.raised, *(other.score for other in others)]))


def _of_spans(found: list[Judged]) -> Iterator[Judged]:
    """Yield the most specific candidate for each span, with its rivals."""
    spans: dict[tuple[int, int, tuple[str, ...]], dict[str, Judged]] = {}
    for item in found:
        same = spans.setdefault((item.start, item.end, item.layers), {})
        known = same.setdefault(item.rule.id, item)
        if (item.dropped is None, item.score) > (known.dropped is None, known.score):
            same[item.rule.id] = item  # of a value with two names, the one that tells more
    for rivals in spans.values():
        yield next(iter(rivals.values())) if len(rivals) == 1 else _most_specific(rivals.values())


def _most_specific(same: Iterable[Judged]) -> Judged:
    """Return the best of the candidates for one span, with its true rivals.

    A format that the provider's own name stands beside is the most specific: many have a `sk_live_`. Then comes a
    format by itself, then a value that only its name tells, for which the matcher has said the order. Where a
    format decides, a rule without one is no rival, and neither is one that only the line speaks of beside a name.
    """
    from stanch.matcher.breadth import around, bits, has_own_format  # that two rules match the same is rare

    def formatted(item: Judged) -> bool:
        return item.rule.is_token or has_own_format(item.rule.value or "")

    def kind(item: Judged) -> int:
        if item.candidate.named and item.known and formatted(item):
            return 0
        return 2 if not item.rule.is_token else 1 if item.sure else 3

    def order(item: Judged) -> tuple[object, ...]:
        pattern, anchors = item.rule.pattern, item.rule.keywords
        fixed = (-around(pattern), -min(map(len, anchors)), bits(pattern)) if pattern else ()
        narrowest = (-item.score, *fixed, item.rule.id) if pattern else ()
        return item.dropped is not None, not item.known, kind(item), *narrowest

    def is_rival(item: Judged) -> bool:
        beside = item.rule.is_token or item.candidate.named or not best.candidate.named
        return item.dropped is None and item.known and beside and formatted(item) >= formatted(best)

    best, *others = sorted(same, key=order)
    rivals = list(filter(is_rival, others))
    sure = [item for item in others if not item.known and not item.dropped]
    raised = _raised(best, [*sure, *rivals] if kind(best) == 0 else sure)
    return replace(raised, rivals=tuple(Rival(item.rule.id, item.score) for item in rivals))
