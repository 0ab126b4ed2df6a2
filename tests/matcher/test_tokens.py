"""Token rules: matched where their anchor stands, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.matcher import tokens as module
from stanch.matcher.tokens import TokenMatcher
from stanch.rules import Rule
from strategies import rules, tokens


def rule(pattern: str, *keywords: str) -> Rule:
    """Return a token rule."""
    return Rule("r", "R", "P", "saas", keywords or ("mdup_",), pattern)


CASES = [
    # pattern, text, the secret found at its anchor
    (r"(?P<secret>mdup_[a-f]{8})", b"x mdup_abcdefab y", b"mdup_abcdefab"),
    (r"\b(?P<secret>mdup_[a-f]{8})\b", b"xmdup_abcdefab y", None),
    (r"\b(?P<secret>mdup_[a-f]{8})\b", b"mdup_abcdefabc", None),
    (r"(?P<secret>[0-9]{3}mdup_[a-f]{8})", b"1234mdup_abcdefab", b"234mdup_abcdefab"),
    (r"(?P<secret>[0-9]+mdup_[a-f]{8})", b"1234mdup_abcdefab", b"1234mdup_abcdefab"),
    (r"mdup_x=(?P<secret>[a-f]{8})", b"mdup_x=abcdefab", b"abcdefab"),
    (r"(?P<secret>mdup_[a-f]{4})@", b"mdup_abcd@", b"mdup_abcd"),
    (r"(?P<secret>mdup_[a-f]{4})@", b"mdup_abcd", None),
    (r"mdup_(?P<secret>[a-f]{8})?", b"mdup_ghi", None),
    (r"[0-9]*mdup_(?P<secret>[a-f]*)", b"12mdup_ghi", None),
]


@pytest.mark.parametrize(("pattern", "text", "secret"), CASES)
def test_at(pattern: str, text: bytes, secret: bytes | None) -> None:
    """The match that holds the anchor gives its group `secret`, with what stands around it seen."""
    found = [item.secret for item in TokenMatcher(rule(pattern)).at(text, text.index(b"mdup_"))]
    assert found == ([secret] if secret else [])


@given(st.data(), st.binary(max_size=40))
def test_examples(data: st.DataObject, before: bytes) -> None:
    """A rule's example is matched at one of its anchors, at its place in the text."""
    one = data.draw(rules(token=True))
    example, secret = data.draw(tokens(one))
    text = before + b" " + example + b" "
    anchors = {
        position
        for word in one.keywords
        for position in range(len(text))
        if text[position : position + len(word)].lower() == word.lower().encode()
    }
    matches = [item for anchor in sorted(anchors) for item in TokenMatcher(one).at(text, anchor)]
    assert secret in {item.secret for item in matches}
    assert all(text[item.start : item.end] == item.secret for item in matches)


def test_a_hostile_expression(monkeypatch: pytest.MonkeyPatch) -> None:
    """An expression that backtracks without end is given up."""
    monkeypatch.setattr(module, "TIMEOUT", 0.05)
    matcher = TokenMatcher(rule(r"(?P<secret>mdup_(?:a|aa|a+)+!)"))
    with pytest.raises(TimeoutError):
        list(matcher.at(b"mdup_" + b"a" * 5_000, 0))
