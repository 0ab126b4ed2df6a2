"""Anchors: fixed text of an expression that names none, and keywords that are right or wrong."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.compat.anchors import anchors
from strategies import example, rules

FOUND = [
    # expression, keywords, anchors
    ("acme_[a-z]{5}", ["ACME_"], ("acme_",)),
    ("acme_[a-z]{5}", [], ("acme_",)),
    ("acme_[a-z]{5}", ["other"], ("acme_",)),
    ("acme_[a-z]{5}", ["ac"], ("acme_",)),
    ("(?i:acme_)[a-z]{5}", [], ("acme_",)),
    ("(?:foo|bar)[0-9]{3}", [], ("bar", "foo")),
    ("(?:foo|bar)[0-9]{3}", ["foo"], ("bar", "foo")),
    ("[0-9]{5}(?:foox|barx[0-9]+)", [], ("barx", "foox")),
    ("(?:abc[0-9]|[0-9]def)x", [], ("abc", "def")),
    ("sk_(?:live|test)_[a-z]{3}", [], ("sk_live_", "sk_test_")),
    ("x?abc", [], ("abc", "xabc")),
    ("(?:abc){2,}[0-9]", [], ("abc",)),
    ("(?:abc){2}[0-9]", [], ("abcabc",)),
    ("[0-9]{4,}-token-[a-z]{99}", [], ("-token-",)),
    (r"\b(?:AK|AS)IA[0-9A-Z]{16}", [], ("akia", "asia")),
    ("[a-f0-9]{32}", ["acme"], None),
    ("ab[0-9]+", [], None),
    ("(?:abc)?[0-9]+", [], None),
    ("(?:abc|[0-9])x", [], None),
    ("(?:abc)*", [], None),
]


@pytest.mark.parametrize(("pattern", "keywords", "wanted"), FOUND)
def test_anchors(pattern: str, keywords: list[str], wanted: tuple[str, ...] | None) -> None:
    """Keywords are taken where one stands in every match; otherwise text that does is derived, or there is none."""
    assert anchors(pattern, keywords) == wanted


@given(st.data())
def test_every_match_holds_one(data: st.DataObject) -> None:
    """Whatever a rule's expression makes holds one of the anchors that were derived from it alone."""
    rule = data.draw(rules(token=True))
    derived = anchors(rule.pattern or "", [])
    text = example(rule, Random(data.draw(st.integers(0, 99))))[0].lower()
    assert derived is None or any(word.encode() in text for word in derived)
