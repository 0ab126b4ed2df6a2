"""Keyed rules: a name, its line and its value look the rules up in one table."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import ahocorasick

from stanch import names
from stanch.cache import kept
from stanch.matcher import TIMEOUT
from stanch.regexes import compiled
from stanch.rules import Rule, Ruleset
from stanch.values import dataclass

SHORT = 5
"""A context word of so many characters or fewer must stand by itself in the text: `here` is no part of `thereby`. A
longer one must begin where a word does: `awskey` is no part of `laws_key`."""
_JOINED = "api|app|access|auth|client|cred|id|jwt|key|pass|pat|private|pwd|secret|signing|sid|token|webhook"
"""What may follow a short word without a border: `herekey`."""

_PLAIN = {
    word.encode(): plain.encode() for plain, words in names.FOREIGN.items() for word in words if not word.isascii()
}
_DROPPED = bytes(byte for byte in range(256) if not chr(byte).isascii() or not chr(byte).isalnum())


def squash(text: bytes) -> str:
    """Return the letters and digits of `text`, in lower case: how a rule's context words are compared.

    Words for a credential that are not ASCII become the English one.

    >>> squash(b"AWS_Secret-Access.Key")
    'awssecretaccesskey'
    """
    if not text.isascii():
        for word, plain in _PLAIN.items():
            text = text.replace(word, plain)
    return text.translate(None, _DROPPED).lower().decode("ascii")


def _start(letter: str) -> str:
    """Return an expression for the letter that a word begins with, in any of the usual conventions."""
    return rf"(?:(?<![A-Za-z])(?i:{letter})|(?<![A-Z]){letter.upper()})"


@cache
def alone(word: str) -> re.Pattern[bytes]:
    """Return an expression for a short context word that stands by itself.

    >>> [bool(alone("here").search(name)) for name in (b"HERE_KEY", b"herekey", b"heretic_key", b"Where")]
    [True, True, False, False]
    """
    end = rf"(?:(?<=[a-z0-9])(?![a-z])|(?<=[A-Z0-9])(?![A-Za-z])|(?i:s?(?:{_JOINED})))"
    return re.compile(rf"{_start(word[0])}(?i:{word[1:]}){end}".encode())


@cache
def begun(word: str) -> re.Pattern[bytes]:
    """Return an expression for a context word that begins where a word of a name does.

    >>> [bool(begun("awskey").search(name)) for name in (b"AWS_KEY", b"myAwsKey", b"laws_key", b"LAWS_KEY")]
    [True, True, False, False]
    """
    rest = "".join(rf"[\W_]{{0,3}}{letter}" for letter in word[1:])
    return re.compile(rf"{_start(word[0])}(?i:{rest})".encode())


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that a name and a value satisfy, with the secret's span in the value."""

    rule: Rule
    start: int
    end: int
    named: bool
    """Does one of the rule's words stand in the name, not only elsewhere on the line?"""


class KeyedMatcher:
    """All keyed rules: hundreds of providers cost what one does."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._rules = ruleset.by_id
        code = (__file__, ahocorasick.__file__)
        automaton, self._named = kept("keyed", ruleset.digest, code, lambda: _table(ruleset))
        self._words = ahocorasick.Automaton(*automaton)

    def match(self, name: bytes, value: bytes, line: bytes, section: bytes = b"") -> list[Match]:
        """Return the rules that the pair satisfies, the most specific first.

        The names around it, `section`, tell whose it is, as its own name does, and nothing of what it is.

        A rule of a provider comes before a generic one, one that the name tells before one that only the line
        tells; then the longer word decides, and of the same word the narrower value.
        Raises TimeoutError when an expression takes too long.
        """
        if not len(self._words):
            return []
        found: dict[str, tuple[bool, int]] = {}
        around = section + b" " + name if section else b""
        for text, named in ((name, True), (around, True), (line, False)):
            for _, number in self._words.iter(squash(text)) if text else ():
                word, ids = self._named[number]
                stands = (alone if len(word) <= SHORT else begun)(word).search(text) is not None
                if named and word in _ENDING and not _ENDING[word].search(text):
                    continue  # `authors`, `compass_x`, `patches`: readers of formats tell every name
                for rule in map(self._rules.__getitem__, ids):
                    meant = (named or rule.context_on_line) and (stands or rule.category == "generic")
                    if text is around and rule.category == "generic":
                        continue
                    if meant and (named, len(word)) > found.get(rule.id, (False, 0)):
                        found[rule.id] = named, len(word)
        rules = [self._rules[id] for id in found]
        matches = [Match(rule, *span, found[rule.id][0]) for rule in rules if (span := self._span(rule, value))]
        if len(matches) > 1:
            from stanch.matcher.breadth import bits  # the parser of expressions is slow to import

            matches.sort(
                key=lambda match: (
                    match.rule.category == "generic", not match.named, -found[match.rule.id][1],
                    bits(match.rule.value or ""), match.rule.id,
                )
            )  # fmt: skip
        return matches

    def _span(self, rule: Rule, value: bytes) -> tuple[int, int] | None:
        pattern = compiled(rule.value or "")
        match = pattern.fullmatch(value, timeout=TIMEOUT)
        if match is None:
            return None
        start, end = match.span("secret") if "secret" in pattern.groupindex else match.span()
        return (start, end) if start >= 0 else None


_ENDING = {
    word: re.compile(rf"(?i:{word})(?![A-Za-z])|(?:{word}|{word.capitalize()})(?=[A-Z])".encode())
    for word in (*names.WHOLE, "pat")
}
"""Words that count in a name only where no letter follows, as for the prefilter."""


def _table(ruleset: Ruleset) -> tuple[tuple[Any, ...], list[tuple[str, tuple[str, ...]]]]:
    """Return the context words' automaton as it pickles, and each word with its rules by its number."""
    ids: dict[str, list[str]] = {}
    for rule in ruleset.keyed:
        for word in rule.context:
            ids.setdefault(word, []).append(rule.id)
    automaton = ahocorasick.Automaton(ahocorasick.STORE_INTS)
    for number, word in enumerate(ids):
        automaton.add_word(word, number)
    automaton.make_automaton()
    return automaton.__reduce__()[1], [(word, tuple(named)) for word, named in ids.items()]
