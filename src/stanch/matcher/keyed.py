"""Keyed rules: a name, its line and its value look the rules up in one table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import ahocorasick

from stanch.matcher.tokens import TIMEOUT
from stanch.rules import Rule

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

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._words = ahocorasick.Automaton()
        self._values: dict[str, regex.Pattern[bytes]] = {}
        table: dict[str, list[Rule]] = {}
        for rule in rules:
            for word in rule.context:
                table.setdefault(word, []).append(rule)
        for word, named in table.items():
            self._words.add_word(word, (word, tuple(named)))
        if table:
            self._words.make_automaton()

    def match(self, name: bytes, value: bytes, line: bytes) -> list[tuple[Rule, int, int]]:
        """Return the rules that the pair satisfies, the most specific first, each with the secret's span in `value`.

        Raises TimeoutError when an expression takes too long.
        """
        if not len(self._words):
            return []
        found: dict[str, tuple[Rule, int]] = {}
        for text, in_name in ((squash(name), True), (squash(line), False)):
            for _, (word, rules) in self._words.iter(text):
                for rule in rules:
                    if (in_name or rule.context_on_line) and len(word) > found.get(rule.id, (rule, 0))[1]:
                        found[rule.id] = (rule, len(word))
        ranked = sorted(found.values(), key=lambda pair: (pair[0].category == "generic", -pair[1], pair[0].id))
        return [(rule, *span) for rule, _ in ranked if (span := self._span(rule, value))]

    def _span(self, rule: Rule, value: bytes) -> tuple[int, int] | None:
        pattern = self._values.get(rule.id)
        if pattern is None:
            import regex  # a hook that meets no assignment does not need it

            pattern = self._values[rule.id] = regex.compile((rule.value or "").encode())
        match = pattern.fullmatch(value, timeout=TIMEOUT)
        if match is None:
            return None
        start, end = match.span("secret") if "secret" in pattern.groupindex else match.span()
        return start, end
