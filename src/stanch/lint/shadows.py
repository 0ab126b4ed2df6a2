"""Whether a rule's credentials are found as its own, or another rule always takes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from stanch.examples import name_words, seeded
from stanch.lint.verdicts import NOTHING, Judge
from stanch.rules import Rule


def problems(rule: Rule, examples: Sequence[tuple[bytes, bytes]], judge: Judge) -> Iterator[str]:
    """Yield what becomes of a rule's examples, when none of them, bare or with a name, is found as its own."""
    fates: Counter[str] = Counter()
    for text in _placed(rule, examples):
        verdicts = judge.verdicts(text, "example.txt")
        if any(verdict.rule == rule.id and not verdict.dropped for verdict in verdicts):
            return
        found = next((verdict for verdict in verdicts if not verdict.dropped), None)
        fates[f"found as {found.rule}" if found else str(verdicts[0]) if verdicts else NOTHING] += 1
    told = sorted(fates, key=lambda fate: (fate == NOTHING, -fates[fate], fate))
    yield f"none of its examples is found as its own: {'; '.join(told[:3])}"


def _placed(rule: Rule, examples: Sequence[tuple[bytes, bytes]]) -> Iterator[bytes]:
    """Yield the examples, bare and beside names that fit the rule."""
    for number, (text, _) in enumerate(examples):
        if rule.is_token:
            yield text + b"\n"
        name = "_".join(name_words(rule, seeded(f"{rule.id} {number}"))).encode()
        yield name + b' = "' + text + b'"\n'
