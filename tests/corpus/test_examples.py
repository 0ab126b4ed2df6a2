"""Generated credentials are ones, and near misses are not."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stanch.examples import example, near_misses, secret_span
from stanch.examples.seals import SEALS
from stanch.rules import Rule, parse
from stanch.scoring.checksums import CHECKS, CONFIRMED
from stanch.scoring.measures import entropy
from strategies import rules, ruleset, tokens


def made_up(expression: str, keyword: str = "mdup_", **more: str) -> Rule:
    """Return a token rule with this pattern."""
    extra = "\n".join(f"{key} = {value!r}" for key, value in more.items())
    pack = f"""
[[rules]]
id = "made-up"
name = "Made-up"
provider = "Nobody"
category = "saas"
keywords = ["{keyword}"]
pattern = '''{expression}'''
{extra}
"""
    return parse(pack, "made-up.toml")[0]


@pytest.mark.parametrize(
    "expression",
    [
        r"\b(?P<secret>mdup_[A-Za-z0-9]{20})\b",
        r"(?i)(?P<secret>mdup_(?:live|test)_[^\s\"']{16,64})(?![\w-])",
        r"(?<![a-z])mdup_(?P<secret>(?:[0-9a-f]{4}-){3}[0-9a-f]{4})(?=[\s\"']|$)",
        r"(?P<q>[\"'])mdup_(?P<secret>\w{16,}?)(?P=q)",
        r"mdup_(?P<secret>(?=[a-z]*\d)[a-z0-9]{12})",
        r"(?<=key=)(?P<secret>mdup_\d{12,})",
        r"mdup_(?P<secret>(?>[a-f]{8})x++[^a-z]{4}.{3})",
    ],
)
@given(seed=st.integers(0, 2**32))
def test_every_construct_is_drawn(expression: str, seed: int) -> None:
    """What rules are written with can be drawn from."""
    text, secret = example(made_up(expression), Random(seed))
    assert secret in text


def test_contradiction_raises() -> None:
    """An expression that nothing matches is an error, not an endless loop."""
    with pytest.raises(ValueError, match="no example"):
        example(made_up(r"(?P<secret>mdup_[a-z]{4}(?<!\w))"), Random(1))


@settings(deadline=None)  # the first example reads the rules and compiles
@given(st.data())
def test_examples_of_rules(data: st.DataObject) -> None:
    """An example matches, holds a keyword, is random enough, and passes its check."""
    rule = data.draw(rules())
    text, secret = data.draw(tokens(rule))
    span = secret_span(rule, text)
    assert span
    assert text[slice(*span)] == secret
    assert entropy(secret) >= rule.min_entropy
    if rule.is_token:
        assert any(word.lower().encode() in text.lower() for word in rule.keywords)
    if rule.checksum:
        assert CHECKS[rule.checksum](secret) is not False


@pytest.mark.slow
def test_every_rule_has_an_example() -> None:
    """No rule's expression contradicts itself, its entropy or its checksum."""
    for rule in ruleset().rules:
        assert example(rule, Random(rule.id))


def test_every_checksum_is_known() -> None:
    """A rule names a check that exists and that examples can be sealed for."""
    named = {rule.checksum for rule in ruleset().rules if rule.checksum}
    assert named <= CHECKS.keys() & SEALS.keys()


@settings(deadline=None)  # the first example reads the rules and compiles
@given(st.data())
def test_near_misses(data: st.DataObject) -> None:
    """Short ones and other prefixes do not match; what matches fails a check, or is one letter."""
    rule = data.draw(rules())
    for what, text in near_misses(rule, Random(data.draw(st.integers(0, 2**32)))).items():
        span = secret_span(rule, text)
        if what in ("short", "prefix"):
            assert span is None
        elif what == "checksum":
            assert span
            assert rule.checksum in CONFIRMED
            assert CHECKS[rule.checksum](text[slice(*span)]) is False
        elif what == "placeholder":
            assert b"xxxxxx" in text
        else:
            assert span
            assert what in ("repeated", "cycle")
            assert len(text) - len(set(text)) >= 8


def test_near_misses_of_a_checked_token() -> None:
    """A token of fixed length with a confirmed checksum can be wrong in four ways; a seal would mend repeats."""
    rule = made_up(r"\b(?P<secret>ghp_[0-9A-Za-z]{36})\b", keyword="ghp_", checksum="github-crc32")
    misses = near_misses(rule, Random(1))
    assert misses.keys() == {"short", "prefix", "checksum", "placeholder"}
    assert misses["placeholder"] == b"ghp_" + b"x" * 36
