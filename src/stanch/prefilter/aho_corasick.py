"""The prefilter for small work: every word in one Aho-Corasick automaton, built in milliseconds."""

from __future__ import annotations

import ahocorasick

from stanch.prefilter import Hits, Kind, Probes


class AhoCorasick:
    """Looks for the probes' words, in any case."""

    name = "aho-corasick"

    def __init__(self, probes: Probes) -> None:
        self.probes = probes.literal
        self._automaton = ahocorasick.Automaton()
        found: dict[bytes, list[int]] = {}
        for number, probe in enumerate(self.probes):
            for word in probe.words:
                if probe.kind is not Kind.NAME or word not in found:
                    found.setdefault(word, []).append(number)
        for word, numbers in found.items():
            self._automaton.add_word(word.decode("latin-1"), (len(word) - 1, tuple(numbers)))
        if found:
            self._automaton.make_automaton()

    def hits(self, data: bytes) -> Hits:
        """Return a hit for every word in `data`; an encoded anchor's must agree in case."""
        found = Hits([], [])
        if not len(self._automaton):
            return found
        probes = self.probes
        for end, (back, numbers) in self._automaton.iter(data.lower().decode("latin-1")):
            start = end - back
            for number in numbers:
                probe = probes[number]
                if probe.kind is Kind.NAME:
                    found.names.append(start)
                elif not probe.exact or data.startswith(probe.exact, start):
                    found.anchors.append((number, start))
        return found
