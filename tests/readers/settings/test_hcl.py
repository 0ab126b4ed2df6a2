"""HCL as Terraform, Packer and Nomad read it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readings import check, drawn, endure, filled, hurry
from scans import found, scan
from stanch.readers.settings.hcl import read

READ: list[tuple[str, list[tuple[str, ...]]]] = [
    ('db_password = "{1}"\n"quoted key" = "{2}"', [("db_password", "{1}", ""), ("quoted key", "{2}", "")]),
    ('resource "aws_db_instance" "main" {\n  password = "{1}" # why\n  port = 5432\n}\nx = "{2}"',
     [("password", "{1}", "resource aws_db_instance main"), ("x", "{2}", "")]),
    ('variable "db_password" {\n  type = string\n  default = "{1}"\n}',
     [("db_password", "{1}", "variable db_password")]),
    ('variable "db_password" { default = "{1}" }', [("db_password", "{1}", "variable db_password")]),
    ('variable "v" { default = { password = "{1}" } }', [("password", "{1}", "variable v default")]),
    ('output "token" {\n value = "{1}"\n}', [("token", "{1}", "output token")]),
    ('environment {\n variables = {\n  A = "{1}"\n  "B" : "{2}"\n }\n}',
     [("A", "{1}", "environment variables"), ("B", "{2}", "environment variables")]),
    ('env = [{ name = "A_KEY", value = "{1}" }, { value = "{2}"\n name = "B_KEY" }]',
     [("name", "A_KEY", "env"), ("A_KEY", "{1}", "env"), ("name", "B_KEY", "env"), ("B_KEY", "{2}", "env")]),
    ('set {\n name = "db.auth.password"\n value = "{1}"\n}',
     [("name", "db.auth.password", "set"), ("password", "{1}", "set db auth")]),
    ('keys = [\n "{1}", # a\n "{2}",\n]', [("keys", "{1}", ""), ("keys", "{2}", "")]),
    ('a = "{1}\\"\\n"', [("a", '{1}"\n', "", '{1}\\"\\n')]),
    ('a = jsonencode({ token = "{1}" })', [("token", "{1}", "a")]),
    ('a = merge(local.x, {\n token = "{1}"\n})', [("token", "{1}", "a")]),
    ('a = base64encode("{1}")\nb = sensitive("{2}")', [("a", "{1}", ""), ("b", "{2}", "")]),
    ('a = var.x == "prod" ? "{1}" : "{2}"', [("a", "{1}", ""), ("a", "{2}", "")]),
    ('a = local.all["key"].id\nb = "{1}"', [("b", "{1}", "")]),
    ('password = <<EOF\n{1}\nEOF\nb = "{2}"', [("password", "{1}", ""), ("b", "{2}", "")]),
    ('user_data = <<-EOT\n  #!/bin/sh\n  export API_TOKEN={1}\n  EOT\nb = "{2}"',
     [("API_TOKEN", "{1}", "user_data export"), ("b", "{2}", "")]),
    ("user_data = <<EOF\n#!/bin/sh\nmysql -uroot -p{1}\nEOF\n", [("password", "{1}", "user_data mysql")]),
    ('a = <<EOF\nnever closed {1}\nb = "{2}"', [("b", "{2}", "")]),
    ('command = "psql --password={1}"', [("command", "psql --password={1}", ""), ("password", "{1}", "command psql")]),
    ('/* a = "{1}"\n*/ b = "{2}" // c = "{3}"', [("b", "{2}", "")]),
    ('a = "{1}\nb = "{2}"\n}}}\nc = "{3}"', [("b", "{2}", ""), ("c", "{3}", "")]),
    ("a {\n b = [ c(\n d = \"{1}\"", [("b", "{1}", "a")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), READ)
def test_read(text: str, expected: list[tuple[str, ...]]) -> None:
    """An attribute has its block's words as its section; comments, keys and what is compared are no values."""
    check(read, text, expected)


DYNAMIC = [
    ('a = "${var.x}-{1}"', True),
    ('a = "${lookup(var.m, "key")}-{1}"', True),
    ('a = format("%s-{1}", var.x)', True),
    ('a = join("", ["{1}", var.x])', True),
    ('a = "$${x}{1}"', False),
    ('a = try(var.x, "{1}")', False),
]


@pytest.mark.parametrize(("text", "dynamic"), DYNAMIC)
def test_dynamic(text: str, dynamic: bool) -> None:
    """Interpolation and functions make something else of a constant, except those that give it as it is."""
    assert {item.dynamic for item in read(text.replace("{1}", drawn(1)).encode())} == {dynamic}


def test_sure() -> None:
    """What a command line's settings give for a host is a token."""
    [item] = read(filled('credentials "app.terraform.io" {\n  token = "{1}"\n}').encode())
    assert (item.sure, item.section) == (True, b"credentials app.terraform.io")


@given(st.lists(st.sampled_from([*(text for text, _ in READ), "\n", '"', "${", "{", "]", "<<A\n"]), max_size=5))
def test_pieces(texts: list[str]) -> None:
    """Pieces in any order are read as far as they go."""
    endure(read, "".join(texts).encode())


@given(st.binary(max_size=300))
def test_any(data: bytes) -> None:
    """No bytes make it raise."""
    endure(read, data)


def test_hostile() -> None:
    """Openings without an end take no longer than what they are in bytes."""
    pieces = [b"[", b"a={", b"{[(", b"[}", b'\\"', b'"${', b"<<A\n", b"<<B\nx", b"/*", b'a="b"', b"a=", b"a = [", b"$"]
    hurry(read, pieces)


def test_scan(tmp_path: Path) -> None:
    """The default of a variable is a credential by the variable's name."""
    text = 'variable "db_password" {\n  default = "{1}"\n}\npassword = "{2}"\n'
    (tmp_path / "main.tf").write_text(filled(text))
    finding = found(scan(tmp_path))[drawn(1).encode()]
    assert (finding.rule, finding.locations[0].line, finding.locations[0].column) == ("generic-password", 2, 14)
