"""Formats of settings, JSON and YAML apart: what is read of a text, and where it stands."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from settings_files import READ, drawn, filled

from scans import found, scan
from stanch.readers import Assignment
from stanch.readers.settings import dotenv

READERS: dict[str, Callable[[bytes], Iterable[Assignment]]] = {
    format: import_module(f"stanch.readers.settings.{format}").read for format in READ
}


@pytest.mark.parametrize(
    ("format", "text", "expected"), [(format, *row) for format, rows in READ.items() for row in rows]
)
def test_read(format: str, text: str, expected: list[tuple[str, ...]]) -> None:
    """Names, values and sections are told in their order and nothing else, and where each value stands."""
    data = filled(text).encode()
    told = list(READERS[format](data))
    rows = [tuple(filled(field).encode() for field in row) for row in expected]
    assert [(item.name, item.value, item.section) for item in told] == [row[:3] for row in rows]
    written = [row[3] if len(row) > 3 else row[1] for row in rows]
    assert [data[item.parts[0][0] : item.parts[-1][1]] for item in told] == written


PAIRS = [
    ("\"A={1} b\" C={2} 'D={3}'", [("A", "{1} b"), ("C", "{2}"), ("D", "{3}")]),
    ("A=\"{1},x\",B='{2}',C={3}", [("A", "{1},x"), ("B", "{2}"), ("C", "{3}")]),
]


@pytest.mark.parametrize(("text", "expected"), PAIRS)
def test_pairs(text: str, expected: list[tuple[str, str]]) -> None:
    """Variables in one line are told apart by blanks or commas outside quotes."""
    data = filled(text).encode()
    told = list(dotenv.pairs(data, 0, len(data), b"x"))
    assert [(item.name.decode(), item.value.decode()) for item in told] == [
        (name, filled(value)) for name, value in expected
    ]
    assert [data[item.parts[0][0] : item.parts[-1][1]] for item in told] == [item.value for item in told]
    assert {item.section for item in told} == {b"x"}


DYNAMIC = [
    # format, text, is it joined to something else?
    ("bicep", "var a = '${x}{1}'", True),
    ("bicep", "var a = concat('{1}', x)", True),
    ("bicep", "var a = '${f('y')}-{1}'", True),
    ("hcl", 'a = "${var.x}-{1}"', True),
    ("hcl", 'a = "${lookup(var.m, "key")}-{1}"', True),
    ("hcl", 'a = format("%s-{1}", var.x)', True),
    ("hcl", 'a = join("", ["{1}", var.x])', True),
    ("hcl", 'a = "$${x}{1}"', False),
    ("hcl", 'a = try(var.x, "{1}")', False),
]


@pytest.mark.parametrize(("format", "text", "dynamic"), DYNAMIC)
def test_dynamic(format: str, text: str, dynamic: bool) -> None:
    """Interpolation and functions make something else of a constant, except those that give it as it is."""
    assert {item.dynamic for item in READERS[format](text.replace("{1}", drawn(1)).encode())} == {dynamic}


SURE = [
    # format, text, does the format itself say that a credential stands there?
    ("hcl", 'credentials "app.terraform.io" {\n  token = "{1}"\n}', True),
    ("hcl", 'resource "a" "b" {\n  token = "{1}"\n}', False),
    ("csv", "user,password\nu,{1}", True),
    ("csv", "password,count\n{1},1", False),
]


@pytest.mark.parametrize(("format", "text", "sure"), SURE)
def test_sure(format: str, text: str, sure: bool) -> None:
    """A host's token in a command line's settings is one, and a column beside one that tells whose it is."""
    assert [(item.value, item.sure) for item in READERS[format](filled(text).encode())] == [(drawn(1).encode(), sure)]


def test_host() -> None:
    """What the token of a command line's settings is for is its section."""
    [item] = READERS["hcl"](filled('credentials "app.terraform.io" {\n  token = "{1}"\n}').encode())
    assert item.section == b"credentials app.terraform.io"


SCRAPS = {
    "dotenv": ["\n", "'", '"', "="],
    "ini": ["\n", "'", '"', "[", "=", " ", "\\\n "],
    "properties": ["\n", "\\", "=", " ", "\\\n "],
    "directives": ["\n", "'", '"', "{", "}", ";", "<a>"],
    "csv": ["\n", '"', ",", ";"],
    "xml": ["<", ">", "</a>", '"', "<!--", "<![CDATA[", "&#99999999;", "&#1114112;", "/>", " ", "<a", "=", "é"],
    "hcl": ["\n", '"', "${", "{", "]", "<<A\n"],
    "bicep": ["\n", "'", "${", "{", "]", "'''"],
    "toml": ["\n", "'", '"', "{", "]", "'''", '"""'],
}
EXPORT = b"user,password\n"


def wrong(format: str, data: bytes) -> list[Assignment]:
    """Return what is wrong with what is told of any content: a name or a span that is none, a value too short."""
    return [
        item
        for item in READERS[format](data)
        if not item.name or len(item.value) < 4 or not all(0 <= start <= end <= len(data) for start, end in item.parts)
    ]


@pytest.mark.parametrize("format", READ)
@given(drawing=st.data())
def test_pieces(format: str, drawing: st.DataObject) -> None:
    """Pieces in any order are read as far as they go."""
    scraps = st.sampled_from([*(text for text, _ in READ[format]), *SCRAPS[format]])
    assert wrong(format, "".join(drawing.draw(st.lists(scraps, max_size=6))).encode()) == []


@pytest.mark.parametrize("format", READ)
@given(data=st.binary(max_size=300))
def test_any(format: str, data: bytes) -> None:
    """No bytes make it raise."""
    assert wrong(format, EXPORT + data if format == "csv" else data) == []


HOSTILE = {
    "dotenv": [b'A="x\\', b"A='", b"A='\n", b'A="""', b"export A=a\\", b"# a", b"#", b" ", b"export ", b"\n", b"set "],
    "ini": [b"[", b"[ ]", b"a=\\\n ", b"a =", b"#", b" ", b"#a ", b"a ", b'"', b"a=\n b\n", b"a= #", b"] ]", b"\n",
            b"location x", b"server", b"location \n", b"location " + b" " * 2_000],
    "properties": [b"a=\\\n ", b"a", b"\\", b"#", b" ", b"#a ", b"a.", b"[", b"a[", b"a[=\n", b"\n"],
    "directives": [b"{", b"a {\n", b'"', b"<a", b"<a>\n", b"a ", b"\\", b"$", b"${", b"if $a=b {\n", b";",
                   b"location x"],
    "csv": [b'"', b',"', b'"x",', b",", b"\n", b" "],
    "xml": [b"<", b"<a>", b'<a b="', b"<!--", b"<![CDATA[", b"<?", b"<a/>", b"</a>", b"<a>x<b>", b"&#", b"<a b=''",
            b"<!D["],
    "hcl": [b"[", b"a={", b"{[(", b"[}", b'\\"', b'"${', b"<<A\n", b"<<B\nx", b"/*", b'a="b"', b"a=", b"a = [", b"$"],
    "bicep": [b"[", b"a:{", b"\\'", b"'${", b"'''\\", b"/*", b"\n ", b"a:'b'", b"var a = "],
    "toml": [b"[", b"a={", b'\\"', b'"""\\"\n', b"'''", b"[a]\n", b"[a.", b"[ ", b"a=[{", b'a="b"', b"a.", b" "],
}  # fmt: skip


@pytest.mark.parametrize(
    ("format", "piece"), [(format, piece) for format, pieces in HOSTILE.items() for piece in pieces]
)
def test_hostile(format: str, piece: bytes) -> None:
    """Openings without an end take no longer than what they are in bytes."""
    data = piece * (40_000 // len(piece))
    for head in (b"", EXPORT) if format == "csv" else (b"",):
        started = time.process_time()
        assert wrong(format, head + data) == []
        assert time.process_time() - started < 2


SCANNED = [
    # a file, its text, what is found, by which rule, and where: from line and column to line and column
    # with signs that end a value elsewhere
    (".env.production", "# db\nDB_USER=app\nDB_PASSWORD={1};#{2} # old\n", "{1};#{2}", "generic-password",
     (3, 13, 3, 42)),
    # with a sign that begins a comment elsewhere
    ("odoo.conf", "[options]\nadmin_passwd = {1};{2} ; change\n", "{1};{2}", "generic-password", (2, 16, 2, 44)),
    # over two lines
    ("application.properties", "spring.datasource.password={1}\\\n    {2}\n", "{1}{2}", "generic-password",
     (1, 28, 2, 18)),
    # where nothing but a blank says that a header has a value
    ("nginx.conf", 'http {\n  proxy_set_header X-Auth-Token "{1}";\n}\n', "{1}", "http-api-key-header", (2, 34, 2, 47)),
    # in rows that hold no word that says password
    ("Chrome Passwords.csv", "name,url,username,password\nsite,https://x.test,user1,{1}\n", "{1}", "generic-password",
     (2, 27, 2, 40)),
    # with an entity, which is told as it is meant
    ("web.config", '<configuration>\n  <add key="DbPassword"\n       value="{1}&amp;x" />\n</configuration>\n', "{1}&x",
     "generic-password", (3, 15, 3, 34)),
    # by the name of the variable whose default it is
    ("main.tf", 'variable "db_password" {\n  default = "{1}"\n}\npassword = "{2}"\n', "{1}", "generic-password",
     (2, 14, 2, 27)),
    # by the name of a setting, which stands on another line
    ("main.bicep", "param pw string = 'x'\nvar s = [\n  {\n    name: 'DB_PASSWORD', value: '{1}'\n  }\n]\n", "{1}",
     "generic-password", (4, 34, 4, 47)),
    # in an inline table
    ("config.toml", '[db]\nmain = { user = "app", password = "{1}" }\n', "{1}", "generic-password", (2, 36, 2, 49)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "secret", "rule", "place"), SCANNED, ids=[row[0] for row in SCANNED])
def test_scan(tmp_path: Path, name: str, text: str, secret: str, rule: str, place: tuple[int, int, int, int]) -> None:
    """A scan tells a credential whole, as it is meant, and where it is written."""
    (tmp_path / name).write_text(filled(text))
    finding = found(scan(tmp_path))[filled(secret).encode()]
    [location] = finding.locations
    assert finding.rule == rule
    assert (location.line, location.column, location.end_line, location.end_column) == place
