"""Shapes: what is looked for is derived from the pattern, and never asks for more than the pattern does."""

from __future__ import annotations

import re

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from stanch.errors import RuleError
from stanch.prefilter.shapes import TAIL, expression, shapes
from strategies import rules, tokens

DERIVED = [
    # pattern, keywords, expression, offset
    (r"(?P<secret>mdup_[a-f0-9]{20})", ("mdup_",), r"mdup_[0-9a-f]{8}", 0),
    (r"\b(?P<secret>mdup_[a-f0-9]{3})\b", ("mdup_",), r"mdup_[0-9a-f]{3}", 0),
    (r"(?P<secret>[0-9]{4}\.mdup\.[a-z]{9})", (".mdup.",), r"\x2emdup\x2e[a-z]{8}", 4),
    (r"(?P<secret>[0-9]{4,}\.mdup)", (".mdup",), r"\x2emdup", None),
    (r"(?i)(?P<secret>mdup_[a-f]{8})", ("mdup_",), r"mdup_[A-Fa-f]{8}", 0),
    (r"(?P<secret>[Mm]dUp_[a-f]{8})", ("mdup_",), r"mdup_[a-f]{8}", 0),
    (r"(?P<secret>mdup_x?[a-f]{8})", ("mdup_",), None, 0),
    (r"(?P<secret>[am]dup_[a-f]{8})", ("mdup_", "adup_"), None, 0),
]


@pytest.mark.parametrize(("pattern", "keywords", "wanted", "offset"), DERIVED)
def test_derived(pattern: str, keywords: tuple[str, ...], wanted: str | None, offset: int | None) -> None:
    """A shape is the anchor and what must follow it, at its place in the match."""
    derived = shapes(pattern, keywords)
    assert {shape.offset for shape in derived} == {offset}
    if wanted:
        assert [expression(shape) for shape in derived] == [wanted]
    else:
        assert len(derived) == 2


@pytest.mark.parametrize(
    ("pattern", "keyword"),
    [
        (r"(?P<secret>[a-z]{20})", "mdup_"),
        (r"(?P<secret>(?:mdup_)?[a-z]{20})", "mdup_"),
        (r"(?P<secret>(?:mdup_|other_)[a-z]{20})", "mdup_"),
        (r"(?P<secret>mdu[opq]_[a-z]{20})", "mdup_"),
    ],
)
def test_keyword_that_need_not_stand_there(pattern: str, keyword: str) -> None:
    """A pattern that matches without its keyword would be missed, so it is an error."""
    with pytest.raises(RuleError, match="without any of its keywords"):
        shapes(pattern, (keyword,))


@given(st.data())
def test_every_match_holds_a_shape(data: st.DataObject) -> None:
    """What a rule's pattern matches holds one of its keywords and one of its shapes, at the shape's offset."""
    rule = data.draw(rules(token=True))
    text, _ = data.draw(tokens(rule))
    assert rule.pattern
    match = regex.search(rule.pattern.encode(), text)
    assert match
    assert any(word.lower().encode() in match[0].lower() for word in rule.keywords)
    assert any(
        shape.offset is None or hit.start() == match.start() + shape.offset
        for shape in shapes(rule.pattern, rule.keywords)
        for hit in re.compile(
            b"(?=%s)" % expression(shape).encode(), re.DOTALL | (re.IGNORECASE if shape.caseless else 0)
        ).finditer(text, match.start())
    )


@given(st.data())
def test_the_mark_stands_beyond_the_anchor(data: st.DataObject) -> None:
    """The mark that is looked for before a pattern is tried stands in every match, after its anchor.

    It once was looked for after anchors that it stands before: `://user:word@host.example.com`.
    """
    rule = data.draw(rules(token=True))
    text = data.draw(tokens(rule))[0]
    for shape in shapes(rule.pattern or "", rule.keywords):
        if shape.offset is not None and re.match(expression(shape).encode(), text[shape.offset :]):
            assert shape.mark in text[shape.offset + len(shape.literal) :]


def test_shapes_are_short() -> None:
    """A shape asks for no more than it needs: the engine's cost does not grow with a pattern's length."""
    [shape] = shapes(r"(?P<secret>mdup_[a-f0-9]{900})", ("mdup_",))
    assert shape.width == len("mdup_") + TAIL
