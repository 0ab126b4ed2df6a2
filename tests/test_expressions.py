"""Regular expressions of somebody else: what is refused, before it costs memory or time."""

from __future__ import annotations

import pytest

from stanch.expressions import Expressions, check

REFUSED = [
    ("[a", "not a regular expression"),
    ("(", "not a regular expression"),
    ("a{5000000000}", "not a regular expression"),
    ("ä", "only ASCII"),
    ("a{30000}", "more than 20,000 items"),
    ("(?:(?:a{100}){100}){100}", "more than 20,000 items"),
    ("(?:(?:ab|c{100}){100}){100,}", "more than 20,000 items"),
    ("(?=(?:a{200}){200})", "more than 20,000 items"),
    ("(" * 3_000 + ")" * 3_000, "not a regular expression"),
]


@pytest.mark.parametrize(("text", "why"), REFUSED, ids=[text[:30] for text, _ in REFUSED])
def test_refused(text: str, why: str) -> None:
    """What is no expression, or a huge one, is refused with a reason that does not quote it."""
    with pytest.raises(ValueError, match=why):
        check(text)
    with pytest.raises(ValueError, match="number 2"):
        Expressions(["fine", text])


def test_accepted() -> None:
    """A repetition that need not happen costs nothing."""
    assert check("a{0,30000}(?:b|c)*").fullmatch(b"aabc")
    assert Expressions(["a", "b+"]).search(b"xbbx")
    assert not Expressions(["a", "b+"]).fullmatch(b"xbbx")
    assert not Expressions([]).search(b"x")
