"""Allow tables: their globs, and how their keys hold together."""

from __future__ import annotations

import time

import pytest

from stanch.allow_tables import Allow, encoded, glob
from stanch.expressions import Expressions
from stanch.model import Confidence, Finding, Location, Remedy

GLOBS = [
    # glob, path, does it match
    ("a.py", "a.py", True),
    ("a.py", "src/deep/a.py", True),
    ("a.py", "a.pyc", False),
    ("a.py", "ba.py", False),
    ("A.py", "a.py", False),
    ("*.py", "src/a.py", True),
    ("src/*.py", "src/a.py", True),
    ("src/*.py", "src/deep/a.py", False),
    ("src/*.py", "other/src/a.py", False),
    ("/a.py", "a.py", True),
    ("/a.py", "src/a.py", False),
    ("tests", "tests/deep/a.py", True),
    ("tests", "src/tests/a.py", True),
    ("tests", "tests", True),
    ("tests/", "tests", False),
    ("tests/", "src/tests/a.py", True),
    ("/tests/", "src/tests/a.py", False),
    ("tests/data", "tests/data/x/y", True),
    ("src/**/a.py", "src/a.py", True),
    ("src/**/a.py", "src/x/y/a.py", True),
    ("src/**/a.py", "src/xa.py", False),
    ("**/a.py", "a.py", True),
    ("**/a.py", "x/a.py", True),
    ("src/**", "src/x/y", True),
    ("src/**", "src", False),
    ("a**b", "axxb", True),
    ("a**b", "ax/b", False),
    ("a?c", "abc", True),
    ("a?c", "a/c", False),
    ("a?c", "aäc", True),
    ("[ab].py", "b.py", True),
    ("[!ab].py", "b.py", False),
    ("[!ab].py", "c.py", True),
    ("x[!a]y", "x/y", False),
    ("[a-c].py", "b.py", True),
    ("[]].py", "].py", True),
    ("[.py", "[.py", True),
    ("a.b", "axb", False),
    (r"\*.py", "*.py", True),
    (r"\*.py", "a.py", False),
    ("ä.py", "ä.py", True),
    ("a+b(c)", "a+b(c)", True),
    ("*.txt", "a\nb.txt", True),
    ("*.txt", "a\udcff.txt", True),
]


@pytest.mark.parametrize(("pattern", "path", "matches"), GLOBS)
def test_glob(pattern: str, path: str, matches: bool) -> None:
    """A glob matches a path from the root as one of `.gitignore` does."""
    assert Expressions([glob(pattern)]).fullmatch(encoded(path)) is matches


@pytest.mark.parametrize("pattern", ["", "/", "!a.py"])
def test_no_glob(pattern: str) -> None:
    """What matches nothing, or everything but something, is no glob."""
    with pytest.raises(ValueError, match="a path is"):
        glob(pattern)


def test_a_glob_of_many_stars_takes_no_time() -> None:
    """A glob that backtracks is given up, and matches nothing then."""
    began = time.monotonic()
    tried = Expressions([glob("*a" * 60 + "*/" + "**/a*/" * 20 + "b")])
    assert not tried.fullmatch(b"a" * 3_000)
    assert time.monotonic() - began < 3


def finding(rule: str = "rule-a", secret: bytes = b"one two") -> Finding:
    """Return a finding."""
    return Finding("", rule, "", "", "", Confidence.HIGH, 1.0, secret, "", (), Remedy("vault", None, ""))


def place(path: str | None) -> Location:
    """Return a place in what is no file, whose path is as it stands."""
    return Location("-", path, 1, 1, 1, 1)


HELD = [
    # paths, rules, secrets, is it allowed: rule-a, secret "one two", at src/a.py
    (["src/"], [], None, True),
    (["lib/"], [], None, False),
    (["lib/", "*.py"], [], None, True),
    (None, ["rule-b", "rule-a"], None, True),
    (None, ["rule-b"], None, False),
    (None, [], ["one .*"], True),
    (None, [], ["one"], False),
    (None, [], ["three", "(?i)ONE TWO"], True),
    (["src/"], ["rule-a"], ["one two"], True),
    (["src/"], ["rule-a"], ["two"], False),
    (["src/"], ["rule-b"], ["one two"], False),
    (["lib/"], ["rule-a"], ["one two"], False),
]


def allow(paths: list[str] | None, rules: list[str], secrets: list[str] | None) -> Allow:
    """Return a table."""
    globs = Expressions(map(glob, paths)) if paths else None
    return Allow("x.toml", 2, "we say so", globs, frozenset(rules), Expressions(secrets) if secrets else None)


@pytest.mark.parametrize(("paths", "rules", "secrets", "held"), HELD)
def test_all_keys_hold_each_by_one_item(
    paths: list[str] | None, rules: list[str], secrets: list[str] | None, held: bool
) -> None:
    """A table allows what all its keys say; of each key one item is enough; a secret is matched as a whole."""
    table = allow(paths, rules, secrets)
    assert table.reason(finding(), place("src/a.py")) == ("allowed in x.toml: we say so" if held else None)
    assert list(table.stale()) == ([] if held else ["x.toml: allow 2 (we say so) matches nothing; take it out"])


def test_what_has_no_path_is_in_none() -> None:
    """A commit message is in no folder."""
    assert allow(["*"], [], None).reason(finding(), place(None)) is None


def test_an_expression_without_end_is_given_up() -> None:
    """It allows nothing, is not asked again, and that is told."""
    table = allow(None, [], ["(?:(?:a|b|ab)+)+c"])
    began = time.monotonic()
    for _ in range(50):
        assert table.reason(finding(secret=b"ab" * 30 + b"dc"), place("a")) is None
    assert time.monotonic() - began < 5
    assert "takes too long" in next(iter(table.stale()))
