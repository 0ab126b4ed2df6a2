"""Of candidates for the same text one stands: the most specific, which knows what else it could be."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

from stanch.model import Candidate, Confidence, Rival
from stanch.rules import Rule
from stanch.values import dataclass, replace


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
    allowed: bool = False
    beside: str | None = None

    @property
    def known(self) -> bool:
        """Is it of a known provider?"""
        return self.rule.category != "generic"

    @property
    def sure(self) -> bool:
        """Is it probable? What is public by design is surely that."""
        return self.rule.public or self._probable

    @property
    def _probable(self) -> bool:
        from stanch import scoring  # a hook that meets no candidate does not need it

        return self.score >= scoring.CUTS[Confidence.MEDIUM]

    @property
    def precedence(self) -> tuple[object, ...]:
        """Of candidates that overlap, the least stands: kept, of a known provider, by its own format.

        What is public does not hide a probable secret that it is a part of.
        """
        ahead = self.known and not self.rule.public
        judged = self.dropped is not None, not ahead, not (ahead or (self._probable and not self.known))
        length = self.end - self.start
        return *judged, not self.rule.is_token, -self.score, -length, self.start, self.rule.id


def distinct(found: list[Judged]) -> list[Judged]:
    """Return the candidates that do not overlap a better one, by position."""
    groups: dict[str, list[Judged]] = {}
    for item in found:
        groups.setdefault(item.rule.id if item.rule.apart else "", []).append(item)
    kept = [item for group in groups.values() for item in _best(group)]
    return sorted(kept, key=lambda judged: judged.start) if len(groups) > 1 else kept


def _best(found: list[Judged]) -> list[Judged]:
    """Return those that overlap no better one, by position."""
    starts: list[int] = []
    kept: dict[int, Judged] = {}
    for item in sorted(_of_spans(found), key=lambda judged: judged.precedence):
        place = bisect_right(starts, item.start)
        before = place > 0 and kept[starts[place - 1]].end > item.start
        after = place < len(starts) and starts[place] < item.end
        if not before and not after:
            starts.insert(place, item.start)
            kept[item.start] = item
        elif not item.known and not item.dropped:
            for start in starts[bisect_left(starts, item.start) : bisect_left(starts, item.end)]:
                kept[start] = _raised(kept[start], item) if kept[start].end <= item.end else kept[start]
    return [kept[start] for start in starts]


def _raised(item: Judged, *others: Judged) -> Judged:
    """Return `item` as probable as the others: what is surely a credential is one, whoever's. Public stays public."""
    if item.dropped or item.rule.public or not item.known:
        return item
    return replace(item, score=max(item.score, *(other.score for other in others)))


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
    from stanch.matcher.breadth import bits, has_own_format  # that two rules match the same is rare

    def formatted(item: Judged) -> bool:
        return item.rule.is_token or has_own_format(item.rule.value or "")

    def told(item: Judged) -> bool:
        return item.candidate.named and item.known and formatted(item)

    def order(item: Judged) -> tuple[object, ...]:
        judged = item.dropped is not None, not item.known, not told(item), not item.sure, not item.rule.is_token
        return *judged, *((-item.score, bits(item.rule.pattern), item.rule.id) if item.rule.pattern else ())

    def rivals(item: Judged) -> bool:
        beside = item.rule.is_token or item.candidate.named or not best.candidate.named
        return item.dropped is None and item.known and beside and formatted(item) >= formatted(best)

    best, *others = sorted(same, key=order)
    likely = list(filter(rivals, others))
    sure = [item for item in others if not item.dropped and (not item.known or (told(best) and item in likely))]
    return replace(
        _raised(best, *sure) if sure else best, rivals=tuple(Rival(item.rule.id, item.score) for item in likely)
    )
