"""Collisions: one detection for a span, by the most specific rule, which names what else it could be."""

from __future__ import annotations

from random import Random

import pytest

from scans import BOTH, chunk
from stanch.engine import Engine
from stanch.findings import collect
from stanch.model import Confidence, Detection, Location, Rival
from stanch.rules import Rule, Ruleset

LETTERS = bytes(Random(1).choices(b"abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=24))
HEX = Random(2).randbytes(16).hex().encode()


def keyed(id: str, *context: str, value: str, **more: object) -> Rule:
    """Return a keyed rule."""
    return Rule(id, id, "P", "saas", context=context, value=value, **more)  # type: ignore[arg-type]


def anchored(id: str, keyword: str, pattern: str, **more: object) -> Rule:
    """Return a token rule."""
    return Rule(id, id, "P", "saas", (keyword,), rf"\b(?P<secret>{pattern})\b", **more)  # type: ignore[arg-type]


MEDIUM, LOW = Confidence.MEDIUM, Confidence.LOW
RULES = Ruleset(
    (
        anchored("stripes", "zk_live_", "zk_live_[A-Za-z0-9]{24,99}"),
        keyed("wave", "flutter", value="zk_live_[A-Za-z0-9]{24}", confidence=LOW, context_on_line=True),
        keyed("zebra", "zebra", value="[A-Za-z0-9_]{32}", confidence=MEDIUM),
        anchored("wide", "zk-", "zk-[A-Za-z0-9]{32}", confidence=MEDIUM),
        anchored("narrow", "zk-", "zk-[0-9a-f]{32}", confidence=MEDIUM),
        anchored("doubtful", "zk-", "zk-[0-9a-f]{24,40}", confidence=LOW),
        keyed("hexes", "acme", value="[0-9a-f]{32}", confidence=MEDIUM),
        keyed("letters", "acme", value="[A-Za-z0-9]{32}", confidence=MEDIUM),
        keyed("admin", "acmeadmin", value="[A-Za-z0-9]{32}", confidence=MEDIUM),
        keyed("line", "acmecorporation", value="[A-Za-z0-9]{32}", confidence=MEDIUM, context_on_line=True),
        keyed("weak", "closing", value="[0-9a-f]{32}", confidence=LOW),
        anchored("shown", "zp_", "zp_[A-Za-z0-9]{24}", public=True),
        Rule("any", "any", "generic", "generic", context=("token", "password"), value=".{8,}"),
    ),
    "collisions",
)


CASES = [
    # text, the rule that is found, the ids that are named besides, at any confidence
    (b'key = "zk_live_%s"' % LETTERS, "stripes", []),
    (b'flutter_key = "zk_live_%s"' % LETTERS, "wave", ["stripes"]),
    (b'key = "zk_live_%s" # flutter' % LETTERS, "stripes", ["wave"]),
    (b'zebra_token = "zk_live_%s"' % LETTERS, "stripes", []),
    (b'x = "zk-%s"' % HEX, "narrow", ["wide", "doubtful"]),
    (b'token = "zk-%s"' % HEX, "narrow", ["wide", "doubtful"]),
    (b'acme_token = "%s"' % HEX, "hexes", ["letters"]),
    (b'acme_admin_token = "%s"' % HEX, "admin", ["hexes", "letters"]),
    (b'acme_token = "%s" # acme corporation' % HEX, "hexes", ["letters"]),
    (b'token = "%s" # acme corporation' % HEX, "line", []),
    (b'closing_password = "%s"' % HEX, "weak", []),
    (b'closing_key = "%s"' % HEX, "weak", []),
    (b'password = "zp_%s"' % LETTERS, "shown", []),
]


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize(("text", "rule", "others"), CASES)
def test_one_for_a_span(text: bytes, rule: str, others: list[str], name: str) -> None:
    """The most specific rule is found, and true rivals are named, no generic one among them."""
    [found] = Engine(RULES, name).scan(chunk(text))
    assert isinstance(found, Detection)
    assert (found.rule, [rival.rule for rival in found.rivals]) == (rule, others)


@pytest.mark.parametrize(("text", "rule", "others"), CASES)
@pytest.mark.parametrize("least", list(Confidence))
def test_the_same_at_any_confidence(text: bytes, rule: str, others: list[str], least: Confidence) -> None:
    """What is asked for decides whether a secret is told, not as what; nor does it matter that reasons are given."""
    told = [
        item for item in Engine(RULES, "aho-corasick", least=least).scan(chunk(text)) if isinstance(item, Detection)
    ]
    assert {item.rule for item in told} <= {rule}
    explained = Engine(RULES, "aho-corasick", least=least, explain=True).scan(chunk(text))
    assert [item.rule for item in explained if isinstance(item, Detection) and not item.dropped] == [rule]
    sure = [item for item in explained if item in told]
    assert sure == told


@pytest.mark.parametrize(
    ("text", "rule"),
    [(b'flutter_key = "zk_live_%s"' % LETTERS, "wave"), (b'closing_password = "%s"' % HEX, "weak")],
)
def test_a_credential_whoever_s(text: bytes, rule: str) -> None:
    """A rule that is unsure gets the score of another one, or of its name, that is sure."""
    [found] = Engine(RULES, "aho-corasick", least=Confidence.HIGH).scan(chunk(text))
    assert isinstance(found, Detection)
    assert found.rule == rule
    assert found.score > 0.85


def test_what_is_public_stays_public() -> None:
    """A generic name makes no secret of what is public by design."""
    assert Engine(RULES, "aho-corasick", least=Confidence.MEDIUM).scan(chunk(b'password = "zp_%s"' % LETTERS)) == []


@pytest.mark.parametrize(
    ("least", "path", "wanted"),
    [
        (Confidence.LOW, "a.py", ("narrow", "doubtful")),
        (Confidence.MEDIUM, "a.py", ("narrow",)),
        (Confidence.MEDIUM, "vendor/a.py", ()),
    ],
)
def test_candidates_of_a_finding(least: Confidence, path: str, wanted: tuple[str, ...]) -> None:
    """A finding names the rules that would have been reported in its place."""
    rivals = (Rival("narrow", 0.55), Rival("doubtful", 0.3))
    detection = Detection("wide", b"x" * 16, 0.99, Location("t", path, 1, 1, 1, 16), rivals=rivals)
    [finding] = collect([detection], RULES.by_id, {}, least)
    assert finding.candidates == wanted


@pytest.mark.parametrize(
    ("text", "rule", "secret"),
    [
        (b'password = "zw_%s:%s"' % (HEX, LETTERS), "inner", b"zw_" + HEX),
        (b'password = "zp_%s:%s"' % (LETTERS, HEX), "any", b"zp_" + LETTERS + b":" + HEX),
    ],
)
def test_in_a_longer_value(text: bytes, rule: str, secret: bytes) -> None:
    """A doubtful token in a value that its name calls secret is as sure as the whole; a public one hides nothing."""
    doubtful = anchored("inner", "zw_", "zw_[0-9a-f]{32}", confidence=LOW)
    rules = Ruleset((*RULES.rules, doubtful), "collisions and one in another")
    [found] = Engine(rules, "aho-corasick", least=Confidence.MEDIUM).scan(chunk(text))
    assert isinstance(found, Detection)
    assert (found.rule, found.secret) == (rule, secret)
