"""Java properties."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readings import check, drawn, endure, hurry
from scans import found, scan
from stanch.readers.settings.properties import read

READ: list[tuple[str, list[tuple[str, ...]]]] = [
    ("spring.datasource.password={1}\n", [("password", "{1}", "spring datasource")]),
    ("a : {1}\r\nb {2}\nc={3}", [("a", "{1}", ""), ("b", "{2}", ""), ("c", "{3}", "")]),
    ("aws.secret.access.key = {1}", [("secret.access.key", "{1}", "aws")]),
    ("users[0].api-key={1}", [("api-key", "{1}", "users")]),
    ("a={1}\\:x\\u0021\\=", [("a", "{1}:x!=", "", "{1}\\:x\\u0021\\=")]),
    ("a\\ b\\:c={1}", [("a b:c", "{1}", "")]),
    ("a={1}\\\n    {2}\nb={3}", [("a", "{1}{2}", "", "{1}\\\n    {2}"), ("b", "{3}", "")]),
    ("a={1}#x !y; \"z\"  \nb=\"{2}\"", [("a", '{1}#x !y; "z"', ""), ("b", "{2}", "")]),
    ("#a.password={1}\n! b={2}\n# a note: {3}", [("password", "{1}", "a"), ("b", "{2}", "")]),
    ("url=jdbc:x://h/d?user=u&password={1}",
     [("url", "jdbc:x://h/d?user=u&password={1}", ""), ("password", "{1}", "url")]),
    ("db.password=${DB_PASSWORD:{1}}\nb=${some.key:{2}}\nc=${env:{3}}",
     [("password", "{1}", "db"), ("b", "{2}", ""), ("c", "${env:{3}}", "")]),
    ("={1}\na=\n\\", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), READ)
def test_read(text: str, expected: list[tuple[str, ...]]) -> None:
    """A key's last part is the name, unless that says too little; escapes and continued lines mean one value."""
    check(read, text, expected)


@given(st.lists(st.sampled_from([*(text for text, _ in READ), "\n", "\\", "=", " ", "\\\n "]), max_size=5))
def test_pieces(texts: list[str]) -> None:
    """Pieces in any order are read as far as they go."""
    endure(read, "".join(texts).encode())


@given(st.binary(max_size=300))
def test_any(data: bytes) -> None:
    """No bytes make it raise."""
    endure(read, data)


def test_hostile() -> None:
    """Openings without an end take no longer than what they are in bytes."""
    hurry(read, [b"a=\\\n ", b"a", b"\\", b"#", b" ", b"#a ", b"a.", b"[", b"a[", b"a[=\n", b"\n"])


def test_scan(tmp_path: Path) -> None:
    """A password over two lines is one value."""
    text = f"spring.datasource.password={drawn(1)}\\\n    {drawn(2)}\n"
    (tmp_path / "application.properties").write_text(text)
    finding = found(scan(tmp_path))[(drawn(1) + drawn(2)).encode()]
    place = finding.locations[0]
    assert (place.line, place.column, place.end_line) == (1, 28, 2)
