"""Tables that password managers and cloud consoles export."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readings import check, drawn, endure, hurry
from scans import found, scan
from stanch.readers.settings.csv import read

READ: list[tuple[str, list[tuple[str, ...]]]] = [
    ("name,url,username,password\nsite,https://x.test,user1,{1}\n",
     [("name", "site", "site"), ("url", "https://x.test", "site"), ("username", "user1", "site"),
      ("password", "{1}", "site password")]),
    ('\ufeff"url","username","password"\r\n"a://b","user","{1},""x"""\r\n',
     [("url", "a://b", "a://b"), ("username", "user", "a://b"),
      ("password", '{1},"x"', "a://b password", '{1},""x""')]),
    ("Access key ID,Secret access key\nAK-1,{1}\nAK-2,{2}",
     [("Access key ID", "AK-1", ""), ("secret_key", "{1}", "Secret access key"),
      ("Access key ID", "AK-2", ""), ("secret_key", "{2}", "Secret access key")]),
    ("login;password;note\nu;{1};\"a\nb;c\"\nv;{2};",
     [("password", "{1}", "password"), ("note", "a\nb;c", ""), ("password", "{2}", "password")]),
    ("user\tPassword\nu\t {1} \n", [("password", "{1}", "Password")]),
    ("token,count\n{1},3\n", [("token", "{1}", "")]),
    ("login_uri,login_username,login_password,login_totp\nx,y,{1},{2}\n",
     [("password", "{1}", "x login_password"), ("secret", "{2}", "x login_totp")]),
    ("name,age\nalice,{1}\n", []),
    ("password", []),
    ("user,password\n\n\nu\nx,\"{1}", [("password", '"{1}', "password")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), READ)
def test_read(text: str, expected: list[tuple[str, ...]]) -> None:
    """A cell has its column's name; in an export of credentials it is one for sure."""
    check(read, text, expected)


def test_sure() -> None:
    """A credential's column is sure only beside one that tells whose they are."""
    assert [item.sure for item in read(f"user,password\nu,{drawn(1)}".encode())] == [True]
    assert [item.sure for item in read(f"password,count\n{drawn(1)},1".encode())] == [False]


@given(st.lists(st.sampled_from([*(text for text, _ in READ), "\n", '"', ",", ";"]), max_size=5).map("".join))
def test_pieces(text: str) -> None:
    """Pieces in any order are read as far as they go."""
    endure(read, text.encode())


@given(st.binary(max_size=300).map(b"user,password\n".__add__))
def test_any(data: bytes) -> None:
    """No bytes make it raise."""
    endure(read, data)


def test_hostile() -> None:
    """Openings without an end take no longer than what they are in bytes."""
    for head in (b"", b"user,password\n"):
        hurry(read, [b'"', b',"', b'"x",', b",", b"\n", b" "], head)


def test_scan(tmp_path: Path) -> None:
    """An export is read for its name; its rows hold no word that says password."""
    text = f"name,url,username,password\nsite,https://x.test,user1,{drawn(1)}\n"
    (tmp_path / "Chrome Passwords.csv").write_text(text)
    finding = found(scan(tmp_path))[drawn(1).encode()]
    assert (finding.rule, finding.locations[0].line, finding.locations[0].column) == ("generic-password", 2, 27)
