"""Judges candidates: which rules does a text satisfy, why is it none of theirs, and how probable is it one?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from stanch import decode
from stanch.collisions import Judged
from stanch.model import Candidate, Confidence
from stanch.peeling import Peeling
from stanch.prefilter import Probe
from stanch.readers import Assignment
from stanch.readers.lines import LONGEST_LINE, line_at
from stanch.rules import Rule, Ruleset
from stanch.values import replace

if TYPE_CHECKING:
    from stanch.matcher.keyed import KeyedMatcher, Match
    from stanch.matcher.tokens import TokenMatcher


class Judging:
    """Judges what stands at an anchor, and what is assigned to a name, by the rules of a ruleset."""

    def __init__(self, ruleset: Ruleset, peeling: Peeling, *, least: Confidence, explain: bool) -> None:
        """What is in layers `peeling` judges. What is surely under `least` is not kept, unless to `explain` it."""
        self._ruleset = ruleset
        self._peeling = peeling
        self._least = least
        self._explain = explain
        self._tokens: dict[str, TokenMatcher] = {}

    @cached_property
    def _keyed(self) -> KeyedMatcher:
        from stanch.matcher.keyed import KeyedMatcher  # only now that there is an assignment

        return KeyedMatcher(self._ruleset)

    def on_line(self, text: bytes, assigned: list[Assignment], context: bytes, depth: int) -> list[Judged]:
        """Return the judgements of a line's assignments; where values hold escapes, of what they say without."""
        judged = list(self.assigned(assigned, context, depth))
        if b"\\" not in text and b"&" not in text:
            return judged
        known = {(item.start, item.end, item.rule.id) for item in judged}
        plain = [
            item
            for item in self._peeling.unescaped(text, assigned, depth)
            if (item.start, item.end, item.rule.id) not in known or len(item.candidate.secret) < item.end - item.start
        ]
        as_they_stand = (
            item for item in judged if not any(item.start < other.end and other.start < item.end for other in plain)
        )
        return [*as_they_stand, *plain]

    def token(self, data: bytes, position: int, probe: Probe) -> Iterator[tuple[int, Judged | None]]:
        """Yield what stands at an anchor, with its place; None for what is not kept."""
        for id in probe.rules:
            rule = self._ruleset.by_id[id]
            matcher = self._tokens.get(id)
            if matcher is None:
                from stanch.matcher.tokens import TokenMatcher

                matcher = self._tokens[id] = TokenMatcher(rule)
            for candidate in matcher.at(data, position):
                from stanch import scoring  # only now that there is a candidate

                if scoring.is_weighed(rule):
                    first, last = line_at(data, candidate.start)
                    candidate = replace(candidate, line=data[first:last] if last - first <= LONGEST_LINE else b"")
                judged = self._weighed(rule, candidate)
                yield position, judged if self.is_kept(judged) else None

    def assigned(self, assigned: Iterable[Assignment], line: bytes, depth: int) -> Iterator[Judged]:
        """Yield the judgements of assignments, and of what is in their values, on a line; empty when that is long."""
        from stanch.decode.values import peeled  # a hook that meets no assignment does not need it

        for assignment in map(_until_zero, assigned):
            value = peeled(assignment.value)
            items = list(self._named(assignment, value.text, line))
            if value.is_document and depth < decode.DEEPEST:
                inner = list(self._peeling.inside(value.text, depth + len(value.layers)))
                items = inner if any(item.dropped is None for item in inner) else [*items, *inner]
            for item in items:
                start, end = assignment.span(*value.outer(item.start, item.end))
                yield replace(item, start=start, end=end, layers=(*value.names, *item.layers))

    def _named(self, assignment: Assignment, value: bytes, line: bytes) -> Iterator[Judged]:
        """Yield the judgements of the rules that a name and a value satisfy.

        Which part of the value is the secret, the first one says that stands. A generic one is asked where no other
        rule matches, or those that do are not sure: then it may be surer.
        """
        from stanch import scoring  # a hook that meets no assignment does not need it

        settled, span = False, None
        for match in self._keyed.match(assignment.name, value, line, assignment.section):
            generic = match.rule.category == "generic"
            if generic and settled:
                return
            if span not in (None, (match.start, match.end)) and not generic:
                continue
            secret = value[match.start : match.end]
            whole = match.end < len(value) if generic else secret != value  # what goes on after a constant is unknown
            if not assignment.dynamic or whole:
                judged = self._weighed(match.rule, _candidate(match, assignment, value, line))
                yield judged
                if self.is_kept(judged) and judged.dropped is None:
                    span = match.start, match.end
                    settled = settled or judged.rule.public or judged.score >= scoring.CUTS[Confidence.HIGH]
                else:
                    settled = True
            if generic:
                return

    def _weighed(self, rule: Rule, candidate: Candidate) -> Judged:
        """Return the judgement of a candidate."""
        from stanch import filters, scoring  # a hook that meets no candidate does not need them

        formatted = rule.category != "generic"
        if rule.is_token and not formatted:
            candidate = replace(candidate, value=candidate.secret)
        dropped = filters.reason(candidate, formatted=formatted) or scoring.reason(rule, candidate)
        score = 0.0 if dropped else scoring.score(rule, candidate)
        if not dropped and scoring.confidence(score) is None:
            dropped = f"score {score:.2f}: too improbable"
        return Judged(candidate.start, candidate.end, rule, candidate, score, dropped)

    def is_kept(self, item: Judged) -> bool:
        """Does anybody want to hear of it, or does it hide another? A file's role can only lower a score."""
        from stanch import scoring

        return self._explain or not (item.dropped or (not item.known and item.score < scoring.CUTS[self._least]))


def _candidate(match: Match, assignment: Assignment, value: bytes, line: bytes) -> Candidate:
    secret = value[match.start : match.end]
    name, quoted, sure = assignment.name, assignment.quoted, assignment.sure
    return Candidate(match.rule.id, match.start, match.end, secret, name, value, quoted, match.named, sure, line)


def _until_zero(assignment: Assignment) -> Assignment:
    """Return it with a value that ends where a string does in a program."""
    if 0 not in assignment.value:
        return assignment
    value = assignment.value.partition(b"\0")[0]
    return replace(assignment, value=value, parts=(assignment.span(0, max(1, len(value))),))
