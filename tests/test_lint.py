"""Checks of a rule that its keys' types cannot make."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stanch.lint import problems
from stanch.rules import Rule

GOOD = Rule("mine", "Mine", "Me", "saas", ("mdup_",), "(?P<secret>mdup_[a-f]{8})", references=("https://example.test",))

BAD = [
    ({"keywords": ("md",), "pattern": "(?P<secret>mdup_[a-f]{8})"}, "keyword 'md' is shorter"),
    ({"pattern": "(?P<secret>[a-f]{8})"}, "can match without any of its keywords"),
    ({"pattern": "(mdup_[a-f]{8})"}, "no group"),
    ({"checksum": "no-such-check"}, "no checksum is called 'no-such-check'"),
    ({"references": ()}, "no references"),
    ({"pattern": None, "keywords": (), "value": "[a-f", "context": ("mine",)}, "not a regular expression"),
]


def test_nothing_wrong() -> None:
    """A good rule has no problem."""
    assert list(problems(GOOD)) == []


@pytest.mark.parametrize(("change", "says"), BAD)
def test_problem(change: dict[str, object], says: str) -> None:
    """A problem is one line that begins with the rule's id."""
    [problem] = problems(replace(GOOD, **change))
    assert problem.startswith("mine: ")
    assert says in problem
    assert "\n" not in problem
