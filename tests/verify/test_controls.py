"""Negative controls: of the same shape, and nobody's."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from stanch.examples import example, secret_span
from stanch.scoring.checksums import CHECKS, CONFIRMED
from stanch.verify.controls import groups, wrong
from strategies import ruleset
from verify.runs import RULE

CHECKED = [rule for rule in ruleset().rules if rule.verify is not None]
PARTED = replace(RULE, pattern=r"\b(?P<secret>acm_(?P<region>[a-z]{2}\d)_[a-z0-9]{24})\b")


@pytest.mark.parametrize("id", [rule.id for rule in CHECKED])
def test_every_rule_has_one(id: str) -> None:
    """A control differs, is what the rule's expression wants, and passes its checksum."""
    rule = ruleset().by_id[id]
    secret = example(rule, Random(1))[1]
    made = wrong(rule, secret, (), Random(2))
    assert made != secret
    if secret_span(rule, secret):
        assert secret_span(rule, made)
    if rule.checksum in CONFIRMED:
        assert CHECKS[rule.checksum](made) is not False


def test_what_says_where_to_ask_stays() -> None:
    """A group that is kept is the same in the control, all else is not."""
    secret = example(PARTED, Random(1))[1]
    for seed in range(20):
        made = wrong(PARTED, secret, ("region",), Random(seed))
        assert groups(PARTED, made)["region"] == groups(PARTED, secret)["region"]
        assert made[8:] != secret[8:]
        assert len(made) == len(secret)


ODD = [b"no match at all 1234", b"0123456789abcdef", b"ABC-def-123", b"\xff\xfe12345678", b"x1"]


@pytest.mark.parametrize("secret", ODD)
def test_where_nothing_can_be_drawn(secret: bytes) -> None:
    """Characters are replaced by others of their kind; length, punctuation and case stay."""
    impossible = replace(RULE, min_entropy=7.9)
    made = wrong(impossible, secret, (), Random(1))
    assert made != secret
    assert len(made) == len(secret)
    for before, after in zip(secret, made, strict=True):
        assert chr(before).isdigit() == chr(after).isdigit()
        assert chr(before).isupper() == chr(after).isupper()
    if secret == b"0123456789abcdef":
        assert set(made) <= set(b"0123456789abcdef")
