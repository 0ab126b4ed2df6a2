"""INI files: git, systemd, MySQL, supervisor, tox, Alembic, Grafana, the registry of Windows."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readings import check, drawn, endure, hurry
from scans import found, scan
from stanch.readers.settings.ini import read

READ: list[tuple[str, list[tuple[str, ...]]]] = [
    ("[db]\npassword = {1}\nuser: {2}\r\n", [("password", "{1}", "db"), ("user", "{2}", "db")]),
    ("top={1}\n[a]\n[b c] ; why\nx={2}", [("top", "{1}", ""), ("x", "{2}", "b c")]),
    ('[remote "origin"]\n\turl = {1}\n\tfetch = {2}\n[credential "https://x.test"]\n\tusername = {3}',
     [("url", "{1}", "remote origin"), ("fetch", "{2}", "remote origin"),
      ("username", "{3}", "credential https://x.test")]),
    ('[http]\n\textraheader = Authorization: Basic {1}',
     [("extraheader", "Authorization: Basic {1}", "http"), ("Authorization", "Basic {1}", "http extraheader")]),
    ("[client]\nquick\npassword={1}#{2}\nskip-name\n", [("password", "{1}#{2}", "client")]),
    ("[x]\na = {1} ; why\nb = {2} # why\nc = '{3} ; #4'\nd = \"{4}\" ; why",
     [("a", "{1}", "x"), ("b", "{2}", "x"), ("c", "{3} ; #4", "x"), ("d", "{4}", "x")]),
    (";admin_password = {1}\n# a.token = {2}\n# the password: {3}\n",
     [("admin_password", "{1}", ""), ("token", "{2}", "a")]),
    ("[alembic]\nsqlalchemy.url = postgres://u:{1}%%@h/%(db)s",
     [("url", "postgres://u:{1}%%@h/%(db)s", "alembic sqlalchemy")]),
    ("[testenv]\nsetenv =\n    A = {1}\n    B={2}\ndeps =\n  {3}\n  {4}\nc = {5}",
     [("A", "{1}", "testenv setenv"), ("B", "{2}", "testenv setenv"), ("deps", "{3}", "testenv"),
      ("deps", "{4}", "testenv"),
      ("c", "{5}", "testenv")]),
    ("[Service]\nEnvironment=\"A={1} b\" C={2}\nExecStart=/bin/x --password {3}",
     [("A", "{1} b", "Service Environment"), ("C", "{2}", "Service Environment"),
      ("ExecStart", "/bin/x --password {3}", "Service"), ("password", "{3}", "Service ExecStart x")]),
    ("[Service]\nEnvironment=A={1} \\\n  B={2}\nx={3}",
     [("A", "{1}", "Service Environment"), ("B", "{2}", "Service Environment"), ("x", "{3}", "Service")]),
    ("a = {1}\\\n  {2}\nb={3}\\", [("a", "{1}{2}", "", "{1}\\\n  {2}"), ("b", "{3}\\", "")]),
    ('[HKEY_CURRENT_USER\\Software\\X]\n"Password"="{1}"', [("Password", "{1}", "HKEY_CURRENT_USER\\Software\\X")]),
    ('a = "{1}\\"x"', [("a", '{1}"x', "", '{1}\\"x')]),
    ('a = """{1};#"{2}""" ; why', [("a", '{1};#"{2}', "")]),
    ("Client Secret = {1}", [("Client Secret", "{1}", "")]),
    ("https://u:{1}@host/\nC:\\x\n[unclosed\n={2}\na=", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), READ)
def test_read(text: str, expected: list[tuple[str, ...]]) -> None:
    """A key has its section's words; comments end a value only behind a blank, and outside quotes."""
    check(read, text, expected)


@given(st.lists(st.sampled_from([*(text for text, _ in READ), "\n", "'", '"', "[", "=", " ", "\\\n "]), max_size=5))
def test_pieces(texts: list[str]) -> None:
    """Pieces in any order are read as far as they go."""
    endure(read, "".join(texts).encode())


@given(st.binary(max_size=300))
def test_any(data: bytes) -> None:
    """No bytes make it raise."""
    endure(read, data)


def test_hostile() -> None:
    """Openings without an end take no longer than what they are in bytes."""
    hurry(
        read, [b"[", b"[ ]", b"a=\\\n ", b"a =", b"#", b" ", b"#a ", b"a ", b'"', b"a=\n b\n", b"a= #", b"] ]", b"\n"]
    )


def test_scan(tmp_path: Path) -> None:
    """A password with a sign that begins a comment elsewhere is found whole."""
    secret = f"{drawn(1)};{drawn(2)}"
    (tmp_path / "odoo.conf").write_text(f"[options]\nadmin_passwd = {secret} ; change\n")
    finding = found(scan(tmp_path))[secret.encode()]
    assert (finding.rule, finding.locations[0].line, finding.locations[0].column) == ("generic-password", 2, 16)
