"""Keyed rules: a name, its line and its value look the rules up in one table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ahocorasick

from stanch import cache
from stanch.matcher import TIMEOUT
from stanch.rules import Rule, Ruleset

if TYPE_CHECKING:
    import regex

_DROPPED = bytes(byte for byte in range(256) if not chr(byte).isascii() or not chr(byte).isalnum())


def squash(text: bytes) -> str:
    """Return the letters and digits of `text`, in lower case: how a rule's context words are compared.

    >>> squash(b"AWS_Secret-Access.Key")
    'awssecretaccesskey'
    """
    return text.translate(None, _DROPPED).lower().decode("ascii")


class KeyedMatcher:
    """All keyed rules: 350 providers cost what one does."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._rules = ruleset.by_id
        self._values: dict[str, regex.Pattern[bytes]] = {}
        code = (__file__, ahocorasick.__file__)
        automaton, self._named = cache.kept("keyed", ruleset.digest, code, lambda: _table(ruleset))
        self._words = ahocorasick.Automaton(*automaton)

    def match(self, name: bytes, value: bytes, line: bytes) -> list[tuple[Rule, int, int]]:
        """Return the rules that the pair satisfies, the most specific first, each with the secret's span in `value`.

        Raises TimeoutError when an expression takes too long.
        """
        if not len(self._words):
            return []
        found: dict[str, tuple[Rule, int]] = {}
        for text, in_name in ((squash(name), True), (squash(line), False)):
            for _, number in self._words.iter(text):
                length, ids = self._named[number]
                for rule in map(self._rules.__getitem__, ids):
                    if (in_name or rule.context_on_line) and length > found.get(rule.id, (rule, 0))[1]:
                        found[rule.id] = (rule, length)
        ranked = sorted(found.values(), key=lambda pair: (pair[0].category == "generic", -pair[1], pair[0].id))
        return [(rule, *span) for rule, _ in ranked if (span := self._span(rule, value))]

    def _span(self, rule: Rule, value: bytes) -> tuple[int, int] | None:
        pattern = self._values.get(rule.id)
        if pattern is None:
            import regex  # a hook that meets no assignment does not need it

            pattern = self._values[rule.id] = regex.compile((rule.value or "").encode(), cache_pattern=False)
        match = pattern.fullmatch(value, timeout=TIMEOUT)
        if match is None:
            return None
        start, end = match.span("secret") if "secret" in pattern.groupindex else match.span()
        return start, end


def _table(ruleset: Ruleset) -> tuple[tuple[Any, ...], list[tuple[int, tuple[str, ...]]]]:
    """Return the context words' automaton as it pickles, and the length and the rules of each word by its number."""
    ids: dict[str, list[str]] = {}
    for rule in ruleset.keyed:
        for word in rule.context:
            ids.setdefault(word, []).append(rule.id)
    automaton = ahocorasick.Automaton(ahocorasick.STORE_INTS)
    for number, word in enumerate(ids):
        automaton.add_word(word, number)
    automaton.make_automaton()
    return automaton.__reduce__()[1], [(len(word), tuple(named)) for word, named in ids.items()]
