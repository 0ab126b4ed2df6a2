"""Every layer, and layers in layers: what stands in them is found by both engines, and placed in the outer text."""

from __future__ import annotations

import base64
import bz2
import gzip
import json
import lzma
import string
from random import Random

import pytest

from decode.written import WRITTEN, from_base64, in_url
from packing import tarred, zipped
from scans import BOTH, detect, token
from stanch.model import Detection


def drawn(number: int, length: int = 16) -> bytes:
    """Return a password of letters and digits, the same for the same number."""
    return "".join(Random(number).choices(string.ascii_letters + string.digits, k=length)).encode() + b"7"


SECRET = drawn(1)
LINE = b'{"user": "ada", "mode": "fast and long enough for some lines", "password": "%s", "size": 12}' % SECRET
BEFORE, BEHIND = b"# about it\n\nvalue <", b">\n# and so on\n"


def told(data: bytes, name: str) -> list[Detection]:
    """Return the detections in a file's content."""
    return [item for item in detect(data, name) if isinstance(item, Detection)]


def piece(data: bytes, item: Detection) -> bytes:
    """Return the text that a detection's place names."""
    lines = data.splitlines(keepends=True)
    at = item.location
    start = sum(map(len, lines[: at.line - 1])) + at.column - 1
    return data[start : sum(map(len, lines[: at.end_line - 1])) + at.end_column]


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("what", WRITTEN)
def test_each_layer(what: str, name: str) -> None:
    """A password in each layer is found, and the place is where exactly its characters are encoded."""
    layer, write, read = WRITTEN[what]
    data = BEFORE + write(LINE) + BEHIND
    [found] = told(data, name)
    assert (found.secret, found.location.layers) == (SECRET, (layer,))
    inner = read(piece(data, found))
    assert SECRET in inner
    assert len(inner) <= len(SECRET) + (4 if layer == "base64" else 0)


NESTED = [
    # what is inside, in what it is written again; the layers as they are told
    ("base64", "base64", ("base64", "base64")),
    ("URL-safe base64", "over literals of Java", ("base64", "base64")),
    ("base64 over lines of 64", "over literals of Python", ("base64", "base64")),
    ("base64", "percent signs", ("base64",)),
    ("base64", "HTML with numbers", ("base64",)),
    ("HTML", "base64", ("base64", "html")),
    ("HTML", "over literals of Java", ("base64", "html")),
    ("HTML", "hexadecimal digits", ("hex", "html")),
    ("percent signs", "percent signs", ("percent", "percent")),
    ("percent signs", "UTF-16", ("utf-16-le", "percent")),
    ("UTF-16", "base64", ("base64", "utf-16-le")),
    ("UTF-16", "over lines of 76, with CR", ("base64", "utf-16-le")),
    ("signs by number", "HTML with hexadecimal numbers", ("escaped",)),
    ("signs by number", "base64", ("base64", "escaped")),
]


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize(("inside", "outside", "layers"), NESTED)
def test_layers_in_layers(inside: str, outside: str, layers: tuple[str, ...], name: str) -> None:
    """The place in two layers is the outer place of the inner place."""
    text = b"-" * 70 + b"\n  " + WRITTEN[inside][1](LINE) + b"  "
    [alone] = told(text, name)
    data = BEFORE + WRITTEN[outside][1](text) + BEHIND
    [found] = told(data, name)
    assert (found.secret, found.location.layers) == (SECRET, layers)
    read = WRITTEN[outside][2](piece(data, found))
    assert piece(text, alone) in read
    assert len(read) <= len(piece(text, alone)) + 4


INTERRUPTED = [
    # how the signs of base64 are written, the layer
    (b"/", b"\\/", "escaped"),
    (b"/", b"%2F", "percent"),
    (b"+", b"%2b", "percent"),
]


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize(("sign", "written", "layer"), INTERRUPTED)
def test_escapes_in_base64(sign: bytes, written: bytes, layer: str, name: str) -> None:
    """Base64 whose own signs are escaped, as PHP does in JSON and who makes a URL, is read as a whole."""
    text = b"?>?>?>~~~~>>>???" + LINE + b"~~~???>>>"
    run = base64.b64encode(text)
    assert sign in run
    data = b'{"a": "' + run.replace(sign, written) + b'"}'
    [found] = told(data, name)
    assert (found.secret, found.location.layers) == (SECRET, (layer, "base64"))
    assert SECRET in from_base64(piece(data, found).replace(written, sign))


PACKERS = {
    "gzip": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress,
    "zip:app/.env": lambda data: zipped({"app/.env": data}),
    "tar:app/.env": lambda data: gzip.compress(tarred({"app/.env": data})),
}  # fmt: skip


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("width", [76, 10_000])
@pytest.mark.parametrize("layer", PACKERS)
def test_compressed_content_in_base64(layer: str, width: int, name: str) -> None:
    """An archive in base64 is opened; the place is all of it, for no part of it says anything alone."""
    packed = PACKERS[layer](b"MODE=fast\nDB_PASSWORD=" + SECRET + b"\n")
    run = base64.b64encode(packed)
    data = b"data: |\n" + b"\n".join(run[at : at + width] for at in range(0, len(run), width)) + b"\nnext: x\n"
    [found] = told(data, name)
    assert found.secret == SECRET
    assert found.location.layers[0] == "base64"
    assert found.location.layers[-1] == layer
    assert from_base64(piece(data, found)) == packed


@pytest.mark.parametrize("name", BOTH)
def test_a_release_of_helm(name: str) -> None:
    """What Helm keeps is base64 of base64 of gzip of JSON, with manifests in its strings."""
    manifest = b"kind: Secret\nstringData:\n  password: " + SECRET + b"\n"
    release = gzip.compress(json.dumps({"manifest": manifest.decode()}).encode(), mtime=0)
    [found] = told(b"  release: " + base64.b64encode(base64.b64encode(release)) + b"\n", name)
    assert found.secret == SECRET
    assert found.location.layers[:3] == ("base64", "base64", "gzip")


VALUES = [
    # an assignment's value, the secrets in it, the layers
    (base64.b64encode(SECRET), SECRET, ("base64",)),
    (base64.b64encode(base64.b64encode(base64.b64encode(SECRET))), SECRET, ("base64",) * 3),
    (base64.urlsafe_b64encode(SECRET * 2).rstrip(b"="), SECRET * 2, ("base64",)),
    (SECRET.hex().encode(), SECRET, ("hex",)),
    (base64.b64encode(SECRET.hex().encode()), SECRET, ("base64", "hex")),
    (b"ab%2F" + SECRET, b"ab/" + SECRET, ("percent",)),
    (SECRET, SECRET, ()),
]


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize(("value", "secret", "layers"), VALUES)
def test_whole_values(value: bytes, secret: bytes, layers: tuple[str, ...], name: str) -> None:
    """A named value that is encoded as a whole is read, in whatever is in whatever; its place is all of it."""
    data = b"# x\n  password: '" + value + b"'\n"
    [found] = told(data, name)
    assert (found.secret, found.location.layers, piece(data, found)) == (secret, layers, value)


@pytest.mark.parametrize("name", BOTH)
def test_a_file_as_a_value(name: str) -> None:
    """A named value that is a file in base64 is read as one: each secret has a place of its own in it."""
    text = b"MODE=fast\nDB_PASSWORD=" + SECRET + b"\nAPI_TOKEN=" + drawn(2) + b"\n"
    data = b"ENV_SECRET: " + base64.b64encode(text) + b"\n"
    first, second = told(data, name)
    assert (first.secret, second.secret) == (SECRET, drawn(2))
    assert SECRET in from_base64(piece(data, first))
    assert drawn(2) in from_base64(piece(data, second))


@pytest.mark.parametrize("name", BOTH)
def test_no_name_stands_beside(name: str) -> None:
    """A Docker configuration in a manifest in base64: user and password in base64 in JSON in base64 in YAML."""
    auth = base64.b64encode(b"ada:" + SECRET)
    config = base64.b64encode(b'{"auths": {"https://registry.test": {"auth": "' + auth + b'"}}}')
    data = b"x: " + base64.b64encode(b"data:\n  .dockerconfigjson: " + config + b"\n") + b"\n"
    found = {item.location.layers for item in told(data, name)}
    assert ("base64", "base64") in found


PROGRAMS = [
    # what stands around strings in a program
    (b"\0", b"\0"),
    (b"\0\0\0\x90", b"\0\x90\xe8"),
    (b"\xcc\xcc\0", b"\0next=value\0"),
]


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize(("before", "behind"), PROGRAMS)
def test_strings_in_programs(before: bytes, behind: bytes, name: str) -> None:
    """A token beside zeros is found, and a named value ends at a zero."""
    data = b"\x7fELF\2\1\1\0" + before + b"DB_PASSWORD=" + SECRET + behind + before + token(1) + behind
    first, second = told(data, name)
    assert (first.secret, second.secret) == (SECRET, token(1))
    assert piece(data, first) == SECRET


def test_where_layers_end() -> None:
    """More than four layers are not peeled off; what they hold is not told."""
    text, seen = LINE, []
    for _ in range(7):
        text = in_url(text)
        seen.append([item.location.layers for item in told(b"see " + text + b" there", "aho-corasick")])
    assert seen[:4] == [[("percent",) * depth] for depth in (1, 2, 3, 4)]
    assert seen[4:] == [[]] * 3
