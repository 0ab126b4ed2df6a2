"""How much of a text is words, and how much it reads like them: from a free list of English words."""

from __future__ import annotations

import functools
import math
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import ahocorasick

from stanch import cache
from stanch.regexes import lazy

_LIST = str(Path(__file__).with_name("words.txt"))
_LETTERS = lazy(r"[a-z]{3,}")
_NO_LETTERS = bytes(byte for byte in range(256) if not chr(byte).isalpha())


def word_share(text: bytes) -> float:
    """Return the part of the letters of `text` that belongs to words of four letters or more, 0 to 1."""
    lower = text.lower().decode("latin-1")
    letters = len(text.translate(None, _NO_LETTERS))
    if not letters:
        return 0.0
    covered, stop = 0, -1
    for end, length in sorted(_words()[0].iter(lower), key=lambda hit: (hit[0] - hit[1], -hit[1])):
        start = end - length + 1
        if start > stop:
            covered += length
            stop = end
    return min(1.0, covered / letters)


def strangeness(text: bytes) -> float:
    """Return how unlike words the runs of letters in `text` are, 0 to 1: the surprise of each letter after the last.

    A letter of the list's words is worth some 3.6 bits, one drawn at random 6. Text without runs of letters gives 0.5.

    >>> strangeness(b"administrator") < 0.3 < 0.6 < strangeness(b"xkqvzrwpt")
    True
    """
    following = _words()[1]
    bits = [following[a + b] for run in _LETTERS.findall(text.lower().decode("latin-1")) for a, b in pairwise(run)]
    if not bits:
        return 0.5
    return min(1.0, max(0.0, (sum(bits) / len(bits) - 3.0) / 4.0))


@functools.cache
def _words() -> tuple[ahocorasick.Automaton, dict[str, float]]:
    state, following = cache.kept("words", "", (_LIST, __file__, ahocorasick.__file__), _made)
    return ahocorasick.Automaton(*state), following


def _made() -> tuple[tuple[Any, ...], dict[str, float]]:
    """Return what the automaton of the words, which gives their lengths, is made of, and the surprise of each pair."""
    automaton = ahocorasick.Automaton(ahocorasick.STORE_LENGTH)
    pairs: Counter[str] = Counter()
    first: Counter[str] = Counter()
    for word in Path(_LIST).read_text("ascii").splitlines():
        if not word.startswith("#"):
            automaton.add_word(word)
            pairs.update(map("".join, pairwise(word)))
            first.update(word[:-1])
    automaton.make_automaton()
    state: tuple[Any, ...] = automaton.__reduce__()[1]
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    surprise = {a + b: -math.log2((pairs[a + b] + 1) / (first[a] + 26)) for a in alphabet for b in alphabet}
    return state, surprise
