"""Go's regular expressions in Python's terms: the same text matches, and what cannot be is refused."""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import regex

from stanch.compat.go_syntax import NotTranslated, translated

ENGINES: tuple[Callable[[bytes], Any], ...] = (re.compile, partial(regex.compile, cache_pattern=False))
MATCHES = [
    # Go's expression, text, what it matches there (None: nothing)
    ("acme_[a-f]{3}", "x acme_abc", "acme_abc"),
    ("(?i)acme", "ACME", "ACME"),
    ("a(?i)b", "aB", "aB"),
    ("a(?i)b", "AB", None),
    ("a(?i)b|c", "C", "C"),
    ("(?:a(?i)b)c", "aBC", None),
    ("(?i)a(?-i)b", "AB", None),
    ("(?i)a(?-i:b)c", "AbC", "AbC"),
    ("(?i:a)b", "Ab", "Ab"),
    ("(?i:a)b", "AB", None),
    ("x(?i)y|(?-i)z", "Z", None),
    ("x(?i)y|z", "Z", "Z"),
    ("a.c", "a\nc", None),
    ("(?s)a.c", "a\nc", "a\nc"),
    ("(?s:a.)c.", "a\nc\n", None),
    ("^b", "a\nb", None),
    ("(?m)^b$", "a\nb\nc", "b"),
    ("b$", "b\n", None),
    ("(?m)b$", "b\n", "b"),
    (r"\Ab\z", "b", "b"),
    (r"b\z", "b\n", None),
    ("(?U)a+", "aaa", "a"),
    ("(?U)a+?", "aaa", "aaa"),
    ("a+?", "aaa", "a"),
    ("x{,2}", "x{,2}", "x{,2}"),
    ("x{", "x{", "x{"),
    ("x{2}", "xxx", "xx"),
    (r"\Qa.b\E", "a.b", "a.b"),
    (r"\Qa.b\E", "axb", None),
    (r"\Qab\E+", "abbab", "abb"),
    (r"\Qa|b", "a|b", "a|b"),
    ("[[:alpha:]]+", "12ab3", "ab"),
    ("[[:^alpha:]]+", "ab12", "12"),
    ("[^[:alpha:]_]+", "a_12", "12"),
    ("[[:xdigit:]_]+", "xyf_9", "f_9"),
    ("[]a]+", "b]a]", "]a]"),
    ("[^]a]+", "]ab", "b"),
    (r"[\]\-\w]+", "=]-a", "]-a"),
    (r"[\d-]+", "x1-2", "1-2"),
    ("[a&&b]+", "&&", "&&"),
    ("[~~||&&-]+", "~|&-", "~|&-"),
    (r"\x41\x{42}\103\07", "ABC\x07", "ABC\x07"),
    (r"\pL+\p{Nd}", "1ab2", "ab2"),
    (r"\p{^L}\PL", "a12", "12"),
    ("ä+", "aää", "ää"),
    ("[^\x00-\x7f]+", "aä", "ä"),
    (r"\bkey\b", "a key b", "key"),
    (r"\b+key", "a key", "key"),
    ("(?P<x>a)(?<y>b)", "ab", "ab"),
    (r"a\/b\-c\_d\"", 'a/b-c_d"', 'a/b-c_d"'),
    (r"\*\+\?\{\}\(\)\[\]\^\$\.\|\\", r"*+?{}()[]^$.|" + "\\", r"*+?{}()[]^$.|" + "\\"),
    ("a||b", "b", ""),
    (r"\a\f\t\n\r\v", "\a\f\t\n\r\v", "\a\f\t\n\r\v"),
]


@pytest.mark.parametrize(("pattern", "text", "wanted"), MATCHES)
def test_the_same_text_matches(pattern: str, text: str, wanted: str | None) -> None:
    """Both engines of Python find with the translation what Go's finds; gitleaks itself was the judge of these."""
    for engine in ENGINES:
        found = engine(translated(pattern).encode()).search(text.encode())
        assert (found[0].decode() if found else None) == wanted


REFUSED = [
    "(?=a)", "(?<!a)", "(?>a)", r"\1", "(a", "a)", "[a", "*a", "a|*", "a**", "a{2}{3}", "a{1001}", "a++", "\\", r"\y",
    r"\p{Greek}", "[ä]", "[\u0430-\u044f]", r"[\x{100}]", "[z-a]", r"[a-\d]", "[[:nothing:]]", "(?x)a", "(?i",
    r"\x{110000}", "(" * 99 + "a" + ")" * 99, "(?:(?:a{100}){100}){100}",
]  # fmt: skip


@pytest.mark.parametrize("pattern", REFUSED, ids=[pattern[:20] for pattern in REFUSED])
def test_refused(pattern: str) -> None:
    """What Go does not read either, and what has no equal, is refused; the reason does not repeat it."""
    with pytest.raises(NotTranslated) as caught:
        translated(pattern)
    assert len(str(caught.value)) < 80


@pytest.mark.parametrize("char", string.printable + "\x00\x1b\x7f")
def test_every_character_stands_for_itself(char: str) -> None:
    """What is escaped for the one engine is no other thing for the other one."""
    escaped = translated(rf"\x{ord(char):02x}"), translated(rf"[\x{ord(char):02x}]")
    for pattern in escaped:
        for engine in ENGINES:
            assert engine(pattern.encode()).fullmatch(char.encode())
            assert not engine(pattern.encode()).fullmatch(b"Z" if char == "Q" else b"Q")


GROUPS = [
    # expression, number of the secret's group, its text in "key = abc;"
    ("key = ([a-z]+);", 1, b"abc"),
    ("(key) = ([a-z]+)", 2, b"abc"),
    ("(key) = (?P<x>[a-z]+)", 2, b"abc"),
    ("(?i)(KEY) = [a-z]+", 0, b"key = abc"),
    ("x|key", 0, b"key"),
]


@pytest.mark.parametrize(("pattern", "number", "secret"), GROUPS)
def test_the_group_of_the_secret(pattern: str, number: int, secret: bytes) -> None:
    """The group that is asked for is called `secret`, and there is no other."""
    found = regex.search(translated(pattern, number).encode(), b"key = abc;")
    assert found
    assert found["secret"] == secret
    assert found.re.groups == 1
