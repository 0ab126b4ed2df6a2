"""Negative controls: credentials of the same shape that nobody has issued."""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from random import Random

from stanch.examples import example, match, secret_span
from stanch.examples.seals import SEALS
from stanch.rules import Rule

ATTEMPTS = 20
_CLASSES = tuple(text.encode() for text in (string.digits, string.ascii_lowercase, string.ascii_uppercase))
_HEX = frozenset(b"0123456789abcdef"), frozenset(b"0123456789ABCDEF")
_HEAD = 8
"""Characters at the beginning that stay where nothing is drawn: they tell the kind, and the region or the version."""


def wrong(rule: Rule, secret: bytes, kept: Iterable[str], random: Random) -> bytes:
    """Return a credential that differs from `secret` and has its shape, with a right checksum.

    What the rule's groups in `kept` match stays as it is: it says where to ask. It is drawn from the rule's expression;
    where that cannot be, characters of the secret are replaced by others of their kind.
    """
    known = groups(rule, secret)
    held = {name: known[name] for name in kept if name in known}
    best = None
    for _ in range(ATTEMPTS):
        made = _drawn(rule, held, random)
        if made is not None and made != secret and (best is None or len(made) == len(secret)):
            best = made
        if best is not None and len(best) == len(secret):
            break
    return best or _flipped(rule, secret, held, random)


def groups(rule: Rule, secret: bytes) -> dict[str, bytes]:
    """Return what the named groups of a rule's expression match in a secret; nothing where it does not match alone."""
    found = match(rule, secret)
    return {name: text for name, text in found.groupdict().items() if text is not None} if found else {}


def _drawn(rule: Rule, held: Mapping[str, bytes], random: Random) -> bytes | None:
    """Return one drawn from the rule's expression, with what is held in it; None where that cannot be."""
    try:
        made = example(rule, random)[1]
    except ValueError:
        return None
    for name, value in held.items():
        found = match(rule, made)
        if not found or found.groupdict().get(name) is None:
            return None
        first, last = found.span(name)
        made = made[:first] + value + made[last:]
    made = SEALS[rule.checksum](made) if held and rule.checksum in SEALS else made
    return made if _holds(rule, made, held) else None


def _holds(rule: Rule, made: bytes, held: Mapping[str, bytes]) -> bool:
    known = groups(rule, made) if held else {}
    return all(known.get(name) == value for name, value in held.items())


def _flipped(rule: Rule, secret: bytes, held: Mapping[str, bytes], random: Random) -> bytes:
    """Return the secret with other letters and digits behind its head; as the rule's expression wants it, if it can."""
    head = min(_HEAD, len(secret) // 3)
    made = secret
    for _ in range(ATTEMPTS):
        changed = secret[:head] + bytes(_other(byte, secret, random) for byte in secret[head:])
        changed = SEALS[rule.checksum](changed) if rule.checksum in SEALS else changed
        if changed == secret or not _holds(rule, changed, held):
            continue
        made = changed
        if secret_span(rule, made) or not secret_span(rule, secret):
            break
    return made


def _other(byte: int, secret: bytes, random: Random) -> int:
    """Return another character of the same kind."""
    for members in _CLASSES:
        if byte in members:
            hexadecimal = next(
                (digits for digits in _HEX if byte in digits and digits.issuperset(_alnum(secret))), None
            )
            chosen = bytes(hexadecimal & frozenset(members)) if hexadecimal else members
            return random.choice(chosen)
    return byte


def _alnum(secret: bytes) -> bytes:
    return bytes(byte for byte in secret if chr(byte).isalnum() and byte < 0x80)
