"""XML configuration of .NET, Java, Android, Apple and Jenkins."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readings import check, drawn, endure, hurry
from scans import found, scan
from stanch.readers.settings.xml import read

READ: list[tuple[str, list[tuple[str, ...]]]] = [
    ("<password>{1}</password>", [("password", "{1}", "")]),
    ("<a>\n <b:password>\n  {1}\n </b:password>\n</a>", [("password", "{1}", "a")]),
    ('<appSettings><add key="ApiKey" value="{1}"/></appSettings>',
     [("key", "ApiKey", "appSettings add ApiKey"), ("ApiKey", "{1}", "appSettings add")]),
    ('<add name="Main" connectionString="Server=h;Pwd={1}" />',
     [("name", "Main", "add Main"), ("connectionString", "Server=h;Pwd={1}", "add Main"),
      ("Pwd", "{1}", "add Main connectionString")]),
    ("<property name='dbPw'>{1}</property>", [("name", "dbPw", "property dbPw"), ("dbPw", "{1}", "property")]),
    ('<property\n  name="dbPw"\n  value="{1}"\n/>', [("name", "dbPw", "property dbPw"), ("dbPw", "{1}", "property")]),
    ('<setting name="Secret"><value>{1}</value></setting>',
     [("name", "Secret", "setting Secret"), ("Secret", "{1}", "setting")]),
    ("<dict><key>Token</key>\n<string>{1}</string><key>Other</key><string>{2}</string></dict>",
     [("key", "Token", "dict"), ("Token", "{1}", "dict"), ("key", "Other", "dict"), ("Other", "{2}", "dict")]),
    ("<property><name>db.pw</name>\n<value>{1}</value></property>",
     [("name", "db.pw", "property"), ("db.pw", "{1}", "property")]),
    ("<p><param-name>Token</param-name><param-value>{1}</param-value></p>",
     [("param-name", "Token", "p"), ("Token", "{1}", "p")]),
    ("<entry><string>TOKEN</string><string>{1}</string></entry>",
     [("TOKEN", "{1}", "entry")]),
    ("<servers><server><id>nexus</id><username>u</username><password>{1}</password></server></servers>",
     [("id", "nexus", "servers server"), ("password", "{1}", "servers server nexus")]),
    ('<user username="tomcat" password="{1}" roles="manager"/>',
     [("username", "tomcat", "user"), ("password", "{1}", "user"), ("roles", "manager", "user")]),
    ('<publishProfile userName="$app1" userPWD="{1}"/>',
     [("userName", "$app1", "publishProfile"), ("userPWD", "{1}", "publishProfile")]),
    ('<password value="{1}"/>', [("password", "{1}", "")]),
    ("<password><value>{1}</value></password>", [("password", "{1}", "")]),
    ("<password>{1}&amp;&#65;&lt;&#x42;</password>", [("password", "{1}&A<B", "", "{1}&amp;&#65;&lt;&#x42;")]),
    ("<a b='{1}&quot;'/>", [("b", '{1}"', "a", "{1}&quot;")]),
    ("<password><![CDATA[{1}<&]]></password>", [("password", "{1}<&", "")]),
    ("<!-- <password>{1}</password> --><b>{2}</b>", [("b", "{2}", "")]),
    ("<run>cd /x\nmysql --password={1}</run>",
     [("run", "cd /x\nmysql --password={1}", ""), ("password", "{1}", "run mysql")]),
    ("<a><password>{1}</a><b>{2}</b>", [("password", "{1}", "a"), ("b", "{2}", "")]),
    ("<a password='{1}", []),
    ("<password>{1}", [("password", "{1}", "")]),
    ("</a></b>{1} <x y=\"{2}>", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), READ)
def test_read(text: str, expected: list[tuple[str, ...]]) -> None:
    """A value's name is what stands beside it; the elements around, and what they are called, are the section."""
    check(read, text, expected)


PIECES = ["<", ">", "</a>", '"', "<!--", "<![CDATA[", "&#99999999;", "&#1114112;", "/>", " ", "<a", "=", "é"]


@given(st.lists(st.sampled_from([*(text for text, _ in READ), *PIECES]), max_size=6))
def test_pieces(texts: list[str]) -> None:
    """Pieces in any order are read as far as they go."""
    endure(read, "".join(texts).encode())


@given(st.binary(max_size=300))
def test_any(data: bytes) -> None:
    """No bytes make it raise."""
    endure(read, data)


def test_hostile() -> None:
    """Openings without an end take no longer than what they are in bytes."""
    pieces = [
        b"<",
        b"<a>",
        b'<a b="',
        b"<!--",
        b"<![CDATA[",
        b"<?",
        b"<a/>",
        b"</a>",
        b"<a>x<b>",
        b"&#",
        b"<a b=''",
        b"<!D[",
    ]
    hurry(read, pieces)


def test_scan(tmp_path: Path) -> None:
    """A password with an entity is told as it is meant, and stands where it is written."""
    text = f'<configuration>\n  <add key="DbPassword"\n       value="{drawn(1)}&amp;x" />\n</configuration>\n'
    (tmp_path / "web.config").write_text(text)
    finding = found(scan(tmp_path))[(drawn(1) + "&x").encode()]
    place = finding.locations[0]
    assert (finding.rule, place.line, place.column, place.end_column) == ("generic-password", 3, 15, 34)
