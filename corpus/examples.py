"""Generate credentials from the rules' own expressions, and strings that nearly are credentials."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from random import Random
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import regex

from seals import GENTLER_SEALS, SEALS
from stanch.rules import Rule
from stanch.scoring.checksums import CHECKS, CONFIRMED

ATTEMPTS = 200
PRINTABLE = frozenset(range(0x20, 0x7F))
PLAIN = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.!*+~")
"""What is drawn where an expression takes nearly anything: nothing that a host syntax gives a meaning to."""
_SPACE = frozenset(b" \t\n\r\f\v")
_DIGIT = frozenset(b"0123456789")
_WORD = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")
_EVERY = frozenset(range(256))
_CATEGORIES = {
    op.CATEGORY_SPACE: _SPACE,
    op.CATEGORY_NOT_SPACE: _EVERY - _SPACE,
    op.CATEGORY_DIGIT: _DIGIT,
    op.CATEGORY_NOT_DIGIT: _EVERY - _DIGIT,
    op.CATEGORY_WORD: _WORD,
    op.CATEGORY_NOT_WORD: _EVERY - _WORD,
}


def example(rule: Rule, random: Random) -> tuple[bytes, bytes]:
    """Return a text that `rule` matches, a whole value for a keyed rule, and the secret in it.

    The checksum is right and the entropy high enough. Raises ValueError when none is found: the expression's
    parts contradict each other, or ask for what is not drawn here.
    """
    tree = _parsed(_expression(rule))
    for attempt in range(ATTEMPTS):
        text = _Drawing(random, attempt / ATTEMPTS).text(tree)
        span = secret_span(rule, text)
        if span is None:
            continue
        if rule.checksum:
            text, span = _sealed(rule.checksum, rule, text, span)
            if span is None:
                continue
        secret = text[slice(*span)]
        if entropy(secret) >= rule.min_entropy:
            return text, secret
    raise ValueError(f"rule {rule.id!r}: no example in {ATTEMPTS} attempts from {_expression(rule)}")


def _sealed(name: str, rule: Rule, text: bytes, span: tuple[int, int]) -> tuple[bytes, tuple[int, int] | None]:
    """Return `text` with the secret at `span` sealed, and where it stands then; None when `rule` refuses it."""
    for seal in (kind[name] for kind in (SEALS, GENTLER_SEALS) if name in kind):
        sealed = text[: span[0]] + seal(text[slice(*span)]) + text[span[1] :]
        found = secret_span(rule, sealed)
        if found and CHECKS[name](sealed[slice(*found)]) is not False:
            return sealed, found
    return text, None


def secret_span(rule: Rule, text: bytes) -> tuple[int, int] | None:
    """Return where the secret stands in `text` by the rule's expression alone; None without a match."""
    compiled = _compiled(_expression(rule))
    found = compiled.search(text) if rule.is_token else compiled.fullmatch(text)
    if not found:
        return None
    start, end = found.span("secret" if "secret" in compiled.groupindex else 0)
    return (start, end) if 0 <= start < end else None


def entropy(data: bytes) -> float:
    """Return the Shannon entropy of `data` in bits a byte; 0 for nothing."""
    counts = Counter(data).values()
    return -sum(n / len(data) * math.log2(n / len(data)) for n in counts)


def near_misses(rule: Rule, random: Random) -> dict[str, bytes]:
    """Return texts that look like the rule's credentials but must not be found, by what is wrong.

    `short`: a character less than the fixed length. `prefix`: another prefix. `checksum`: it fails, and that
    is proof. `placeholder`: the prefix, then one letter over and over; the expression may match it. What a
    rule cannot have wrong, since its length or prefix is free, is left out.
    """
    text, secret = example(rule, random)
    start, _, end = text.partition(secret)
    wrong = {"short": secret[:-1], "prefix": _other_prefix(rule, secret)}
    misses = {
        what: start + bad + end
        for what, bad in wrong.items()
        if bad is not None and secret_span(rule, start + bad + end) is None
    }
    for broken in _broken(rule, secret):
        if secret_span(rule, start + broken + end) is not None:
            misses["checksum"] = start + broken + end
            break
    kept = len(_prefix(rule, secret))
    if 0 < kept < len(secret) - 6:
        misses["placeholder"] = start + secret[:kept] + b"x" * (len(secret) - kept) + end
    return misses


def _expression(rule: Rule) -> str:
    return rule.pattern or rule.value or ""


@lru_cache(None)
def _parsed(expression: str) -> Any:
    return parser.parse(expression.encode())


@lru_cache(None)
def _compiled(expression: str) -> regex.Pattern[bytes]:
    # The cache of `regex`, once full, throws patterns out at random; a strategy must not touch that generator.
    return regex.compile(expression.encode(), cache_pattern=False)


def _prefix(rule: Rule, secret: bytes) -> bytes:
    """Return the longest keyword that `secret` begins with; empty when there is none."""
    sizes = (len(word) for word in rule.keywords if secret.lower().startswith(word.lower().encode()))
    return secret[: max(sizes, default=0)]


def _other_prefix(rule: Rule, secret: bytes) -> bytes | None:
    prefix = _prefix(rule, secret)
    return b"zq" + prefix[2:] + secret[len(prefix) :] if len(prefix) > 2 else None


def _broken(rule: Rule, secret: bytes) -> Iterator[bytes]:
    """Yield `secret` with one character changed so that its check fails; nothing when no failure is proof."""
    check = CHECKS[rule.checksum] if rule.checksum in CONFIRMED else None
    for at in range(len(secret) - 1, -1, -1) if check else ():
        swap = b"7" if secret[at : at + 1] != b"7" else b"4"
        broken = secret[:at] + swap + secret[at + 1 :]
        if secret[at] in _WORD and check and check(broken) is False:
            yield broken


class _Drawing:
    """One text drawn from a parse tree; the higher `stretch`, 0 to 1, the longer its repeats."""

    def __init__(self, random: Random, stretch: float) -> None:
        self.random = random
        self.stretch = 0.5 + stretch / 2
        self.groups: dict[int, bytes] = {}

    def text(self, tree: Any) -> bytes:
        return b"".join(self._node(kind, argument) for kind, argument in tree)

    def _node(self, kind: Any, argument: Any) -> bytes:
        if kind is op.LITERAL:
            return bytes([argument])
        if kind in (op.IN, op.NOT_LITERAL, op.ANY):
            return bytes([self.random.choice(_members(kind, argument))])
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            low, high, body = argument
            return b"".join(self.text(body) for _ in range(self._length(low, high)))
        if kind is op.BRANCH:
            [chosen] = self.random.choices(argument[1], [_weight(branch) for branch in argument[1]])
            return self.text(chosen)
        if kind is op.SUBPATTERN:
            number, _, _, body = argument
            self.groups[number] = self.text(body)
            return self.groups[number]
        if kind is op.ATOMIC_GROUP:
            return self.text(argument)
        if kind is op.GROUPREF:
            return self.groups.get(argument, b"")
        if kind is op.ASSERT:
            direction, body = argument
            return self.text(body) if direction < 0 or self.random.random() < self.stretch - 0.5 else b""
        if kind in (op.AT, op.ASSERT_NOT):
            return b""
        raise ValueError(f"nothing is drawn for {kind} in a rule")

    def _length(self, low: int, high: int) -> int:
        if self.random.random() >= self.stretch:
            return low
        return self.random.randint(low, min(high, max(2 * low, low + 16)))


def _weight(branch: Any) -> float:
    """Return 1, and more for a branch that begins with a class: `[a-z]|%2F` is mostly letters."""
    kind, argument = branch[0] if len(branch) else (None, None)
    return 1 + math.log2(len(_members(kind, argument))) if kind is op.IN else 1


def _members(kind: Any, argument: Any) -> bytes:
    """Return the characters to draw from for a class."""
    return _drawn_from(kind, tuple(argument) if kind is op.IN else argument)


@lru_cache(None)
def _drawn_from(kind: Any, argument: Any) -> bytes:
    other = {argument} if kind is op.NOT_LITERAL else _SPACE
    members = _class(argument) if kind is op.IN else _EVERY - other
    printable = members & PRINTABLE
    if len(printable) > 70 and printable & PLAIN:
        printable &= PLAIN
    elif len(printable) > 32:
        printable -= {ord("=")}  # base64's padding, which stands at the end only
    if len(printable) > 8:
        printable -= _SPACE
    return bytes(sorted(printable or members))


def _class(items: Any) -> frozenset[int]:
    members: set[int] = set()
    negated = False
    for kind, argument in items:
        if kind is op.NEGATE:
            negated = True
        elif kind is op.LITERAL:
            members.add(argument)
        elif kind is op.RANGE:
            members.update(range(argument[0], argument[1] + 1))
        else:
            members |= _CATEGORIES[argument]
    return _EVERY - members if negated else frozenset(members)


__all__ = ["ATTEMPTS", "entropy", "example", "near_misses", "secret_span"]
