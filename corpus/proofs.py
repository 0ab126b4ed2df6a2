"""What becomes of the rules' generated credentials in every host syntax, through the whole engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from random import Random

from render import corpus_syntaxes, render
from stanch.examples import near_misses
from stanch.lint.verdicts import Judge, Verdict
from stanch.model import Confidence
from stanch.rules import Rule, Ruleset

OWN = "own"
"""The fate of a credential that is found whole, by its own rule, surely enough."""


@dataclass(frozen=True)
class Case:
    """A rule's credential in a syntax, and what became of it."""

    rule: Rule
    path: str
    """The syntax, by the name of its file."""
    fate: str
    """OWN, or what is wrong."""


@cache
def cases(ruleset: Ruleset) -> tuple[Case, ...]:
    """Try every rule in every syntax; takes a millisecond or two for each.

    Generic rules are left out: they judge names, and that of a syntax may speak of another one of them.
    """
    judge = Judge(ruleset)
    rules = [rule for rule in ruleset.rules if rule.category != "generic"]
    return tuple(Case(rule, path, _fate(rule, path, ruleset, judge)) for rule in rules for path in corpus_syntaxes())


def least(rule: Rule) -> Confidence:
    """Return how sure a rule's finding must be: one that is public or ordinary may be low."""
    return Confidence.LOW if rule.public or rule.confidence is Confidence.LOW else Confidence.MEDIUM


def _fate(rule: Rule, path: str, ruleset: Ruleset, judge: Judge) -> str:
    data, [label] = render(corpus_syntaxes()[path], Random(f"{rule.id} {path}"), ruleset, rule)
    start, end = _position(data, label.start), _position(data, label.end - 1)
    verdicts = judge.verdicts(data, path)
    for verdict in verdicts:
        at = verdict.location
        span = (at.line, at.column), (at.end_line, at.end_column)
        if span[0] > start or span[1] < end:
            continue
        if verdict.dropped:
            return f"dropped as {verdict.rule}: {verdict.dropped}"
        if verdict.rule != rule.id:
            return f"found as {verdict.rule}"
        if span != (start, end):
            return "found with what stands around it"
        if verdict.confidence is None or verdict.confidence.rank < least(rule).rank:
            return f"scored {verdict.score:.2f}"
        return OWN
    return "cut short" if any(verdict.rule == rule.id for verdict in verdicts) else "not found"


def _position(data: bytes, at: int) -> tuple[int, int]:
    """Return the line and the column of a byte, as a location counts them."""
    return data.count(b"\n", 0, at) + 1, at - data.rfind(b"\n", 0, at)


def loud(ruleset: Ruleset) -> Iterator[tuple[Rule, str, Verdict]]:
    """Yield the near misses that are found by their own rule with medium confidence or above, as none should be.

    They stand in quotes in a program, and bare in a configuration, each with a name that fits.
    """
    judge = Judge(ruleset)
    for rule in ruleset.rules:
        for what, text in near_misses(rule, Random(rule.id)).items() if rule.category != "generic" else ():
            name = rule.context[0].encode() + b"_api_key" if rule.context else b"value"
            for path, template in (("client.py", b'%s = "%s"\n'), (".env", b"%s=%s\n")):
                for verdict in judge.verdicts(template % (name, text), path):
                    if verdict.rule == rule.id and verdict.confidence not in (None, Confidence.LOW):
                        yield rule, f"{what} in {path}", verdict
