"""Expressions that are compiled late do what compiled ones do."""

from __future__ import annotations

import re

import pytest

from stanch.regexes import lazy

CALLS = [
    # method, arguments
    ("match", (b"AB1",)),
    ("fullmatch", (b"ab1x",)),
    ("search", (b"..ab1", 1, 5)),
    ("findall", (b"ab1 AB2",)),
    ("sub", (b"-", b"ab1 x")),
    ("split", (b"xab1y",)),
]


@pytest.mark.parametrize(("method", "arguments"), CALLS)
def test_same_answer(method: str, arguments: tuple[object, ...]) -> None:
    """Each method answers as that of a compiled expression, the first time and later."""
    late, compiled = lazy(rb"([a-b]+)\d", re.IGNORECASE), re.compile(rb"([a-b]+)\d", re.IGNORECASE)
    for _ in range(2):
        answers = [getattr(pattern, method)(*arguments) for pattern in (late, compiled)]
        assert str(answers[0]) == str(answers[1])


def test_not_compiled_before_it_is_used() -> None:
    """What is never used costs nothing, not even a mistake."""
    late = lazy("(")
    with pytest.raises(re.error):
        late.match("x")
