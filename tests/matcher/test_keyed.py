"""Keyed rules: the most specific one that a name, its line and its value satisfy."""

from __future__ import annotations

from functools import cache

import pytest

from stanch.matcher.keyed import KeyedMatcher, squash
from stanch.rules import Rule, Ruleset

LETTERS, DIGITS = b"abcdefab", b"12345678"


def rule(id: str, *context: str, value: str = "[a-f]{8}", category: str = "saas", on_line: bool = False) -> Rule:
    """Return a keyed rule."""
    return Rule(id, id, "P", category, context=context, value=value, context_on_line=on_line)


RULES = [
    rule("generic", "token", category="generic", value=".{4,}"),
    rule("acme", "acme"),
    rule("acme-admin", "acmeadmin"),
    rule("here", "here", value="[a-f]{8}|[0-9]{8}"),
    rule("line", "elsewhere", on_line=True, value="[0-9]{8}"),
    rule("broad", "acme", value="[a-z]{8}"),
    rule("elsewhere-long", "acmeeverywhere", on_line=True),
    rule("part", "conn", value="user:(?P<secret>[a-f]{4})"),
]


@cache
def matcher() -> KeyedMatcher:
    """Return the matcher of these rules."""
    return KeyedMatcher(Ruleset(RULES, "a few keyed rules"))


CASES = [
    # name, value, line, rules
    (b"ACME_TOKEN", LETTERS, b"", ["acme", "broad", "generic"]),
    (b"acme-admin.token", LETTERS, b"", ["acme-admin", "acme", "broad", "generic"]),
    (b"acme_token", LETTERS + b"c", b"", ["generic"]),
    (b"my_ACME-Admin_token", LETTERS, b"", ["acme-admin", "acme", "broad", "generic"]),
    (b"lacmeadmin_token", LETTERS, b"", ["generic"]),
    (b"acme_token", b"zyxwvuts", b"", ["broad", "generic"]),
    (b"acme_token", LETTERS, b"see acme-everywhere", ["acme", "broad", "elsewhere-long", "generic"]),
    (b"acme", DIGITS, b"", []),
    (b"token", DIGITS, b"see elsewhere", ["line", "generic"]),
    (b"HERE_TOKEN", LETTERS, b"", ["here", "generic"]),
    (b"theHereToken", LETTERS, b"", ["here", "generic"]),
    (b"heretoken", LETTERS, b"", ["here", "generic"]),
    (b"HERETIC_TOKEN", LETTERS, b"", ["generic"]),
    (b"therebyToken", LETTERS, b"", ["generic"]),
    (b"token", LETTERS, b"acme", ["generic"]),
    (b"other", LETTERS, b"", []),
    (b"", b"", b"", []),
]


@pytest.mark.parametrize(("name", "value", "line", "wanted"), CASES)
def test_match(name: bytes, value: bytes, line: bytes, wanted: list[str]) -> None:
    """Rules of a provider come first, those that the name tells before the line's, then the longest word, then the
    narrowest value; a short word stands by itself; the whole value matches."""
    assert [found.rule.id for found in matcher().match(name, value, line)] == wanted


def test_part_of_a_value() -> None:
    """A group `secret` names the part that is one."""
    assert [(found.start, found.end) for found in matcher().match(b"conn", b"user:abcd", b"")] == [(5, 9)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (b"AWS_Secret-Key.2", "awssecretkey2"),
        ("Größe".encode(), "gre"),
        (b"", ""),
        ("db_пароль".encode(), "dbpassword"),
        ("密钥".encode(), "secretkey"),
    ],
)
def test_squash(text: bytes, wanted: str) -> None:
    """Names are compared by their ASCII letters and digits; words for a credential become the English one."""
    assert squash(text) == wanted


def test_no_rules() -> None:
    """Without keyed rules nothing matches."""
    assert KeyedMatcher(Ruleset((), "no rules")).match(b"token", LETTERS, b"") == []


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        (b"db_pass", True), (b"userPass", True), (b"passKey", True), (b"PASS", True), (b"pass1", True),
        (b"passenger", False), (b"passive_interface", False), (b"PASSENGER", False), (b"Passive", False),
    ],
)  # fmt: skip
def test_part_of_another_word(name: bytes, meant: bool) -> None:
    """A short word that goes on is another one: readers of formats tell every name, `passenger` too."""
    ruleset = Ruleset([rule("password", "pass", category="generic", value="[a-f]{8}")], "one rule")
    assert bool(KeyedMatcher(ruleset).match(name, LETTERS, b"")) == meant
