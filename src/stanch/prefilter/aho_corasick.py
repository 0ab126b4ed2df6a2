"""The prefilter for small work: every word in one Aho-Corasick automaton, kept on disk and loaded in a millisecond."""

from __future__ import annotations

from typing import Any

import ahocorasick

from stanch import cache, names, prefilter
from stanch.prefilter import Anchor, Hits, Probe, Probes

LONGEST = 8
"""So much of a word is looked for, the rest is compared where that stands: it makes the automaton half as large."""


class AhoCorasick:
    """Looks for anchors and for the words in names, and compares what must follow an anchor where it stands."""

    name = "aho-corasick"

    def __init__(self, probes: Probes) -> None:
        code = (*prefilter.sources(), ahocorasick.__file__)
        made: Table = cache.kept("aho-corasick", probes.ruleset.digest, code, lambda: _made(probes))
        automaton, self._stored = made
        self._automaton = ahocorasick.Automaton(*automaton)
        self._entries: list[_Entry | None] = [None] * len(self._stored)

    def hits(self, data: bytes) -> Hits:
        """Return a hit for every name's word, and for every anchor that has its surroundings."""
        found = Hits([], [])
        entries, lower = self._entries, data.lower()
        for end, number in self._automaton.iter(lower.decode("latin-1")):
            entry = entries[number]
            if entry is None:
                entry = entries[number] = _Entry(*cache.unpacked(self._stored[number]))
            start = end - entry.back
            if entry.words and lower.startswith(entry.words, start):
                found.names.append(start)
            for anchor, probe in entry.anchored:
                if _stands(anchor, data, lower, start):
                    found.anchors.append((probe, start))
        return found


def _stands(anchor: Anchor, data: bytes, lower: bytes, start: int) -> bool:
    """Does an anchor stand at `start`, and after it what must follow?"""
    if not (lower if anchor.caseless else data).startswith(anchor.literal, start):
        return False
    following = data[start + len(anchor.literal) : start + anchor.width]
    return len(following) == len(anchor.tail) and all(map(bytes.__contains__, anchor.tail, following))


class _Entry:
    """What one word of the automaton stands for."""

    __slots__ = ("anchored", "back", "words")

    def __init__(self, back: int, words: tuple[bytes, ...], anchored: list[tuple[Any, Any]]) -> None:
        self.back = back
        """How far before its end the word begins, in bytes."""
        self.words = words
        """The credential words that begin with it."""
        self.anchored = tuple((Anchor(*looked_for), Probe(*tried)) for looked_for, tried in anchored)
        """The probes whose anchors begin with it."""


Table = tuple[tuple[Any, ...], list[bytes]]
"""The automaton as it pickles, and an entry for each number that it gives, packed."""


def _made(probes: Probes) -> Table:
    found: dict[bytes, tuple[list[bytes], list[tuple[Any, Any]]]] = {}
    for word in map(str.encode, names.LED_BY):
        found.setdefault(word[:LONGEST], ([], []))[0].append(word)
    for anchor, probe in probes.anchored:
        looked_for = anchor.literal, anchor.caseless, anchor.tail
        tried = probe.rules, probe.mark, probe.reach, probe.form
        found.setdefault(anchor.literal.lower()[:LONGEST], ([], []))[1].append((looked_for, tried))
    automaton = ahocorasick.Automaton(ahocorasick.STORE_INTS)
    for number, word in enumerate(found):
        automaton.add_word(word.decode("latin-1"), number)
    automaton.make_automaton()
    entries = [cache.packed((len(word) - 1, tuple(words), of)) for word, (words, of) in found.items()]
    return automaton.__reduce__()[1], entries
