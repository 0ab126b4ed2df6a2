"""TOML, whole and broken."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readings import check, drawn, endure, filled, hurry
from scans import found, scan
from stanch.readers.settings.toml import read

READ: list[tuple[str, list[tuple[str, ...]]]] = [
    ('password = "{1}" # why\nport = 1\n', [("password", "{1}", "")]),
    ("[registries.mine]\ntoken = '{1}\\'\n[registry]\r\ntoken = \"{2}\"\r\n",
     [("token", "{1}\\", "registries mine"), ("token", "{2}", "registry")]),
    ('[[runners]]\n  token = "{1}"\n  [runners.docker]\n  key = "{2}"',
     [("token", "{1}", "runners"), ("key", "{2}", "runners docker")]),
    ('[http-basic."my repo".x]\npassword = "{1}"', [("password", "{1}", "http-basic my repo x")]),
    ('db.auth.password = "{1}"\naws.secret."key" = "{2}"',
     [("password", "{1}", "db auth"), ("secret.key", "{2}", "aws")]),
    ('server = { user = "{1}", token.x = "{2}", deep = { y = "{3}" } }',
     [("user", "{1}", "server"), ("x", "{2}", "server token"), ("y", "{3}", "server deep")]),
    ('keys = [\n  "{1}", # first\n  \'{2}\',\n]\nb = "{3}"',
     [("keys", "{1}", ""), ("keys", "{2}", ""), ("b", "{3}", "")]),
    ('all = [{ key = "{1}" }, ["{2}"]]', [("key", "{1}", "all"), ("all", "{2}", "")]),
    ('[[env]]\nname = "API_KEY"\nvalue = "{1}"\n[x]', [("name", "API_KEY", "env"), ("API_KEY", "{1}", "env")]),
    ('a = """{1}\n"{2}" \\\\"""', [("a", '{1}\n"{2}" \\', "", '{1}\n"{2}" \\\\')]),
    ("a = '''\n{1}'''", [("a", "\n{1}", "")]),
    ('a = "\\u0041{1}\\""', [("a", 'A{1}"', "", '\\u0041{1}\\"')]),
    ('run = "x --token {1}"', [("run", "x --token {1}", ""), ("token", "{1}", "run x")]),
    ('a = [ "{1}"\n[next]\nb = "{2}"', [("a", "{1}", ""), ("b", "{2}", "next")]),
    ('a = "{1}\nb = "{2}"\n= "{3}"', [("b", "{2}", "")]),
    ('api_keys = { partner = "{1}" }\n[db.passwords]\nadmin = "{2}"',
     [("api_keys.partner", "{1}", "api_keys"), ("passwords.admin", "{2}", "db passwords")]),
    ('a = """{1}', []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), READ)
def test_read(text: str, expected: list[tuple[str, ...]]) -> None:
    """A key's last part is the name, its first ones and the tables are the section."""
    check(read, text, expected)


@given(st.lists(st.sampled_from([*(text for text, _ in READ), "\n", "'", '"', "{", "]", "'''", '"""']), max_size=5))
def test_pieces(texts: list[str]) -> None:
    """Pieces in any order are read as far as they go."""
    endure(read, "".join(texts).encode())


@given(st.binary(max_size=300))
def test_any(data: bytes) -> None:
    """No bytes make it raise."""
    endure(read, data)


def test_hostile() -> None:
    """Openings without an end take no longer than what they are in bytes."""
    hurry(read, [b"[", b"a={", b'\\"', b'"""\\"\n', b"'''", b"[a]\n", b"[a.", b"[ ", b"a=[{", b'a="b"', b"a.", b" "])


def test_scan(tmp_path: Path) -> None:
    """A password in an inline table is found where it stands, with the signs that end a value elsewhere."""
    (tmp_path / "config.toml").write_text(filled('[db]\nmain = { user = "app", password = "{1}" }\n'))
    finding = found(scan(tmp_path))[drawn(1).encode()]
    assert (finding.rule, finding.locations[0].line, finding.locations[0].column) == ("generic-password", 2, 36)
