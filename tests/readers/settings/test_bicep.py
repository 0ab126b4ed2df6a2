"""Bicep files and their parameters."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readings import check, drawn, endure, filled, hurry
from scans import found, scan
from stanch.readers.settings.bicep import read

READ: list[tuple[str, list[tuple[str, ...]]]] = [
    ("@description('the password')\n@secure()\nparam adminPassword string = '{1}'", [("adminPassword", "{1}", "")]),
    ("var token = '{1}' // why\nparam other = '{2}'", [("token", "{1}", ""), ("other", "{2}", "")]),
    ("resource db 'Microsoft.Sql/servers@2022-05-01' = {\n name: 'db-1'\n properties: {\n  pw: '{1}'\n }\n}",
     [("name", "db-1", "Microsoft.Sql/servers db"), ("pw", "{1}", "Microsoft.Sql/servers db properties")]),
    ("appSettings: [\n {\n  name: 'API_KEY'\n  value: '{1}'\n }\n { name: 'B_KEY', value: '{2}' }\n]",
     [("name", "API_KEY", "appSettings"), ("API_KEY", "{1}", "appSettings"), ("name", "B_KEY", "appSettings"),
      ("B_KEY", "{2}", "appSettings")]),
    ("var keys = [\n '{1}'\n '{2}'\n]", [("keys", "{1}", ""), ("keys", "{2}", "")]),
    ("var o = {\n 'a-key': '{1}'\n b: isProd ? '{2}' : '{3}'\n}",
     [("a-key", "{1}", "o"), ("b", "{2}", "o"), ("b", "{3}", "o")]),
    ("var a = env == 'prod'\n ? '{1}'\n : '{2}'", [("a", "{1}", ""), ("a", "{2}", "")]),
    ("var a = 'it\\'s {1} \\u{21}'", [("a", "it's {1} !", "", "it\\'s {1} \\u{21}")]),
    ("var a = '''{1}\n'x' {2}'''", [("a", "{1}\n'x' {2}", "")]),
    ("var a = base64('{1}')", [("a", "{1}", "")]),
    ("var a = all['some-key'].x\n/* var b = '{1}' */", []),
    ("var a = '{1}\nvar b = '{2}'", [("b", "{2}", "")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), READ)
def test_read(text: str, expected: list[tuple[str, ...]]) -> None:
    """A declaration and an object's properties have their names; a setting's is what its `name` says."""
    check(read, text, expected)


@pytest.mark.parametrize("text", ["var a = '${x}{1}'", "var a = concat('{1}', x)", "var a = '${f('y')}-{1}'"])
def test_dynamic(text: str) -> None:
    """What is joined to something else is no constant."""
    assert all(item.dynamic for item in read(text.replace("{1}", drawn(1)).encode()))


@given(st.lists(st.sampled_from([*(text for text, _ in READ), "\n", "'", "${", "{", "]", "'''"]), max_size=5))
def test_pieces(texts: list[str]) -> None:
    """Pieces in any order are read as far as they go."""
    endure(read, "".join(texts).encode())


@given(st.binary(max_size=300))
def test_any(data: bytes) -> None:
    """No bytes make it raise."""
    endure(read, data)


def test_hostile() -> None:
    """Openings without an end take no longer than what they are in bytes."""
    hurry(read, [b"[", b"a:{", b"\\'", b"'${", b"'''\\", b"/*", b"\n ", b"a:'b'", b"var a = "])


def test_scan(tmp_path: Path) -> None:
    """A setting of an app is found by its name, which stands on another line."""
    text = "param pw string = 'x'\nvar s = [\n  {\n    name: 'DB_PASSWORD', value: '{1}'\n  }\n]\n"
    (tmp_path / "main.bicep").write_text(filled(text))
    finding = found(scan(tmp_path))[drawn(1).encode()]
    assert (finding.rule, finding.locations[0].line, finding.locations[0].column) == ("generic-password", 4, 34)
