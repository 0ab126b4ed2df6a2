"""Files of many kinds that hold a text: archives, packages, documents, programs, databases."""

from __future__ import annotations

import gzip
import importlib.util
import lzma
import marshal
import sqlite3
import struct
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import zstandard

from packing import tarred, zipped

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SLIDE = "http://schemas.openxmlformats.org/presentationml/2006/main"
OPEN = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"


def zstd(data: bytes) -> bytes:
    """Return data as zstd."""
    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


def ar(files: dict[str, bytes]) -> bytes:
    """Return an archive of ar with GNU's long names."""
    names = b"".join(name.encode() + b"/\n" for name in files if len(name) > 15)
    packed = b"!<arch>\n" + (_member(b"//", names) if names else b"")
    for name, data in files.items():
        short = b"%s/" % name.encode() if len(name) <= 15 else b"/%d" % names.index(name.encode())
        packed += _member(short, data)
    return packed


def _member(name: bytes, data: bytes) -> bytes:
    header = b"%-16s%-12d%-6d%-6d%-8s%-10d`\n" % (name, 0, 0, 0, b"100644", len(data))
    return header + data + b"\n" * (len(data) % 2)


def cpio(files: dict[str, bytes]) -> bytes:
    """Return an archive of cpio in its newer form."""
    packed = b""
    for number, (name, data) in enumerate([*files.items(), ("TRAILER!!!", b"")]):
        fields = (number, 0o100644, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
        packed += b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
        packed += bytes(-len(packed) % 4) + data
        packed += bytes(-len(packed) % 4)
    return packed


def old_cpio(files: dict[str, bytes]) -> bytes:
    """Return an archive of cpio in its older form."""
    packed = b""
    for name, data in [*files.items(), ("TRAILER!!!", b"")]:
        head = b"070707" + b"000000" * 7 + b"00000000000" + b"%06o%011o" % (len(name) + 1, len(data))
        packed += head + name.encode() + b"\0" + data
    return packed


def rpm(files: dict[str, bytes], compress: Callable[[bytes], bytes] = zstd) -> bytes:
    """Return a package of rpm: a lead, two headers, a compressed cpio."""
    section = b"\x8e\xad\xe8\x01" + bytes(4) + struct.pack(">LL", 1, 5) + bytes(16) + b"hello"
    return b"\xed\xab\xee\xdb" + bytes(92) + section + bytes(3) + section + compress(cpio(files))


def deb(files: dict[str, bytes]) -> bytes:
    """Return a package of Debian."""
    return ar({"debian-binary": b"2.0\n", "control.tar.xz": lzma.compress(tarred({"./control": b"Package: x\n"})),
               "data.tar.zst": zstd(tarred(files))})  # fmt: skip


def crx(files: dict[str, bytes]) -> bytes:
    """Return an extension of a browser: a header, and a zip."""
    return b"Cr24" + struct.pack("<LL", 3, 6) + b"header" + zipped(files)


def image(files: dict[str, bytes]) -> bytes:
    """Return a container's image: a tar of a manifest and of layers."""
    return tarred({"manifest.json": b"[]", "blobs/sha256/" + "0" * 64: gzip.compress(tarred(files))})


def docx(paragraphs: list[list[str]]) -> bytes:
    """Return a text document; each paragraph is in runs."""
    runs = ["".join(f'<w:r><w:rPr/><w:t xml:space="preserve">{run}</w:t></w:r>' for run in runs) for runs in paragraphs]
    body = "".join(f'<w:p w:id="1">{text}</w:p>' for text in runs)
    xml = f'<?xml version="1.0"?>\r\n<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'
    return zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": xml.encode()})


def xlsx(strings: list[str]) -> bytes:
    """Return a workbook with these shared strings."""
    items = "".join(f"<si><r><t>{text[:3]}</t></r><r><t>{text[3:]}</t></r></si>" for text in strings)
    return zipped(
        {"xl/sharedStrings.xml": f'<?xml version="1.0"?><sst xmlns="{SHEET}" count="2">{items}</sst>'.encode()}
    )


def pptx(texts: list[str]) -> bytes:
    """Return slides."""
    body = "".join(f"<a:p><a:r><a:t>{text[:3]}</a:t></a:r><a:r><a:t>{text[3:]}</a:t></a:r></a:p>" for text in texts)
    return zipped({"ppt/slides/slide1.xml": f'<?xml version="1.0"?><p:sld xmlns:p="{SLIDE}">{body}</p:sld>'.encode()})


def odt(texts: list[str]) -> bytes:
    """Return a text of OpenDocument."""
    body = "".join(f"<text:p>{text[:3]}<text:span>{text[3:]}</text:span></text:p>" for text in texts)
    xml = f'<?xml version="1.0"?><office:document-content xmlns:office="{OPEN}">{body}</office:document-content>'
    return zipped({"content.xml": xml.encode()})


def pyc(source: str) -> bytes:
    """Return a compiled module."""
    return importlib.util.MAGIC_NUMBER + bytes(12) + marshal.dumps(compile(source, "app.py", "exec"))


def java(name: str, value: str, text: str) -> bytes:
    """Return a class with a constant field, and a text that its code has."""
    pool, numbers = b"", 0

    def entry(data: bytes) -> int:
        nonlocal pool, numbers
        pool, numbers = pool + data, numbers + 1
        return numbers

    def utf8(text: str) -> int:
        return entry(b"\1" + struct.pack(">H", len(text)) + text.encode())

    named, described, kind, said = utf8(name), utf8("Ljava/lang/String;"), utf8("ConstantValue"), utf8(value)
    constant = entry(b"\x08" + struct.pack(">H", said))
    entry(b"\x08" + struct.pack(">H", utf8(text)))
    entry(b"\6" + bytes(8))
    field = struct.pack(">HHHHHLH", 25, named, described, 1, kind, 2, constant)
    head = b"\xca\xfe\xba\xbe" + struct.pack(">HHH", 0, 61, numbers + 2)
    return head + pool + struct.pack(">HHHHH", 33, 7, 7, 0, 1) + field + bytes(4)


def sqlite(statements: list[tuple[str, tuple[object, ...]]]) -> bytes:
    """Return a database after some statements."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "app.db")
        connection = sqlite3.connect(path)
        for statement, values in statements:
            connection.execute(statement, values)
        connection.commit()
        connection.close()
        return path.read_bytes()
