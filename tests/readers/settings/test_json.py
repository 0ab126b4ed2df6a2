"""JSON and what people make of it: values with their names, wherever in an object those stand."""

from __future__ import annotations

import base64
import json as standard
import time
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import scans
from stanch.readers import formats
from stanch.readers.settings import json

V = bytes(Random(5).choices(b"abcdefghjkmnpqrstuvwxyz23456789", k=20))
NUMBER = b"%d" % Random(6).randrange(10**8, 10**9)

READ = [
    # text with @ for the value or ~ for a number, its name, its section
    (b'{"password": "@"}', b"password", b""),
    (b'{"db": {"prod": {"password": "@"}}}', b"password", b"db prod"),
    (b'{"Values": {"Db:Password": "@"}, "IsEncrypted": false}', b"Db:Password", b"Values"),
    (b'\xef\xbb\xbf{"a": 1, "password": "@"}', b"password", b""),
    (b'{"a": [1, 2.5, true, null, "x"], "password": "@",}', b"password", b""),
    (b'{"password": ~}', b"password", b""),
    # JSON5, comments, broken
    (b"{password: '@'}", b"password", b""),
    (b'{"url": "http://x", // "not": "this"\n /* {"nor": \n "this"} */ "password": "@", }', b"password", b""),
    (b'{"a": "one \\\n two", "password": "@"}', b"password", b""),
    (b'{"a": "unclosed,\n "password": "@"', b"password", b""),
    (b'  "token": "x",\n "password": "@"\n }, {"a": 1}]', b"password", b""),
    (b'{"a": 1}\n{"b": {"password": "@"}}\n', b"password", b"b"),
    # name and value apart
    (b'{"env": [{"name": "DB_PASSWORD", "value": "@"}]}', b"DB_PASSWORD", b"env"),
    (b'{"env": [{"value": "@", "slotSetting": false, "name": "DB_PASSWORD"}]}', b"DB_PASSWORD", b"env"),
    (b'[{"ParameterKey": "DbPassword", "ParameterValue": "@"}]', b"DbPassword", b""),
    (b'[{"secret_name": "db_password", "secret_value": "@"}]', b"db_password", b""),
    (b'{"Parameter": {"Name": "/prod/db/password", "Value": "@"}}', b"/prod/db/password", b"Parameter"),
    (b'{"Environment": [{"Name": "X_TOKEN", "Value": "@"}]}', b"X_TOKEN", b"Environment"),
    (b'{"header": [{"key": "X-Api-Key", "value": "@", "type": "text"}]}', b"X-Api-Key", b"header"),
    (b'{"auth": {"apikey": [{"key": "value", "value": "@"}]}}', b"apikey", b"auth apikey"),
    (b'{"parameters": {"dbPassword": {"value": "@"}}}', b"dbPassword", b"parameters dbPassword"),
    (b'{"parameters": {"pw": {"type": "securestring", "defaultValue": "@"}}}', b"pw", b"parameters pw securestring"),
    (b'{"Parameters": {"Pw": {"Type": "String", "Default": "@", "NoEcho": true}}}', b"Pw", b"Parameters Pw"),
    (b'{"outputs": {"db_password": {"sensitive": true, "value": "@"}}}', b"db_password", b"outputs db_password"),
    (b'{"db_password": {"defaultValue": "@"}}', b"db_password", b"db_password"),
    (b'{"keyValue": "@", "key": "token"}', b"keyValue", b""),
    (b'{"name": "token", "interval": "@"}', b"interval", b"token"),
    (b'{"Tags": [{"Key": "Token", "Value": "@"}]}', b"Value", b"Tags"),
    # what objects are about
    (
        b'{"resources": [{"type": "aws_db", "name": "orders", "instances": [{"attributes": {"password": "@"}}]}]}',
        b"password",
        b"resources aws_db orders instances attributes",
    ),
    # sequences
    (b'{"Env": ["PATH=/bin", "API_TOKEN=@"]}', b"API_TOKEN", b"Env"),
    (b'{"command": ["mysqldump", "--password", "@", "db"]}', b"--password", b"command"),
    (b'{"command": ["serve", "--api-key=@"]}', b"api-key", b"command"),
    (b'{"passwords": ["@"]}', b"passwords", b"passwords"),
    (b'{"apiTokens": {"mailer": "@"}}', b"apiTokens.mailer", b"apiTokens"),
    # inside of texts
    (b'{"scripts": {"up": "export DB_PASSWORD=@; serve"}}', b"DB_PASSWORD", b"scripts up"),
    (b'{"body": "{\\"password\\": \\"@\\"}"}', b"password", b"body"),
    (b'{"cells": [{"source": ["x = 1\\n", "password = \\"@\\"\\n", "y"]}]}', b"password", b"cells source source"),
    (b'{"cells": [{"outputs": [{"text": ["a\\n", "token: @"]}]}]}', b"token", b"cells outputs text text"),
    (b'{"ZipFile": "import os\\npassword = \'@\'\\n"}', b"password", b"ZipFile"),
    (b'{"request": {"postData": {"text": "user=me&password=@"}}}', b"password", b"request postData text"),
    # where a format says so
    (b'{"github-oauth": {"github.com": "@"}}', b"token", b"github-oauth"),
    (b'{"credentials": {"app.terraform.io": {"token": "@"}}}', b"token", b"credentials app.terraform.io"),
    (b'{"keys": [{"kty": "oct", "k": "@"}]}', b"private_key", b"keys"),
]


@pytest.mark.parametrize(("text", "name", "section"), READ)
def test_read(text: bytes, name: bytes, section: bytes) -> None:
    """Name, value and section are what the format says, and the span is the value's own."""
    value = V if b"@" in text else NUMBER
    data = text.replace(b"@", V).replace(b"~", NUMBER)
    found = [item for item in json.read(data) if (item.name, item.value) == (name, value)]
    assert [item.section for item in found] == [section]
    assert data[slice(*found[0].span(0, len(value)))] == value


ESCAPED = [
    (rb"a\"b\\c\/d", b'a"b\\c/d'),
    (rb"a\nb\tc", b"a\nb\tc"),
    (rb"\u00e9\uD83D\ude00\ud83dx", "é😀?x".encode()),
    (rb"\x41\u12", b"Au12"),
]


@pytest.mark.parametrize(("literal", "value"), ESCAPED)
def test_escapes(literal: bytes, value: bytes) -> None:
    """Escapes are undone; the value then has one part, which is the literal's inside."""
    data = b'{"password": "' + literal + b'", "b": 1}'
    item = next(item for item in json.read(data) if item.name == b"password")
    assert item.value == value
    assert [data[start:end] for start, end in item.parts] == [literal]


def test_exact_inside_escaped() -> None:
    """What stands inside of a text that has escapes elsewhere is found to the byte."""
    data = b'{"run": "echo \\"hi\\"\\nexport TOKEN=' + V + b'\\necho"}'
    item = next(item for item in json.read(data) if item.name == b"TOKEN")
    assert data[slice(*item.span(0, len(V)))] == item.value == V


def test_docker_config() -> None:
    """The password of a registry is in base64 with its user, and the format says that it is one."""
    auth = base64.b64encode(b"ada:" + V)
    data = b'{"auths": {"registry.acme.test": {"auth": "' + auth + b'"}}}'
    [item] = json.read(data)
    assert (item.name, item.value, item.section, item.sure) == (b"password", V, b"auths registry.acme.test", True)
    assert data[slice(*item.span(0, len(V)))] == auth


DYNAMIC = [
    b"""{"password": "[concat('a', parameters('dbPassword'))]"}""",
    b'{"secrets": [{"name": "DB_PASSWORD", "valueFrom": "a-name-in-a-store"}]}',
    b'{"dbPassword": {"secure": "AAABAHcXfCq1"}}',
]


@pytest.mark.parametrize("data", DYNAMIC)
def test_elsewhere(data: bytes) -> None:
    """An expression, a pointer and ciphertext are no constants, and say so."""
    assert [item for item in json.read(data) if item.dynamic]


@given(st.binary(max_size=200) | st.text(alphabet="{}[]\"':,\\/*#=@ab\n ", max_size=200).map(str.encode))
def test_any_bytes(data: bytes) -> None:
    """Nothing makes it raise, and every part lies in what was read; those as long as the value are the value."""
    for item in json.read(data):
        assert item.parts
        assert all(0 <= start <= end <= len(data) for start, end in item.parts)
        text = b"".join(data[start:end] for start, end in item.parts)
        assert text == item.value or len(text) != len(item.value)


_LEAVES = st.text(min_size=4, max_size=12)
_TREES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1), inner, max_size=3)
)


@given(st.dictionaries(st.sampled_from(["password", "db", "x"]), _TREES, max_size=3))
def test_every_leaf(tree: dict[str, object]) -> None:
    """Every text in an object is told, as the standard library reads it."""

    def leaves(node: object) -> set[str]:
        if isinstance(node, str):
            return {node}
        inner = node.values() if isinstance(node, dict) else node
        return set().union(*map(leaves, inner))  # type: ignore[call-overload]

    data = standard.dumps(tree, ensure_ascii=False).encode("utf-8", "replace")
    told = b"\n".join(item.value for item in json.read(data))
    for leaf in leaves(standard.loads(data)):
        assert leaf.rpartition("=")[2].encode("utf-8", "replace") in told


HOSTILE = [
    b"[",
    b'{"a":',
    b'"',
    b'"\\',
    b"'",
    b"/*",
    b"//",
    b'{"a":"',
    b"\\",
    b"[{",
    b"}",
    b'"a\n',
    b" ",
    b'"a" ',
    b"a:",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile(piece: bytes) -> None:
    """What repeats without end is read in time that grows with its length alone."""
    data = piece * (100_000 // len(piece))
    began = time.process_time()
    assert all(len(item.section) < 300 for item in json.read(data))
    assert time.process_time() - began < 5


def test_deep() -> None:
    """What is nested deeper than anybody writes is read as well."""
    data = b'{"a":' * 5_000 + b'{"password": "' + V + b'"}' + b"}" * 5_000 + b'{"b": "' + V + b'"}'
    assert [item.name for item in json.read(data)] == [b"password", b"b"]


NAMES = (
    "a.json a.jsonc terraform.tfstate n.ipynb x.har local.settings.json .babelrc .dockercfg auth.json a.tfstate.backup"
)


def test_formats() -> None:
    """Files are known by their names, and content of git's history by how it begins."""
    assert {formats.of(name, b"").module for name in NAMES.split()} == {"stanch.readers.settings.json"}  # type: ignore[union-attr]
    for text in (b'{\n  "a": 1', b'\n// x\n{"a":', b'[\n{"a" : 1}]'):
        assert formats.of(None, text) is not None
    for text in (b"{", b"{{ x }}", b"{a}", b'{"a", "b"}'):
        assert formats.of(None, text) is None


def test_scan(tmp_path: Path) -> None:
    """A scan names the line and column of a value whose name stands beside it."""
    value = scans.token(3)[4:24]
    settings = [{"value": value.decode(), "slotSetting": False, "name": "DB_PASSWORD"}]
    text = standard.dumps({"token": "x" * 20, "settings": settings}, indent=2).encode()
    (tmp_path / "appsettings.json").write_bytes(text)
    [location] = scans.found(scans.scan(tmp_path))[value].locations
    assert (location.line, location.column) == scans.place(text, text.find(value), text.find(value) + 20)[:2]
