"""YAML: values with their names, in every style, and in every shape that its users give them."""

from __future__ import annotations

import base64
import time
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import scans
from stanch.readers import formats
from stanch.readers.settings import yaml

V = bytes(Random(7).choices(b"abcdefghjkmnpqrstuvwxyz23456789", k=20))
ENCODED = base64.b64encode(V)

READ = [
    # text with @ for the value, its name, its section
    (b"password: @\n", b"password", b""),
    (b"password: @", b"password", b""),
    (b"password: @  # the old one\r\nb: c\r\n", b"password", b""),
    (b"password: '@'", b"password", b""),
    (b'"pass word": "@" # note', b"pass word", b""),
    (b"a:\n  b:\n    c: 1\n  d:\n    password: @\n", b"password", b"a d"),
    (b"a: b\n---\nc:\n  password: @\n", b"password", b"c"),
    (b"password:\n  @\n", b"password", b""),
    (b"password: !!str @", b"password", b""),
    (b"password: &pw @\nother: *pw\n", b"password", b""),
    (b"base: &base\n  pin: @\nprod:\n  <<: *base\n", b"pin", b"base"),
    (b"? password\n: x\npassword: @", b"password", b""),
    (b"url: http://x\npassword: @", b"password", b""),
    # blocks
    (b"password: |\n  @\n", b"password", b""),
    (b"password: >-\n\n    @\n\nb: c\n", b"password", b""),
    (b"a:\n  - password: |+ # note\n      @\n\n    b: c\n", b"password", b"a"),
    (b"password: |2\n  @\nb: c", b"password", b""),
    # collections in a line
    (b"db: {user: me, password: @}", b"password", b"db"),
    (b'db: {"password":"@", x: [1, 2]} # x', b"password", b"db"),
    (b"db: {\n  user: me,  # x\n  password: '@',\n}\n", b"password", b"db"),
    (b"passwords: [abcd, @]", b"passwords", b"passwords"),
    (b"passwords:\n- abcd\n- @\n", b"passwords", b"passwords"),
    (b"- - password: @\n", b"password", b""),
    # lists of variables
    (b"services:\n  db:\n    environment:\n      - DB_PASSWORD=@\n", b"DB_PASSWORD", b"services db environment"),
    (b"environment:\n- 'A_TOKEN=@'\n", b"A_TOKEN", b"environment"),
    (b'environment:\n- A_TOKEN="@"\n', b"A_TOKEN", b"environment"),
    (b"command: [mysqld, --password, @]", b"--password", b"command"),
    # name and value apart
    (b"env:\n  - name: DB_PASSWORD\n    value: @\n", b"DB_PASSWORD", b"env"),
    (b'env:\n- value: "@"\n  name: DB_PASSWORD\n- name: B\n', b"DB_PASSWORD", b"env"),
    (b"variables:\n- name: dbPassword\n  value: @\n- group: x\n", b"dbPassword", b"variables"),
    (b"- ParameterKey: DbPassword\n  ParameterValue: @\n", b"DbPassword", b""),
    (b"Parameters:\n  DbPassword:\n    Type: String\n    Default: @\n", b"DbPassword", b"Parameters DbPassword"),
    (b"variables:\n  DB_PASSWORD:\n    value: @\n    description: it\n", b"DB_PASSWORD", b"variables DB_PASSWORD"),
    # what is known of single formats
    (b"kind: ConfigMap\nmetadata:\n  name: orders\ndata:\n  token: @\n", b"token", b"ConfigMap orders data"),
    (b"kind: Secret\nmetadata:\n  name: orders\nstringData:\n  token: @\n", b"token", b"Secret orders stringData"),
    (
        b"kind: ConfigMap\ndata:\n  application.yml: |\n    spring:\n      datasource:\n        password: @\n",
        b"password",
        b"ConfigMap data application.yml spring datasource",
    ),
    (
        b'kind: ConfigMap\ndata:\n  a.json: |\n    {\n      "password": "@"\n    }\n',
        b"password",
        b"ConfigMap data a.json",
    ),
    (b"kind: ConfigMap\ndata:\n  .env: |\n    A=1234\n    DB_PASSWORD=@\n", b"DB_PASSWORD", b"ConfigMap data .env"),
    (b"users:\n- name: ada\n  user:\n    token: @\n", b"token", b"users ada user"),
    (b"users:\n- name: ada\n  user:\n    client-key-data: @\n", b"private_key", b"users ada user"),
    (b"jobs:\n  a:\n    steps:\n    - run: |\n        set -e\n        export TOKEN=@\n", b"TOKEN", b"jobs a steps run"),
    (b"- run: curl --token @ https://acme.test\n", b"--token", b"run"),
    (b"Environment:\n  Variables:\n    API_KEY: @\n    B: !Ref C\n", b"API_KEY", b"Environment Variables"),
    (b"UserData: !Base64 |\n  export TOKEN=@\n", b"TOKEN", b"UserData"),
    (b"Url: !Sub 'https://acme.test?x=${A}&token=@'\n", b"token", b"Url"),
    # templates and broken files
    (b"{{- if .Values.x }}\na:\n{{- end }}\n  password: @\n", b"password", b"a"),
    (b"a: {{ .Values.a }}\npassword: @\n", b"password", b""),
    (b"a: [1, 2\nb: {x: y\npassword: @\n", b"password", b""),
    (b'a: "unclosed\nb: c\npassword: @\n', b"password", b""),
    (b"a: b\n   c: d\n  e: f\n password: @\n", b"password", b"a"),
    (b"\ta: b\n\tpassword: @\n", b"password", b""),
    (b"just text\npassword: @\n", b"password", b""),
]


@pytest.mark.parametrize(("text", "name", "section"), READ)
def test_read(text: bytes, name: bytes, section: bytes) -> None:
    """Name, value and section are what the format says, and the span is the value's own."""
    data = text.replace(b"@", V)
    found = [item for item in yaml.read(data) if (item.name, item.value) == (name, V)]
    assert [item.section for item in found] == [section]
    assert data[slice(*found[0].span(0, len(V)))] == V


FOLDED = [
    # text, value, the parts it stands in
    (b"pin: 'it''s'\n", b"it's", [b"it''s"]),
    (rb'pin: "a\"b\x41\u00e9\e"', 'a"bAé\x1b'.encode(), [rb"a\"b\x41\u00e9\e"]),
    (b'pin: "one\n  two \\\n  three"', b"one two three", [b"one\n  two \\\n  three"]),
    (b"pin: one\n  two\n\nb: c", b"one two", [b"one\n  two"]),
    (b"pin: |\n  one\n    two\n\n  three\nb: c", b"one\n  two\n\nthree", [b"one\n", b"  two\n\n", b"three"]),
    (b"pin: >\n  one\n  two\n\n  three\n", b"one two\n three", [b"one\n", b"two\n\n", b"three"]),
    (b"pin: !!binary " + ENCODED, V, [ENCODED]),
    (b"kind: Secret\ndata:\n  pin: " + ENCODED, V, [ENCODED]),
    (b"data:\n  pin: " + ENCODED + b"\nkind: Secret", V, [ENCODED]),
]


@pytest.mark.parametrize(("data", "value", "parts"), FOLDED)
def test_folded(data: bytes, value: bytes, parts: list[bytes]) -> None:
    """A value of several lines, with escapes or in base64, and the places of its parts."""
    item = next(item for item in yaml.read(data) if item.name == b"pin")
    assert item.value == value
    assert [data[start:end] for start, end in item.parts] == parts


ELSEWHERE = [
    b"password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  6162\n",
    b"password: !Ref DbPassword\n",
    b"password: !secret db_password\n",
    b"env:\n  secrets-manager:\n    DB_PASSWORD: prod/db:password\n",
    b"env:\n  parameter-store:\n    DB_PASSWORD: db_password_of_production\n",
    b"config:\n  app:dbPassword:\n    secure: AAABAHcXfCq1\n",
    b"encryptionsalt: v1:abcdefgh\n",
    b"kind: SealedSecret\nspec:\n  encryptedData:\n    pin: AgBghj\n",
]


@pytest.mark.parametrize("data", ELSEWHERE)
def test_elsewhere(data: bytes) -> None:
    """A pointer and ciphertext are no constants, and say so."""
    assert any(item.dynamic for item in yaml.read(data))
    assert not [item for item in yaml.read(data) if b"assword" in item.name and not item.dynamic]


SILENT = [b"a: *alias", b"a: ~", b"a: true", b"a: |\n", b"a:\n", b"# password: abcdefg", b"a: 'b'", b"", b"---\n...\n"]


@pytest.mark.parametrize("data", SILENT)
def test_silent(data: bytes) -> None:
    """An alias is not a second place; a comment, nothing and a few letters are left to others."""
    assert list(yaml.read(data)) == []


@given(st.binary(max_size=200) | st.text(alphabet="{}[]\"':,-|>&*!#@?ab\n  \t\r", max_size=200).map(str.encode))
def test_any_bytes(data: bytes) -> None:
    """Nothing makes it raise, and every part lies in what was read."""
    for item in yaml.read(data):
        assert item.parts
        assert all(0 <= start <= end <= len(data) for start, end in item.parts)


@given(st.sampled_from(READ), st.integers(0, 60), st.integers(0, 60))
def test_truncated(row: tuple[bytes, bytes, bytes], start: int, end: int) -> None:
    """What was cut at either end is read as far as it goes."""
    data = row[0].replace(b"@", V)[start : -end or None]
    assert all(item.name for item in yaml.read(data))


HOSTILE = [
    b"a: [\n", b"a: {", b'a: "\n', b'a: "\\', b"a: '\n ", b"- ", b"-\n", b"a: |\n", b"a: |\n ", b"a:\n", b" ", b"\t",
    b"a: b\n ", b"&a ", b"!a ", b"? ", b": ", b"a: b #", b"#", b"[", b"{{", b"---\n", b"a\n ", b"\r", b"a: >\n\n",
    b"''", b"*a\n", b"a: ['",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile(piece: bytes) -> None:
    """What repeats without end is read in time that grows with its length alone."""
    data = piece * (100_000 // len(piece))
    began = time.process_time()
    assert all(len(item.section) < 300 for item in yaml.read(data))
    assert time.process_time() - began < 5


def test_stairs() -> None:
    """Indentation that never ends is read in reasonable time, too."""
    data = b"".join(b" " * depth + b"a: |\n" if depth % 2 else b" " * depth + b"b:\n" for depth in range(600))
    began = time.process_time()
    assert all(item.name for item in yaml.read(data + b" " * 600 + b"password: " + V))
    assert time.process_time() - began < 5


NAMES = "a.yml docker-compose.yaml values.yaml.tmpl .gitlab-ci.yml kubeconfig prod.kubeconfig Pulumi.prod.yaml".lower()
BEGINNINGS = [
    (b"---\napiVersion: v1\n", True),
    (b"# a comment\n\nservices:\n  db:\n    image: x\n", True),
    (b"apiVersion: v1\nclusters:\n- cluster:\n    server: x\n", True),
    (b"name: CI\non: push\njobs:\n  a:\n    runs-on: x\n", True),
    (b"- hosts: all\n  vars:\n", True),
    (b"%YAML 1.2\n---\n", True),
    (b"---\ntitle: A post\n---\n\nIt says pin: no\n", False),
    (b"--- a/x\n+++ b/x\n", False),
    (b"all:\n\techo a\n", False),
    (b"From: ada\nTo: bob\n\nHello\n", False),
    (b"try:\n    import x\n", False),
    (b"a = 1\nb:\n  c: d\n", False),
    (b"#!/bin/sh\n# x\necho\n", False),
]


@pytest.mark.parametrize(("text", "known"), BEGINNINGS)
def test_beginnings(text: bytes, known: bool) -> None:
    """Content of git's history is known by how it begins."""
    format = formats.of(None, text)
    assert (format is not None and format.name == "yaml") == known


def test_names() -> None:
    """Files are known by their names."""
    assert {formats.of(name, b"").module for name in NAMES.split()} == {"stanch.readers.settings.yaml"}  # type: ignore[union-attr]


def test_scan(tmp_path: Path) -> None:
    """A scan names the line and column of a value whose name stands below it."""
    value = scans.token(3)[4:24]
    text = b"x:\n  token: %s\n  env:\n  - value: %s\n    name: DB_PASSWORD\n" % (scans.token(4)[4:], value)
    (tmp_path / "deploy.yaml").write_bytes(text)
    [location] = scans.found(scans.scan(tmp_path))[value].locations
    assert (location.line, location.column) == (4, 12)


def test_large() -> None:
    """Of a large file what stands around a line is read, with its place in the whole."""
    value, other = scans.token(3)[4:24], scans.token(4)[4:24]
    around = b"".join(b"a%d:\n  b: c\n" % number for number in range(4_000))
    pair = b"env:\n- value: %s\n  name: DB_PASSWORD\n"
    data = around + pair % value + around + pair % other
    found = {item.secret: item for item in scans.engine().scan(scans.chunk(data, "a.yml"))}
    assert set(found) == {value, other}
    for secret, item in found.items():
        at = data.find(secret)
        assert scans.span(item) == scans.place(data, at, at + len(secret))
