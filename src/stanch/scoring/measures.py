"""What a value says about itself: measures of its characters, its words, its name and its line, each about 0 to 1."""

from __future__ import annotations

import math
import re
from collections import Counter

from stanch import names
from stanch.model import Candidate
from stanch.regexes import lazy
from stanch.scoring.wording import strangeness, word_share


def _foreign(plain: str) -> bytes:
    return b"|".join(re.escape(word.encode()) for word in names.FOREIGN[plain])


_NAMES = {
    "password": lazy(rb"(?i)passw|pwd|passphrase|passcode|(?:pass|pw)(?![a-z])|psw|" + _foreign("password")),
    "secret": lazy(rb"(?i)secret|" + _foreign("secret")),
    "key": lazy(rb"(?i)key|salt|hmac"),
}
"""What a name says that its value is. A token, or any other credential, is what is left."""
_ENDS = lazy(
    rb"(?i)(?:password|passwd|pwd|passphrase|passcode|pass|psw|pw|secret|token|key|salt|cookie|credential|auth"
    rb"|authorization|bearer|jwt|dsn|connstr|connection_?string|"
    + b"|".join(map(_foreign, names.FOREIGN))
    + rb")\d{0,2}\Z"
)
_PLURAL = lazy(rb"(?i)(?:passwords|tokens|keys|secrets|credentials)\Z")

_CLASSES = (lazy(rb"[a-z]"), lazy(rb"[A-Z]"), lazy(rb"[0-9]"), lazy(rb"[^A-Za-z0-9\s]"))
_MIXED = lazy(rb"(?s)(?=.*[A-Za-z]).*\d")
_DOTTED = lazy(rb"[\w-]+(?:\.[\w-]+){2,}|[^/]*/[^/]+/.*")
_ACCOUNT = lazy(
    rb"(?i)admin|administrator|root|guest|users?|test|tester|postgres|mysql|oracle|sa|demo|default|anonymous"
)
_HEX = lazy(rb"[0-9a-f]{16,}|[0-9A-F]{16,}")
_UUID = lazy(rb"(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_NUMBERED = lazy(rb"[A-Za-z]{3,12}[!@#._-]?\d{1,6}!?")
_SEQUENCES = tuple(
    text[at : at + 3]
    for text in (b"abcdefghijklmnopqrstuvwxyz", b"0123456789", b"9876543210", b"qwertyuiop", b"asdfghjkl", b"zxcvbnm")
    for at in range(len(text) - 2)
)
_PRETENDED = lazy(
    rb"(?i)test|example|dummy|fake|sample|foo|bar(?![a-z])|baz|my(?=[_A-Z-]|pass|secret|token|key)|your|some|valid|wrong"
    rb"|mock|placeholder|value|string|replace|none|default|here|correct|hashed|encrypted|another|expected"
)
_CREDENTIAL = lazy(rb"(?i)p[a@4][s$5]{2}|pwd|s[e3]cr[e3]t|token|cred|auth|api_?key")
_SCHEME = lazy(rb"\A(?:Bearer|Token|ApiKey|Key|Basic|OAuth) +(?=\S+\Z)")

_ASSERTED = lazy(rb"(?i)\b(?:assert\w*|expect\w*|should\w*|equals?)\b|==")
"""What compares: as often with a wrong value, or one made up for that, as with a right one."""


def entropy(text: bytes) -> float:
    """Return the Shannon entropy of `text`, in bits a byte.

    >>> entropy(b"abab")
    1.0
    """
    total = len(text)
    return -sum(n / total * math.log2(n / total) for n in Counter(text).values()) if total else 0.0


def measure(candidate: Candidate) -> dict[str, float]:
    """Return the measures of a candidate: docs/scoring.md says what each is.

    A value without a name is a password, in a URL or as an argument.
    """
    value, name = _SCHEME.sub(b"", candidate.secret), (candidate.name or b"password").strip(b"$._-@: ")
    return {
        **_of_name(name),
        **_of_characters(value),
        **_of_words(value),
        "in-url": float(not candidate.name),
        "echo": _echo(name, value),
        "quoted": float(candidate.quoted),
        "sure": float(candidate.sure),
        "asserted": float(bool(_ASSERTED.search(candidate.line.replace(value, b" ") if value else candidate.line))),
    }


def _of_name(name: bytes) -> dict[str, float]:
    kinds = {f"name-{kind}": float(bool(pattern.search(name))) for kind, pattern in _NAMES.items()}
    return {**kinds, "name-ends": float(bool(_ENDS.search(name))), "name-plural": float(bool(_PLURAL.search(name)))}


def _of_characters(value: bytes) -> dict[str, float]:
    lower = value.lower()
    return {
        "bits": min(entropy(value) * len(value), 256) / 256,
        "short": float(len(value) < 8),
        "tiny": float(len(value) < 6),
        "classes": sum(1 for kind in _CLASSES if kind.search(value)) / 4,
        "mixed": float(bool(_MIXED.match(value))),
        "letters": float(value.isalpha()),
        "lower-case": float(value.isalpha() and value.islower()),
        "hex": float(bool(_HEX.fullmatch(value))),
        "uuid": float(bool(_UUID.fullmatch(value))),
        "spaces": float(b" " in value),
        "path": float(bool(_DOTTED.fullmatch(value))),
        "not-ascii": float(not value.isascii()),
        "sequence": min(1.0, 3 * sum(map(lower.count, _SEQUENCES)) / max(1, len(value))),
    }


def _of_words(value: bytes) -> dict[str, float]:
    return {
        "words": word_share(value),
        "strange": strangeness(value),
        "word-number": float(bool(_NUMBERED.fullmatch(value))),
        "pretended": float(bool(_PRETENDED.search(value))),
        "account": float(bool(_ACCOUNT.fullmatch(value))),
        "says": float(bool(_CREDENTIAL.search(value))),
    }


def _echo(name: bytes, value: bytes) -> float:
    """Return 1 when the value says what the name says, as in `password = "my_password"`."""
    squashed = re.sub(rb"[^a-z]", b"", value.lower())
    words = re.findall(rb"[a-z]{3,}", re.sub(rb"([a-z])([A-Z])", rb"\1_\2", name).lower())
    return float(bool(squashed) and any(word in squashed or squashed in word for word in words))
