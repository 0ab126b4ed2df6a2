"""What a value says about itself: measures of its characters, its words and its name, each about 0 to 1."""

from __future__ import annotations

import functools
import math
import re
from collections import Counter
from pathlib import Path
from typing import Any

import ahocorasick

from stanch import cache, names
from stanch.model import Candidate
from stanch.regexes import lazy

_LIST = str(Path(__file__).with_name("words.txt"))


def _foreign(plain: str) -> bytes:
    return b"|".join(re.escape(word.encode()) for word in names.FOREIGN[plain])


_NAMES = {
    "password": lazy(rb"(?i)passw|pwd|passphrase|passcode|pass(?![a-z])|psw|" + _foreign("password")),
    "secret": lazy(rb"(?i)secret|" + _foreign("secret")),
    "token": lazy(rb"(?i)token|bearer|jwt|" + _foreign("token")),
    "key": lazy(rb"(?i)key|salt|hmac"),
    "credential": lazy(rb"(?i)cred|auth|cookie|session|signature"),
}
_UUID = lazy(rb"(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_HEX = lazy(rb"[0-9a-f]{16,}|[0-9A-F]{16,}")
_IDENTIFIER = lazy(rb"[A-Za-z_][A-Za-z]*(?:[_.:-][A-Za-z]+)*")
_ENDS = lazy(
    rb"(?i)(?:passwords?|passwd|pwd|passphrase|passcode|pass|psw|pw|secrets?|tokens?|keys?|salt|cookie|credentials?|auth"
    rb"|authorization|bearer|jwt|dsn|connstr|connection_?string|"
    + b"|".join(map(_foreign, names.FOREIGN))
    + rb")\d{0,2}\Z"
)
_PRETENDED = lazy(
    rb"(?i)test|example|dummy|fake|sample|foo|bar(?![a-z])|baz|my(?=[_A-Z-]|pass|secret|token|key)|your|some|invalid|wrong|mock"
    rb"|placeholder|value|string|change|replace|none|default|here"
)
_STRONGER = lazy(
    rb"(?i)(?:super|top|very|more|un|best|s[e3]kr[e3]t|s3cr3t|p[a@]ssw[o0]rd|letmein|qwerty|hunter|tiger|admin|root|welcome)"
)
_SEQUENCES = tuple(
    text[at : at + 3]
    for text in (b"abcdefghijklmnopqrstuvwxyz", b"0123456789", b"9876543210", b"qwertyuiop", b"asdfghjkl", b"zxcvbnm")
    for at in range(len(text) - 2)
)
_ATTRIBUTE = lazy(rb"[a-z]+(?:[A-Z][a-z]+)+|[a-z]+(?:_[a-z]+)+|[A-Z]+(?:_[A-Z]+)+|[A-Z][a-z]+(?:[A-Z][a-z]+)+")
_CLASSES = (
    lazy(rb"[a-z]"),
    lazy(rb"[A-Z]"),
    lazy(rb"[0-9]"),
    lazy(rb"[^A-Za-z0-9\s]"),
)


def entropy(text: bytes) -> float:
    """Return the Shannon entropy of `text`, in bits a byte.

    >>> entropy(b"abab")
    1.0
    """
    total = len(text)
    return -sum(n / total * math.log2(n / total) for n in Counter(text).values()) if total else 0.0


def word_share(text: bytes) -> float:
    """Return the part of the letters of `text` that belongs to words of four letters or more, 0 to 1."""
    lower = text.lower().decode("latin-1")
    letters = sum(1 for char in lower if char.isalpha())
    if not letters:
        return 0.0
    covered, stop = 0, -1
    for end, length in sorted(_words().iter(lower), key=lambda hit: (hit[0] - hit[1], -hit[1])):
        start = end - length + 1
        if start > stop:
            covered += length
            stop = end
    return min(1.0, covered / letters)


def measure(candidate: Candidate) -> dict[str, float]:
    """Return the measures of a candidate with a name."""
    value, name = candidate.secret, candidate.name
    kinds = sum(1 for kind in _CLASSES if kind.search(value))
    named = {f"name-{kind}": float(bool(pattern.search(name))) for kind, pattern in _NAMES.items()}
    found = {
        **named,
        "name-ends": float(bool(_ENDS.search(name))),
        "name-alone": float(bool(_ENDS.fullmatch(name.strip(b"$._-")))),
        "name-length": min(len(name), 40) / 40,
        "length": min(len(value), 64) / 64,
        "short": float(len(value) < 8),
        "bits": min(entropy(value) * len(value), 256) / 256,
        "density": entropy(value) / max(1.0, math.log2(len(value))),
        "classes": kinds / 4,
        "letters-only": float(value.isalpha()),
        "mixed": float(bool(re.search(rb"[A-Za-z]\d|\d[A-Za-z]", value))),
        "words": word_share(value),
        "identifier": float(bool(_IDENTIFIER.fullmatch(value))),
        "compound": float(bool(_ATTRIBUTE.fullmatch(value))),
        "uuid": float(bool(_UUID.fullmatch(value))),
        "hex": float(bool(_HEX.fullmatch(value))),
        "digits": float(value.isdigit()),
        "spaces": float(b" " in value),
        "markup": sum(value.count(char) for char in b"()[]{}<>;,=|\\") / len(value),
        "path": float(value.count(b"/") + value.count(b".") > 1),
        "sequence": min(1.0, 3 * sum(value.lower().count(part) for part in _SEQUENCES) / len(value)),
        "pretended": float(bool(_PRETENDED.search(value))),
        "popular": float(bool(_STRONGER.search(value))),
        "echo": _echo(name, value),
        "quoted": float(candidate.quoted),
        "constant": float(name.isupper()),
    }
    return found | {
        f"{kind}-with-{what}": found[f"name-{kind}"] * found[what]
        for kind in _NAMES
        for what in ("words", "letters-only", "short", "hex", "uuid", "mixed", "name-ends", "compound", "quoted")
    }


def _echo(name: bytes, value: bytes) -> float:
    """Return 1 when the value says what the name says, as in `password = "my_password"`."""
    squashed = re.sub(rb"[^a-z]", b"", value.lower())
    words = re.findall(rb"[a-z]{3,}", re.sub(rb"([a-z])([A-Z])", rb"\1_\2", name).lower())
    return float(bool(squashed) and any(word in squashed or squashed in word for word in words))


@functools.cache
def _words() -> ahocorasick.Automaton:
    return ahocorasick.Automaton(*cache.kept("words", "", (_LIST, __file__, ahocorasick.__file__), _pickled))


def _pickled() -> tuple[Any, ...]:
    """Return what the automaton of the words, which gives their lengths, is made of."""
    automaton = ahocorasick.Automaton(ahocorasick.STORE_LENGTH)
    for line in Path(_LIST).read_text("ascii").splitlines():
        if not line.startswith("#"):
            automaton.add_word(line)
    automaton.make_automaton()
    state: tuple[Any, ...] = automaton.__reduce__()[1]
    return state
