"""How much an expression leaves open, and whether it has a format of its own."""

from __future__ import annotations

import math

import pytest

from stanch.matcher.breadth import around, bits, has_own_format
from strategies import ruleset

HEX, ALNUM = "[0-9a-f]{32}", "[A-Za-z0-9]{32}"


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("abc", 0.0),
        (HEX, 128.0),
        ("x_" + HEX, 128.0),
        ("(?:a|b|cd)", math.log2(3) + 1),  # more than there are: an alternative is taken to be as wide as the widest
        ("(?P<secret>[01]{8})(?![01])", 8.0),
        ("[01]{8,9}", 10.0),
        ("(?>[01]+)", 4_096 + math.log2(4_096)),
        (r"(?i:a)\bx", 0.0),
    ],
)
def test_bits(expression: str, wanted: float) -> None:
    """Each character counts by its alphabet, each repetition by its longest."""
    assert bits(expression) == pytest.approx(wanted, abs=1)


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [(HEX, ALNUM), ("x_" + HEX, HEX + "[0-9a-f]{2}"), (ALNUM, "[A-Za-z0-9]{20,40}"), (HEX, HEX + "|" + ALNUM)],
)
def test_narrower(narrow: str, wide: str) -> None:
    """A smaller alphabet, fixed characters, a fixed length and fewer alternatives are narrower."""
    assert bits(narrow) < bits(wide)


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("sk_live_[a-z]{4}", True),
        ("(?:live|test)_" + HEX, True),
        ("[a-z]{4}(?P<secret>8Q~[a-z]{4})", True),
        ("(?:abc)?" + HEX, False),
        ("(?:abc|[a-z]{3})" + HEX, False),
        ("AC" + HEX, False),
        ("a{3}b", True),
        ("[a-z]{3}", False),
    ],
)
def test_has_own_format(expression: str, wanted: bool) -> None:
    """Three fixed characters in a row, in every match, are a format."""
    assert has_own_format(expression) is wanted


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ("(?P<secret>" + HEX + ")", 0),
        ("(?P<secret>sk_live_" + HEX + ")", 0),
        ("key=(?P<secret>sk_live_" + HEX + ")", 4),
        ("(?:acme|emca)_[a-z]*(?P<secret>" + HEX + ")@example", 8),
        ("=(?P<secret>" + HEX + ")=", 0),
    ],
)
def test_around(pattern: str, wanted: int) -> None:
    """Characters of the secret do not count, nor do one or two beside it."""
    assert around(pattern) == wanted


def test_every_rule() -> None:
    """The expressions of all rules can be measured."""
    assert all(0 < bits(rule.pattern or rule.value or "") < 10**6 for rule in ruleset().rules)
