"""Settings of web servers and brokers: a word, blanks, a value."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readings import check, drawn, endure, hurry
from scans import found, scan
from stanch.readers.settings import ini
from stanch.readers.settings.directives import read

READ: list[tuple[str, list[tuple[str, ...]]]] = [
    ('server {\n  location /api {\n    proxy_set_header Authorization "Basic {1}"; # why\n  }\n}\nx {2};',
     [("Authorization", "Basic {1}", "server location /api proxy_set_header"), ("x", "{2}", "")]),
    ("fastcgi_param DB_PASSWORD {1};\nenv API_KEY={2};",
     [("DB_PASSWORD", "{1}", "fastcgi_param"), ("API_KEY", "{2}", "")]),
    ('set $api_key "{1}"; add_header X-Token {2} always;', [("api_key", "{1}", "set")]),
    ('if ($http_x_api_key != "{1}") { return 403; }', [("http_x_api_key", "{1}", "")]),
    ('<VirtualHost *:443>\n  SetEnv DB_PASSWORD "{1}"\n</VirtualHost>\nAuthLDAPBindPassword {2}\n',
     [("DB_PASSWORD", "{1}", "VirtualHost *:443 SetEnv"), ("AuthLDAPBindPassword", "{2}", "")]),
    ('RequestHeader set Authorization "Bearer {1}"\nHeader always set X-Key {2}',
     [("Authorization", "Bearer {1}", "RequestHeader"), ("X-Key", "{2}", "Header")]),
    ("php_value session.secret {1}", [("session.secret", "{1}", "php_value")]),
    ("remote_password {1}\nlistener 1883\n# remote_password {2}",
     [("remote_password", "{1}", ""), ("listener", "1883", "")]),
    ("OIDCClientSecret '{1} {2}'", [("OIDCClientSecret", "{1} {2}", "")]),
    ("a \"{1}\n}}}\n</x>\nb {2}", [("a", "{1}", ""), ("b", "{2}", "")]),
    ("{{{ ; ; {1}", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), READ)
def test_read(text: str, expected: list[tuple[str, ...]]) -> None:
    """A directive's value has its word's name, or the name that follows that; blocks are the section."""
    check(read, text, expected)


def test_conf() -> None:
    """A `.conf` that has blocks is none with `=`."""
    text = 'server {\n  proxy_set_header Authorization "Basic {1}";\n}'
    check(ini.read, text, [("Authorization", "Basic {1}", "server proxy_set_header")])


@given(st.lists(st.sampled_from([*(text for text, _ in READ), "\n", "'", '"', "{", "}", ";", "<a>"]), max_size=5))
def test_pieces(texts: list[str]) -> None:
    """Pieces in any order are read as far as they go."""
    endure(read, "".join(texts).encode())


@given(st.binary(max_size=300))
def test_any(data: bytes) -> None:
    """No bytes make it raise."""
    endure(read, data)


def test_hostile() -> None:
    """Openings without an end take no longer than what they are in bytes."""
    hurry(read, [b"{", b"a {\n", b'"', b"<a", b"<a>\n", b"a ", b"\\", b"$", b"${", b"if $a=b {\n", b";", b"location x"])
    hurry(ini.read, [b"location x", b" ", b"server", b"location \n", b"location " + b" " * 2_000])


def test_scan(tmp_path: Path) -> None:
    """A header that a proxy sets is found though nothing but a blank says that it has a value."""
    (tmp_path / "nginx.conf").write_text(f'http {{\n  proxy_set_header X-Auth-Token "{drawn(1)}";\n}}\n')
    finding = found(scan(tmp_path))[drawn(1).encode()]
    assert (finding.locations[0].line, finding.locations[0].column) == (2, 34)
