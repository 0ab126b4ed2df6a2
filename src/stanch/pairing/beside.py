"""A secret without a name near the id that it completes, as in `new Client("id", "secret")` or a list of both.

Only rules say what such a secret looks like: the value of the rule that an id's rule is paired with.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from functools import cache
from re import _parser  # type: ignore[attr-defined]  # the parser has no public name
from typing import TYPE_CHECKING

from stanch.collisions import Judged
from stanch.matcher import TIMEOUT
from stanch.model import Candidate
from stanch.pairing import UNNAMED
from stanch.regexes import lazy
from stanch.rules import Rule
from stanch.scoring.wording import word_share
from stanch.values import replace

if TYPE_CHECKING:
    import regex

REACH = 300
"""How far from its id such a secret is looked for, in bytes."""
_SHORTEST = 20
_WORDY = 0.5
"""A value of which more is words is none."""

_BEFORE = rb"""(?<![^\s"'`,;:|=>(\[{])"""
_AFTER = rb"""(?![^\s"'`,;:|<)\]}&\\])"""
_CLASSES = tuple(lazy(kind) for kind in (rb"[a-z]", rb"[A-Z]", rb"[0-9]"))
_HEX = lazy(rb"[0-9A-Fa-f]+")


def with_unnamed(
    data: bytes, found: list[Judged], secret_of: Mapping[str, str], rules: Mapping[str, Rule]
) -> list[Judged]:
    """Return `found`, none of which overlap, by position, and what may be the unnamed secrets of the ids among them.

    `secret_of` gives the secret's rule for the id's. Where a generic rule has found the same, that is marked.
    Raises TimeoutError when an expression takes too long.
    """
    unnamed: dict[tuple[int, int], Judged] = {}
    for item in found:
        if item.rule.is_token and item.rule.pairs_with and item.dropped is None:
            rule = rules.get(secret_of.get(item.rule.id, ""))
            if rule and rule.value and _is_exact(rule.value):
                for secret in _near(data, item, rule):
                    unnamed.setdefault((secret.start, secret.end), secret)
    return _merged(found, unnamed) if unnamed else found


def _near(data: bytes, id: Judged, rule: Rule) -> Iterator[Judged]:
    """Yield what has the format of the rule's value around an id: whole values of no words, random enough."""
    from stanch import filters, scoring

    first, last = max(0, id.start - REACH), id.end + REACH
    for match in _expression(rule.value or "").finditer(data, first, last, timeout=TIMEOUT):
        text = match[0]
        if _HEX.fullmatch(text) or not all(kind.search(text) for kind in _CLASSES):
            continue
        start, end = match.span("secret") if "secret" in match.re.groupindex else match.span()
        found = Candidate(rule.id, start, end, data[start:end], quoted=True)
        if word_share(text) <= _WORDY and not (filters.reason(found, formatted=True) or scoring.reason(rule, found)):
            score = min(UNNAMED, scoring.score(rule, found))
            yield Judged(start, end, rule, found, score, None, beside=rule.id)


def _merged(found: list[Judged], unnamed: Mapping[tuple[int, int], Judged]) -> list[Judged]:
    """Return both, by position. What is of a known provider, or surely something else, is no unnamed secret."""
    starts = [item.start for item in found]
    standing: list[Judged | None] = [*found]
    added: list[Judged] = []
    for (start, end), secret in unnamed.items():
        over = range(bisect_right(starts, start) - 1, bisect_left(starts, end))
        others = [number for number in over if number >= 0 and found[number].end > start]
        same = [number for number in others if (found[number].start, found[number].end) == (start, end)]
        if any(found[number].dropped is None and found[number].known for number in others):
            continue
        if same and found[same[0]].dropped is None:
            standing[same[0]] = replace(found[same[0]], beside=secret.rule.id)
        elif not any(found[number].dropped is None and found[number].sure for number in others):
            added.append(secret)
            for number in others:
                standing[number] = None
    return sorted((*(item for item in standing if item), *added), key=lambda item: item.start)


@cache
def _expression(value: str) -> regex.Pattern[bytes]:
    import regex

    return regex.compile(_BEFORE + b"(?:" + value.encode() + b")" + _AFTER, cache_pattern=False)


@cache
def _is_exact(value: str) -> bool:
    """Has every text that the expression matches the same length, and is it long enough?"""
    least, most = _parser.parse(value.encode()).getwidth()
    return bool(_SHORTEST <= least == most)
