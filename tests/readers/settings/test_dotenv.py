"""Dotenv files in the dialects of those who read them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readings import check, drawn, endure, hurry
from scans import found, scan
from stanch.readers.settings.dotenv import pairs, read

READ: list[tuple[str, list[tuple[str, ...]]]] = [
    ("DB_PASSWORD={1}\n", [("DB_PASSWORD", "{1}", "")]),
    ("DB_PASSWORD = {1} \r\nB={2}", [("DB_PASSWORD", "{1}", ""), ("B", "{2}", "")]),
    ("export A={1}; export B='{2}'\n", [("A", "{1}", "")]),
    ("export A={1} B='{2}' C=\"{3}\"", [("A", "{1}", ""), ("B", "{2}", ""), ("C", "{3}", "")]),
    ("export A={1}'{2}'\"!\" # why", [("A", "{1}{2}!", "", "{1}'{2}'\"!")]),
    ("A={1}; export A", [("A", "{1}", "")]),
    ("declare -x A=\"{1}\"", [("A", "{1}", "")]),
    ("A='{1}' # note", [("A", "{1}", "")]),
    ("A={1}#{2} # note", [("A", "{1}#{2}", "")]),
    ("A='{1} # {2}'", [("A", "{1} # {2}", "")]),
    ("A=({1}) [{2}]; & $ <x>", [("A", "({1}) [{2}]; & $ <x>", "")]),
    ('A="{1}\n{2}"\nB={3}', [("A", "{1}\n{2}", ""), ("B", "{3}", "")]),
    ("A='''{1}\n'{2}'''", [("A", "{1}\n'{2}", "")]),
    ('A="{1}\\n{2}\\""', [("A", '{1}\n{2}"', "", '{1}\\n{2}\\"')]),
    ("A='{1}\\n'", [("A", "{1}\\n", "")]),
    ("A=`{1}`", [("A", "{1}", "")]),
    ('A="{1}\nB={2}', [("A", "{1}", ""), ("B", "{2}", "")]),
    ("A=\"{1}\"{2}", [("A", '{1}"{2}', "")]),
    ("A=it's {1}", [("A", "it's {1}", "")]),
    ("A=postgres://u:${PW}@h/{1}", [("A", "postgres://u:${PW}@h/{1}", "")]),
    ("# A={1}\n#B: {2}\n; C = {3}\nREM set D={4}", [("A", "{1}", ""), ("C", "{3}", ""), ("D", "{4}", "")]),
    ("A: {1}\nB: '{2}'", [("A", "{1}", ""), ("B", "{2}", "")]),
    ("set A={1}\nset \"B={2} x\"\nsetx C \"{3}\"", [("A", "{1}", ""), ("B", "{2} x", ""), ("C", "{3}", "")]),
    ("$env:A = \"{1}\"", [("A", "{1}", "")]),
    ("set -gx A '{1}'\nsetenv B '{2}'", [("A", "{1}", ""), ("B", "{2}", "")]),
    ("ENV A={1}\n- B={2}\n-e C={3}", [("A", "{1}", ""), ("B", "{2}", ""), ("C", "{3}", "")]),
    ("Environment=\"A={1} b\"", [("A", "{1} b", "")]),
    ("A?={1}\nB:={2}", [("A", "{1}", ""), ("B", "{2}", "")]),
    ("web: DB_PASSWORD={1} node app.js", [("web", "DB_PASSWORD={1} node app.js", ""), ("DB_PASSWORD", "{1}", "web")]),
    ("# --- Twilio ---\nSID={1}\n# the live one\nTOKEN={2}\n\nC={3}",
     [("SID", "{1}", "Twilio"), ("TOKEN", "{2}", "the live one"), ("C", "{3}", "")]),
    ("A=\nB=#x\nC=abc\nD='   '\n={1}\nno sign here {1}\nhttp://x/{1}", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), READ)
def test_read(text: str, expected: list[tuple[str, ...]]) -> None:
    """A variable is what those who load the file make of it, and stands where its literal does."""
    check(read, text, expected)


PAIRS: list[tuple[str, list[tuple[str, ...]]]] = [
    ("\"A={1} b\" C={2} 'D={3}'", [("A", "{1} b", "x"), ("C", "{2}", "x"), ("D", "{3}", "x")]),
    ("A=\"{1},x\",B='{2}',C={3}", [("A", "{1},x", "x"), ("B", "{2}", "x"), ("C", "{3}", "x")]),
]


@pytest.mark.parametrize(("text", "expected"), PAIRS)
def test_pairs(text: str, expected: list[tuple[str, ...]]) -> None:
    """Variables in one line are told apart by blanks or commas outside quotes."""
    check(lambda data: pairs(data, 0, len(data), b"x"), text, expected)


@given(st.lists(st.sampled_from([*(text for text, _ in READ), "\n", "'", '"', "="]), max_size=6).map("".join))
def test_pieces(text: str) -> None:
    """Pieces in any order are read as far as they go."""
    endure(read, text.encode())


@given(st.binary(max_size=300))
def test_any(data: bytes) -> None:
    """No bytes make it raise."""
    endure(read, data)


def test_hostile() -> None:
    """The same opening over and over takes no longer than as many variables."""
    hurry(
        read, [b'A="x\\', b"A='", b"A='\n", b'A="""', b"export A=a\\", b"# a", b"#", b" ", b"export ", b"\n", b"set "]
    )


def test_scan(tmp_path: Path) -> None:
    """A password with signs that end a value elsewhere is found whole, where it stands."""
    secret = f"{drawn(1)};#{drawn(2)}"
    (tmp_path / ".env.production").write_text(f"# db\nDB_USER=app\nDB_PASSWORD={secret} # old\n")
    finding = found(scan(tmp_path))[secret.encode()]
    assert (finding.locations[0].line, finding.locations[0].column) == (3, 13)
