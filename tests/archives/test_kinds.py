"""Packages, documents, programs and databases: what is in them is read as text with borders of its own."""

from __future__ import annotations

import string
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kinds
from packing import tarred, zipped
from scans import found, scan, token
from stanch.archives import suspected
from stanch.archives.opening import Member, opened
from stanch.archives.stream import in_memory
from stanch.model import Location

TOKEN = token(1)
SECRET = "".join(Random(3).choices(string.ascii_letters + string.digits, k=17)).encode() + b"5"
KEY = b"# a file\nkey = " + TOKEN + b"\n"
FILES = {"usr/share/app/settings-with-a-long-name.conf": KEY, "a": b"1"}
NAME = next(iter(FILES))

PACKED: dict[str, tuple[Callable[[dict[str, bytes]], bytes], tuple[str, ...]]] = {
    # what it is: how it is made, the layers on the way to its first file
    "tar.zst": (lambda files: kinds.zstd(tarred(files)), ("zstd", f"tar:{NAME}")),
    "ar": (kinds.ar, (f"ar:{NAME}",)),
    "deb": (kinds.deb, ("ar:data.tar.zst", "zstd", f"tar:{NAME}")),
    "cpio": (kinds.cpio, (f"cpio:{NAME}",)),
    "older cpio": (kinds.old_cpio, (f"cpio:{NAME}",)),
    "rpm": (kinds.rpm, ("rpm", "zstd", f"cpio:{NAME}")),
    "crx": (kinds.crx, (f"zip:{NAME}",)),
    "an image of layers": (kinds.image, ("tar:blobs/sha256/" + "0" * 64, "gzip", f"tar:{NAME}")),
    "a jar in a war in an ear": (
        lambda files: zipped({"a.war": zipped({"WEB-INF/lib/a.jar": zipped(files)})}),
        ("zip:a.war", "zip:WEB-INF/lib/a.jar", f"zip:{NAME}"),
    ),
}


def where(folder: Path, data: bytes, secret: bytes) -> Location:
    """Return the only place of a secret in a file with that content; nothing else is found, and all is read."""
    folder.joinpath("a.bin").write_bytes(data)
    assert suspected(data)
    result = scan(folder)
    assert result.faults == ()
    [location] = found(result)[secret].locations
    return location


@pytest.mark.parametrize("what", PACKED)
def test_packages(what: str, tmp_path: Path) -> None:
    """A file in a package is read, and its place is its own line and column."""
    make, layers = PACKED[what]
    location = where(tmp_path, make(FILES), TOKEN)
    assert (location.layers, location.line, location.column) == (layers, 2, len("key = ") + 1)


SUFFIXES = ["whl", "nupkg", "jar", "war", "ear", "apk", "vsix", "xpi", "egg", "aar", "ipa", "zip"]


def test_names_do_not_matter(tmp_path: Path) -> None:
    """A zip is opened whatever it is called."""
    for number, suffix in enumerate(SUFFIXES):
        tmp_path.joinpath(f"a.{suffix}").write_bytes(zipped({"x/y.txt": b"key = " + token(number) + b"\n"}))
    result = scan(tmp_path)
    assert set(found(result)) == {token(number) for number in range(len(SUFFIXES))}


def test_a_function_and_its_layer(tmp_path: Path) -> None:
    """Deployment packages of AWS Lambda, in JavaScript and in Python, and a layer with a library's settings."""
    node = b'const db = require("db");\nexports.handler = async () => db.connect({\n  password: "%s"\n});\n' % SECRET
    python = b"import os\nDB_PASSWORD = '%s'\n\ndef handler(event, context):\n    return 1\n" % SECRET[::-1]
    tmp_path.joinpath("node.zip").write_bytes(
        zipped({"index.js": node, "node_modules/db/index.js": b"module.exports = 1\n"})
    )
    tmp_path.joinpath("python.zip").write_bytes(zipped({"app.py": python}))
    tmp_path.joinpath("layer.zip").write_bytes(zipped({"python/lib/site/conf.py": b"key = " + TOKEN + b"\n"}))
    places = [location for finding in found(scan(tmp_path)).values() for location in finding.locations]
    assert sorted((location.path, location.layers[0], location.line) for location in places) == [
        ("layer.zip", "zip:python/lib/site/conf.py", 1),
        ("node.zip", "zip:index.js", 3),
        ("python.zip", "zip:app.py", 2),
    ]


HALVES = TOKEN[:9].decode(), TOKEN[9:].decode()
DOCUMENTS = {
    "docx": (kinds.docx([["The password:"], ["It is ", *HALVES]]), "zip:word/document.xml", 2),
    "xlsx": (kinds.xlsx(["name", TOKEN.decode()]), "zip:xl/sharedStrings.xml", 2),
    "pptx": (kinds.pptx(["A slide", TOKEN.decode()]), "zip:ppt/slides/slide1.xml", 2),
    "odt": (kinds.odt(["A text", "&amp; more", TOKEN.decode()]), "zip:content.xml", 3),
}


@pytest.mark.parametrize("what", DOCUMENTS)
def test_office_documents(what: str, tmp_path: Path) -> None:
    """What is one word to its reader is one word to stanch, in however many elements; a paragraph is a line."""
    data, member, line = DOCUMENTS[what]
    assert TOKEN not in data
    location = where(tmp_path, data, TOKEN)
    assert (location.layers, location.line) == ((member, "text"), line)


def test_a_password_in_a_document(tmp_path: Path) -> None:
    """A name and its value in different runs are an assignment, and entities are the signs that they stand for."""
    secret = SECRET[:9].decode(), SECRET[9:].decode()
    location = where(tmp_path, kinds.docx([["pass", "word", " = &quot;", *secret, "&quot;"]]), SECRET)
    assert (location.line, location.column) == (1, len('password = "') + 1)


def test_compiled_python(tmp_path: Path) -> None:
    """A string of compiled Python has a border at its end, whatever byte stands there."""
    data = kinds.pyc(f"KEY = 'a b'\nTOKEN = '{TOKEN.decode()}'\nOTHER = 'x y'\n")
    assert where(tmp_path, data, TOKEN).layers == ("pyc",)


def test_java_classes(tmp_path: Path) -> None:
    """A class's strings are lines, and a constant field is an assignment."""
    data = kinds.java("DB_PASSWORD", SECRET.decode(), TOKEN.decode())
    assert where(tmp_path, data, SECRET).layers == ("class",)
    assert where(tmp_path, data, TOKEN).layers == ("class",)


TABLE = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, 'password' VARCHAR(20), note TEXT, CHECK (id > 0))"
ROW = "INSERT INTO users (name, password, note) VALUES (?, ?, ?)"


@pytest.mark.parametrize("others", [0, 300])
@pytest.mark.parametrize("note", ["", "much to say, " * 2_000])
def test_databases(others: int, note: str, tmp_path: Path) -> None:
    """A row of SQLite is read with the names of its columns, on whatever page it stands and however long it is."""
    rows = [(ROW, (f"name {number}", None, note[:300])) for number in range(others)]
    data = kinds.sqlite([(TABLE, ()), *rows, (ROW, ("ada", SECRET.decode(), note + TOKEN.decode()))])
    assert where(tmp_path, data, SECRET).layers == ("sqlite",)
    assert where(tmp_path, data, TOKEN).layers == ("sqlite",)


def test_a_deleted_row(tmp_path: Path) -> None:
    """What was deleted from a database is still in it, and found."""
    rows = [(ROW, ("ada", "x", " " + TOKEN.decode() + " ")), (ROW, ("bob", "y", "z"))]
    data = kinds.sqlite(
        [("PRAGMA secure_delete = OFF", ()), (TABLE, ()), *rows, ("DELETE FROM users WHERE name = 'ada'", ())]
    )
    assert where(tmp_path, data, TOKEN).layers == ("sqlite",)


MADE = {
    **{what: make(FILES) for what, (make, _) in PACKED.items()},
    **{what: data for what, (data, _, _) in DOCUMENTS.items()},
    "pyc": kinds.pyc("KEY = 'a text'"),
    "class": kinds.java("NAME", "value", "text"),
    "sqlite": kinds.sqlite([(TABLE, ()), (ROW, ("ada", "x", "much to say, " * 900))]),
    "zstd": kinds.zstd(b"a text, and more of it; " * 90),
}


@given(st.sampled_from(sorted(MADE)), st.floats(0, 1), st.floats(0, 1), st.binary(max_size=6))
def test_damage(what: str, start: float, end: float, instead: bytes) -> None:
    """Each kind, cut off or overwritten anywhere, is read as far as it goes: nothing raises, nothing grows."""
    data = MADE[what]
    data = data[: int(start * len(data))] + instead + data[int(end * len(data)) :]
    read = sum(
        len(piece) for item in opened(in_memory(data)) if isinstance(item, Member) for piece in item.stream.pieces()
    )
    assert read <= 20 * len(data) + 200_000


BEGINNINGS = [
    b"SQLite format 3\0\4\0\1\1\0@  ", b"\xca\xfe\xba\xbe\0\0\0\x34", b"!<arch>\n", b"070701", kinds.zstd(b"")[:6]
]  # fmt: skip


@given(st.binary(max_size=600), st.sampled_from(BEGINNINGS))
def test_any_bytes_behind_a_beginning(data: bytes, magic: bytes) -> None:
    """Any bytes that begin like one of these are read without harm, and do not grow."""
    for content in (in_memory(magic + data), iter([magic + data])):
        read = [b"".join(item.stream.pieces()) for item in opened(content) if isinstance(item, Member)]
        assert sum(map(len, read)) <= 40 * (len(data) + 100)


def test_a_class_that_says_the_same_again_and_again() -> None:
    """A class whose thousands of fields all have the same long value says it once."""
    text = b"\1\xea\x60" + b"x" * 60_000
    pool = text + b"\1\0\x0dConstantValue" + b"\x08\0\1" * 20_000
    field = b"\0\0\0\1\0\1\0\1" + b"\0\2\0\0\0\2"
    fields = b"".join(field + (3 + number).to_bytes(2) for number in range(20_000))
    data = b"\xca\xfe\xba\xbe\0\0\0\x3d" + (20_003).to_bytes(2) + pool + bytes(8) + (20_000).to_bytes(2) + fields
    members = [item for item in opened(in_memory(data)) if isinstance(item, Member)]
    assert [item.layers for item in members] == [("class",)]
    assert len(members[0].stream.head(4 << 20)) < 2 * len(data)


def test_a_database_whose_rows_are_all_the_same() -> None:
    """A page of thousands of rows that are each the same megabyte is bounded, which is told."""
    page = bytearray(65_536)
    page[:24] = b"SQLite format 3\0\0\1\1\1\0@  "
    page[100:108] = b"\x0d\0\0" + (20_000).to_bytes(2) + bytes(3)
    page[108:40_108] = (50_000).to_bytes(2) * 20_000
    page[50_000:50_010] = b"\xbf\xff\x7f\1" + b"\3\xbf\xff\x79" + b"xx"
    content = in_memory(bytes(page) + (2).to_bytes(4) + b"x" * 65_532)
    kinds = [item.kind for item in opened(content) if not isinstance(item, Member)]
    assert kinds == ["archive-bound"]
