"""JSON and YAML, and what people make of them: values with their names, in every shape that these are given."""

from __future__ import annotations

import base64
import json as standard
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tree_files import ELSEWHERE, FOLDED, NUMBER, READ, Row, V, filled

import scans
from stanch.readers import Assignment
from stanch.readers.settings import json, yaml

READERS = {"json": json.read, "yaml": yaml.read}


@pytest.mark.parametrize(
    ("format", "text", "name", "section"), [(format, *row) for format, rows in READ.items() for row in rows]
)
def test_read(format: str, text: bytes, name: bytes, section: bytes) -> None:
    """Name, value and section are what the format says, and the span is the value's own."""
    value = V if b"@" in text else NUMBER
    data = filled(text)
    found = [item for item in READERS[format](data) if (item.name, item.value) == (name, value)]
    assert [item.section for item in found] == [section]
    assert data[slice(*found[0].span(0, len(value)))] == value


@pytest.mark.parametrize(
    ("format", "data", "value", "parts"), [(format, *row) for format, rows in FOLDED.items() for row in rows]
)
def test_folded(format: str, data: bytes, value: bytes, parts: list[bytes]) -> None:
    """A value with escapes, of several lines or in base64, and the places of its parts."""
    item = next(item for item in READERS[format](data) if item.name == b"pin")
    assert item.value == value
    assert [data[start:end] for start, end in item.parts] == parts


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


@pytest.mark.parametrize(("format", "data"), [(format, data) for format, rows in ELSEWHERE.items() for data in rows])
def test_elsewhere(format: str, data: bytes) -> None:
    """An expression, a pointer and ciphertext are no constants, and say so."""
    told = list(READERS[format](data))
    assert any(item.dynamic for item in told)
    assert not [item for item in told if b"assword" in item.name and not item.dynamic]


SILENT = [b"a: *alias", b"a: ~", b"a: true", b"a: |\n", b"a:\n", b"# password: abcdefg", b"a: 'b'", b"", b"---\n...\n"]


@pytest.mark.parametrize("data", SILENT)
def test_silent(data: bytes) -> None:
    """An alias is not a second place; a comment, nothing and a few letters are left to others."""
    assert list(yaml.read(data)) == []


def wrong(format: str, data: bytes) -> list[Assignment]:
    """Return what is told of any content under no name or from outside of it; of JSON what its parts are not, too.

    YAML folds a line's end into a blank, so that parts may be as long as the value and not be it.
    """
    return [
        item
        for item in READERS[format](data)
        if not (item.name and item.parts)
        or not all(0 <= start <= end <= len(data) for start, end in item.parts)
        or (format == "json" and len(written(data, item)) == len(item.value) and written(data, item) != item.value)
    ]


def written(data: bytes, item: Assignment) -> bytes:
    """Return what stands where a value is said to."""
    return b"".join(data[start:end] for start, end in item.parts)


ALPHABETS = {"json": "{}[]\"':,\\/*#=@ab\n ", "yaml": "{}[]\"':,-|>&*!#@?ab\n  \t\r"}


@pytest.mark.parametrize("format", READERS)
@given(drawing=st.data())
def test_any(format: str, drawing: st.DataObject) -> None:
    """Nothing makes it raise, and every part lies in what was read; those as long as the value are the value."""
    signs = st.text(alphabet=ALPHABETS[format], max_size=200).map(str.encode)
    assert wrong(format, drawing.draw(st.binary(max_size=200) | signs)) == []


@pytest.mark.parametrize("format", READERS)
@given(drawing=st.data(), start=st.integers(0, 60), end=st.integers(0, 60))
def test_truncated(format: str, drawing: st.DataObject, start: int, end: int) -> None:
    """What was cut at either end is read as far as it goes."""
    row: Row = drawing.draw(st.sampled_from(READ[format]))
    assert wrong(format, filled(row[0])[start : -end or None]) == []


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


HOSTILE = {
    "json": [
        b"[", b'{"a":', b'"', b'"\\', b"'", b"/*", b"//", b'{"a":"', b"\\", b"[{", b"}", b'"a\n', b" ", b'"a" ',
        b"a:",
    ],
    "yaml": [
        b"a: [\n", b"a: {", b'a: "\n', b'a: "\\', b"a: '\n ", b"- ", b"-\n", b"a: |\n", b"a: |\n ", b"a:\n", b" ",
        b"\t", b"a: b\n ", b"&a ", b"!a ", b"? ", b": ", b"a: b #", b"#", b"[", b"{{", b"---\n", b"a\n ", b"\r",
        b"a: >\n\n", b"''", b"*a\n", b"a: ['",
    ],
}  # fmt: skip
STAIRS = b"".join(b" " * depth + (b"a: |\n" if depth % 2 else b"b:\n") for depth in range(600))


@pytest.mark.parametrize(
    ("format", "data"),
    [
        *((format, piece * (100_000 // len(piece))) for format, pieces in HOSTILE.items() for piece in pieces),
        ("yaml", STAIRS + b" " * 600 + b"password: " + V),
    ],
    ids=lambda value: value if isinstance(value, str) else repr(value[:8]),
)
def test_hostile(format: str, data: bytes) -> None:
    """What repeats or goes deeper without end is read in time that grows with its length alone."""
    began = time.process_time()
    assert all(item.name and len(item.section) < 300 for item in READERS[format](data))
    assert time.process_time() - began < 5


def test_deep() -> None:
    """What is nested deeper than anybody writes is read as well."""
    data = b'{"a":' * 5_000 + b'{"password": "' + V + b'"}' + b"}" * 5_000 + b'{"b": "' + V + b'"}'
    assert [item.name for item in json.read(data)] == [b"password", b"b"]


SCANNED = [
    (
        "appsettings.json",
        b'{\n  "token": "%s",\n  "settings": [\n    {\n      "value": "%s",\n'
        b'      "slotSetting": false,\n      "name": "DB_PASSWORD"\n    }\n  ]\n}' % (b"x" * 20, V),
    ),
    ("deploy.yaml", b"x:\n  token: %s\n  env:\n  - value: %s\n    name: DB_PASSWORD\n" % (scans.token(4)[4:], V)),
]


@pytest.mark.parametrize(("name", "data"), SCANNED)
def test_scan(tmp_path: Path, name: str, data: bytes) -> None:
    """A scan names the line and column of a value whose name stands below it."""
    (tmp_path / name).write_bytes(data)
    [location] = scans.found(scans.scan(tmp_path))[V].locations
    at = data.find(V)
    assert (location.line, location.column) == scans.place(data, at, at + len(V))[:2]


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
