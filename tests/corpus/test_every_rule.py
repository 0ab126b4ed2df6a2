"""Every rule in every host syntax: its credential is found there, whole, by its own rule; its near misses are not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from random import Random

import pytest

from render import corpus_syntaxes, render
from scans import detect, place, span
from stanch import scoring
from stanch.model import Confidence, Detection
from stanch.rules import Rule
from strategies import near_misses, ruleset

KINDS = {
    "token": [rule for rule in ruleset().rules if rule.is_token and rule.category != "generic"],
    "keyed": [rule for rule in ruleset().rules if not rule.is_token and rule.category != "generic"],
}
"""Generic rules judge names; a syntax's name may speak of another one of them."""

COVERED = {
    "azure-openai-key-legacy": "azure-apim-subscription-key",
    "twilio-auth-token": "twilio-api-key-secret",
    "yandex-cloud-static-key": "aws-secret-access-key",
    "calendly-token": "jwt",
    "onepassword-connect-token": "jwt",
    "snowflake-pat": "jwt",
}
"""The rule that finds another one's credential where the format is the same and only the name tells them apart."""

LEAST = {"token": 0.99, "keyed": 0.97}
"""The share of pairs of a rule and a syntax that is found at least; what is missing is told when it falls below."""

UNREAD = {"block.yaml", "service.log"}
"""Syntaxes in which a value of no format of its own is not read yet: a block scalar's name stands on the line
before, and the value of a log line is followed by more words."""


@dataclass(frozen=True)
class Case:
    """A rule in a syntax, and what became of it."""

    rule: Rule
    path: str
    fate: str
    """`own`, or what is wrong."""


def level(detection: Detection, path: str) -> int:
    """Return the rank of the confidence that a detection gets in a file of that name; -1 when it is too low."""
    cut = scoring.confidence(scoring.placed(detection.score, path, quoted=detection.quoted))
    return cut.rank if cut else -1


@cache
def _fate(id: str, path: str) -> str:
    rule = ruleset().by_id[id]
    data, [label] = render(corpus_syntaxes()[path], Random(f"{rule.id} {path}"), ruleset(), rule)
    wanted = place(data, label.start, label.end)
    found = [item for item in detect(data, explain=True) if isinstance(item, Detection)]
    least = -1 if rule.public or rule.confidence is Confidence.LOW else Confidence.MEDIUM.rank
    covering = [item for item in found if span(item)[:2] <= wanted[:2] and span(item)[2:] >= wanted[2:]]
    for item in covering:
        if item.dropped:
            return f"dropped as {item.rule}: {item.dropped}"
        if item.rule not in (rule.id, COVERED.get(rule.id)):
            return f"found as {item.rule}"
        if item.rule == rule.id and span(item) != wanted:
            return f"found at {span(item)}, not {wanted}"
        if level(item, path) < least:
            return f"score {item.score:.2f}"
        return "own"
    return "cut short" if any(item.rule == rule.id for item in found) else "missed"


def fate(rule: Rule, path: str) -> str:
    """Return what becomes of a rule's example in a syntax."""
    return _fate(rule.id, path)


def cases(kind: str) -> Iterator[Case]:
    """Try every rule of a kind in every syntax."""
    for rule in KINDS[kind]:
        for path in corpus_syntaxes():
            if kind == "token" or path not in UNREAD:
                yield Case(rule, path, fate(rule, path))


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_found_in_every_syntax(kind: str) -> None:
    """A rule's credential is found with its exact span, surely enough, in next to every syntax."""
    tried = list(cases(kind))
    wrong = sorted(f"{case.rule.id}: {case.path}: {case.fate}" for case in tried if case.fate != "own")
    assert len(wrong) <= (1 - LEAST[kind]) * len(tried), "\n".join(wrong)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_rule_is_found_somewhere(kind: str) -> None:
    """No rule is beaten everywhere by another one or by a filter."""
    for rule in KINDS[kind]:
        assert any(fate(rule, path) == "own" for path in ("client.js", "config.yaml", "client.py", "config.json")), (
            rule.id
        )


@pytest.mark.slow
@pytest.mark.parametrize("path", ["client.py", ".env"])
def test_near_misses_are_silent(path: str) -> None:
    """What nearly is a rule's credential is not found as one, at medium or above."""
    quote = b'"' if path == "client.py" else b""
    loud = [
        f"{rule.id}: {what}"
        for rule in ruleset().tokens
        for what, text in near_misses(rule, Random(rule.id)).items()
        for item in detect(b"value = " + quote + text + quote + b"\n")
        if isinstance(item, Detection) and item.rule == rule.id and level(item, path) >= Confidence.MEDIUM.rank
    ]
    assert loud == []
