"""Neutral text and hidden secrets."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given

from stanch.report.veil import plain, veiled

from .samples import FILE, TEXT, finding, result


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("größe 漢字 100%", "größe 漢字 100%"),
        ("\x1b[31m\x07", r"\x1b[31m\x07"),
        ("a\nb\tc\x7f\x9b", r"a\x0ab\x09c\x7f\x9b"),
        ("\u202eevil\u2069\u200f\u061c", r"\u202eevil\u2069\u200f\u061c"),
        ("\u2028", r"\u2028"),
        ("\udcff\udc80", r"\xff\x80"),
        ("\ud800", r"\ud800"),
        ("a ##vso[task.setvariable variable=x]b", r"a \x23#vso[task.setvariable variable=x]b"),
        ("###[add-mask]b", r"#\x23#[add-mask]b"),
        ("::Stop-Commands::x", r"\x3a:Stop-Commands::x"),
        (":::error file=a::x", r":\x3a:error file=a::x"),
        ("Foo::Bar::error.pm # [1] ##", "Foo::Bar::error.pm # [1] ##"),
    ],
)
def test_plain(text: str, shown: str) -> None:
    """What steers a terminal or a CI server or reorders text is written with an escape, all else stays."""
    assert plain(text) == shown


@given(TEXT)
def test_plain_holds_nothing_hostile(text: str) -> None:
    """No control, surrogate or reordering character is left, and doing it twice changes nothing."""
    shown = plain(text)
    assert not {"Cc", "Cs", "Zl", "Zp"} & {unicodedata.category(c) for c in shown}
    assert not {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"} & {
        unicodedata.bidirectional(c) for c in shown
    }
    assert plain(shown) == shown


A, B = b"alpha-" * 4, b"-alphabet-soup" * 2


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("src/a.py", "src/a.py"),
        (f"x/{A.decode()}/y", "x/alp…ha-/y"),
        (f"{A.decode()}/{B.decode()}", "alp…ha-/-al…oup"),
        ("x" + A.decode() + B.decode()[1:] + "y", "x…y"),
        (A.decode() + A.decode(), "…"),
    ],
)
def test_overlaps(path: str, shown: str) -> None:
    """Secrets in a path are masked; where they overlap or touch, nothing of them is shown."""
    value = veiled(result(finding(A), finding(B, replace(FILE, path=path))))
    assert value.findings[1].locations[0].path == shown
    assert [found.secret for found in value.findings] == [b"", b""]
