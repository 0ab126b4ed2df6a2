"""Negative controls: credentials of the same shape that nobody has issued."""

from __future__ import annotations

import string
from collections.abc import Iterable
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

    What the rule's groups in `kept` match stays as it is: it says where to ask. One drawn from the rule's expression
    is taken where there is none, else characters of the secret are replaced by others of their kind.
    """
    spans = _spans(rule, secret, kept)
    if not spans:
        drawn = _drawn(rule, secret, random)
        if drawn is not None:
            return drawn
    return _flipped(rule, secret, spans, random)


def groups(rule: Rule, secret: bytes) -> dict[str, bytes]:
    """Return what the named groups of a rule's expression match in a secret; nothing where it does not match alone."""
    found = match(rule, secret)
    return {name: text for name, text in found.groupdict().items() if text is not None} if found else {}


def _spans(rule: Rule, secret: bytes, kept: Iterable[str]) -> list[tuple[int, int]]:
    found = match(rule, secret)
    known = found.groupdict() if found else {}
    return [found.span(name) for name in kept if found and known.get(name) is not None]


def _drawn(rule: Rule, secret: bytes, random: Random) -> bytes | None:
    """Return one drawn from the rule's expression, of the same length where it can be."""
    best = None
    for _ in range(ATTEMPTS):
        try:
            text = example(rule, random)[1]
        except ValueError:
            return None
        if text != secret:
            best = best if best and len(best) == len(secret) else text
        if best and len(best) == len(secret):
            break
    return best


def _flipped(rule: Rule, secret: bytes, spans: Iterable[tuple[int, int]], random: Random) -> bytes:
    """Return the secret with other letters and digits behind its head; as the rule's expression wants it, if it can."""
    still = {at for first, last in spans for at in range(first, last)}
    head = min(_HEAD, len(secret) // 3)
    made = secret
    for _ in range(ATTEMPTS):
        changed = bytes(
            byte if at in still or at < head else _other(byte, secret, random) for at, byte in enumerate(secret)
        )
        sealed = SEALS[rule.checksum](changed) if rule.checksum in SEALS else changed
        if sealed == secret:
            continue
        made = sealed
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
