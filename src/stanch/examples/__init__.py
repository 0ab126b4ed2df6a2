"""Examples: credentials generated from the rules' own expressions, and strings that nearly are credentials."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import TYPE_CHECKING

from stanch.examples.drawing import Cycle, Drawing, Pick, Uniform, head, parsed
from stanch.examples.seals import GENTLER_SEALS, SEALS
from stanch.regexes import compiled
from stanch.rules import Rule
from stanch.scoring.checksums import CHECKS, CONFIRMED
from stanch.scoring.measures import entropy

if TYPE_CHECKING:
    from re import Match

    import regex

ATTEMPTS = 200
"""How often an example is drawn before the rule is held to contradict itself."""


def seeded(seed: str) -> Random:
    """Return a generator that draws the same again for the same seed: what is drawn here protects nothing."""
    return Random(seed)  # noqa: S311


def example(rule: Rule, random: Random, stretch: float = 0.5) -> tuple[bytes, bytes]:
    """Return a text that `rule` matches, a whole value for a keyed rule, and the secret in it.

    The checksum is right and the entropy high enough. The higher `stretch`, 0 to 1, the longer are its repeats: at 0
    as short as that allows. Raises ValueError when none is found: the expression's parts contradict each other, or
    ask for what is not drawn here.
    """
    for attempt in range(ATTEMPTS):
        found = drawn(rule, Uniform(random), stretch + (1 - stretch) * attempt / ATTEMPTS)
        if found and entropy(found[1]) >= rule.min_entropy:
            return found
    raise ValueError(f"rule {rule.id!r}: no example in {ATTEMPTS} attempts from {expression(rule)}")


def drawn(rule: Rule, pick: Pick, stretch: float) -> tuple[bytes, bytes] | None:
    """Return a text that the rule's expression matches, with its checksum right, and the secret in it.

    None when what was drawn does not match. `stretch` is that of `example`.
    """
    text = Drawing(pick, stretch).text(parsed(expression(rule)))
    span = secret_span(rule, text)
    if span and rule.checksum:
        text, span = _sealed(rule.checksum, rule, text, span)
    return (text, text[slice(*span)]) if span else None


def _sealed(name: str, rule: Rule, text: bytes, span: tuple[int, int]) -> tuple[bytes, tuple[int, int] | None]:
    """Return `text` with the secret at `span` sealed, and where it stands then; None when `rule` refuses it."""
    for seal in (kind[name] for kind in (SEALS, GENTLER_SEALS) if name in kind):
        sealed = text[: span[0]] + seal(text[slice(*span)]) + text[span[1] :]
        found = secret_span(rule, sealed)
        if found and CHECKS[name](sealed[slice(*found)]) is not False:
            return sealed, found
    return text, None


def expression(rule: Rule) -> str:
    """Return the expression that the rule's credentials are drawn from: its pattern, or its value."""
    return rule.pattern or rule.value or ""


def secret_span(rule: Rule, text: bytes) -> tuple[int, int] | None:
    """Return where the secret stands in `text` by the rule's expression alone; None without a match."""
    found = match(rule, text)
    if not found:
        return None
    start, end = found.span("secret" if "secret" in found.re.groupindex else 0)
    return (start, end) if 0 <= start < end else None


def match(rule: Rule, text: bytes) -> Match[bytes] | regex.Match[bytes] | None:
    """Return the first match of a token rule in `text`; for a keyed rule, the match of all of it."""
    pattern = compiled(expression(rule))
    return pattern.search(text) if rule.is_token else pattern.fullmatch(text)


def near_misses(rule: Rule, random: Random) -> dict[str, bytes]:
    """Return texts that look like the rule's credentials but are none, by what is wrong.

    `short`: a character less than the least length. `prefix`: another prefix. `checksum`: it fails, and that is
    proof. `placeholder`: the prefix, then one letter over and over. `repeated`, `cycle`: of the right form, but
    one character, or four in turn, wherever there is a choice. The expression may match the last three. What a
    rule cannot have wrong, since its length or prefix is free, is left out. Raises ValueError as `example` does.
    """
    text, secret = example(rule, random, stretch=0)
    first, last = secret_span(rule, text) or (0, len(text))
    start, end = text[:first], text[last:]
    kept = len(_prefix(rule, secret))
    wrong = {"short": secret[:-1]}
    if kept > 2:
        wrong["prefix"] = b"zq" + secret[2:]
    misses = {what: start + bad + end for what, bad in wrong.items() if secret_span(rule, start + bad + end) is None}
    for broken in _broken(rule, secret):
        if secret_span(rule, start + broken + end) is not None:
            misses["checksum"] = start + broken + end
            break
    if 0 < kept < len(secret) - 6:
        misses["placeholder"] = start + secret[:kept] + b"x" * (len(secret) - kept) + end
    for what, size in (("repeated", 1), ("cycle", 4)):
        if dull := _dull(rule, secret, kept, size):
            misses[what] = dull
    return misses


def _dull(rule: Rule, secret: bytes, kept: int, size: int) -> bytes | None:
    """Return a text that the rule's expression matches, of `size` characters of `secret` in turn."""
    characters = bytes(dict.fromkeys(byte for byte in secret[kept:] if chr(byte).isalnum()))[:size]
    found = drawn(rule, Cycle(characters), 0.0) if len(characters) == size else None
    return found[0] if found and len(set(found[1][kept:])) <= size + 2 and len(found[1]) >= kept + 12 else None


def _prefix(rule: Rule, secret: bytes) -> bytes:
    """Return what all of the rule's credentials begin with, or one of its keywords that `secret` does."""
    if not rule.is_token:
        fixed = head(expression(rule))
        return fixed if secret.startswith(fixed) else b""
    sizes = (len(word) for word in rule.keywords if secret.lower().startswith(word.lower().encode()))
    return secret[: max(sizes, default=0)]


def _broken(rule: Rule, secret: bytes) -> Iterator[bytes]:
    """Yield `secret` with one character changed so that its check fails; nothing when no failure is proof."""
    check = CHECKS[rule.checksum] if rule.checksum in CONFIRMED else None
    for at in range(len(secret) - 1, -1, -1) if check else ():
        swap = b"7" if secret[at : at + 1] != b"7" else b"4"
        broken = secret[:at] + swap + secret[at + 1 :]
        if (chr(secret[at]).isalnum() or secret[at] == ord("_")) and check and check(broken) is False:
            yield broken


def name_words(rule: Rule | None, random: Random) -> list[str]:
    """Return the words of a name for a credential of `rule`: one of its context words, where it has any."""
    subject = random.choice(rule.context) if rule and rule.context else "service"
    if any(word in subject for word in _CREDENTIAL) or (rule and rule.context and rule.category == "generic"):
        return [subject]
    return [subject, *random.choice((("token",), ("secret",), ("api", "key")))]


_CREDENTIAL = ("pass", "pwd", "secret", "token", "key", "cred", "auth")

__all__ = [
    "ATTEMPTS", "drawn", "example", "expression", "match", "name_words", "near_misses", "secret_span",
    "seeded",
]  # fmt: skip
