"""docs/formats.md is true: it names every format that is read, and the scanner reads every example in it."""

from __future__ import annotations

import base64
import bz2
import gzip
import json
import lzma
import re
import sqlite3
import string
from collections.abc import Callable
from contextlib import closing
from html import escape
from pathlib import Path
from random import Random
from typing import NamedTuple
from urllib.parse import quote
from uuid import UUID

import pytest

from packing import tarred, zipped
from project.documents import ROOT
from readers.credentials import hiding
from scans import scan
from stanch.model import Confidence, Finding
from stanch.readers import formats
from stanch.readers.credentials.files import KINDS as KINDS_OF_FILES
from stanch.readers.formats import Format

PAGE = ROOT / "docs/formats.md"
LAYERS_BELOW = "## What lies in something else"
NO_TEXT = frozenset({"browser", "stores"})
"""Formats whose content is no text: the page says so in the place of an example."""


class Row(NamedTuple):
    """A row of one of the page's tables."""

    format: str
    files: list[str]
    history: str
    example: str
    """As it is written there; empty when there is none."""
    low: bool
    """Does the page say that it takes `--min-confidence low`?"""


def rows() -> list[Row]:
    """Return the rows of all tables with the four columns."""
    text = PAGE.read_text("utf-8").partition(LAYERS_BELOW)[0]
    lines = [line for line in text.splitlines() if re.match(r"\| [^|`]*`[\w-]+`[^|]* \|", line)]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return [
        Row(
            re.findall("`(.*?)`", format)[0],
            re.findall(r"`([^`]+)`", files),
            history,
            _code(example),
            "confidence low" in example,
        )
        for format, files, history, example in cells
    ]


def _code(cell: str) -> str:
    found = re.search(r"(`+) ?(.*?) ?\1(?!`)", cell)
    return found[2].replace("\\|", "|").replace("↵", "\n").replace("⇥", "\t") if found else ""


def _from(alphabet: str, size: int) -> Callable[[Random], bytes]:
    return lambda random: "".join(random.choices(alphabet, k=size)).encode()


_WORD = string.ascii_letters + string.digits
KINDS: dict[str, Callable[[Random], bytes]] = {
    "password": lambda random: _from(_WORD, 8)(random) + b"!" + _from(_WORD, 7)(random),
    "short": _from(_WORD, 8),
    "token": _from(_WORD, 40),
    "hex32": _from("0123456789abcdef", 32),
    "HEX32": _from("0123456789ABCDEF", 32),
    "hex64": _from("0123456789abcdef", 64),
    "des": _from(_WORD + "./", 13),
    "code": lambda random: b"-".join(_from(string.ascii_lowercase + string.digits, 5)(random) for _ in range(2)),
    "key": lambda random: base64.b64encode(random.randbytes(32)),
    "uuid": lambda random: str(UUID(int=random.getrandbits(128), version=4)).encode(),
}
"""What is drawn for «…»."""


ENCODERS = {
    **hiding.ENCODERS,
    "cisco": hiding.ENCODERS["pcf"],
    "encoded": base64.b64encode,
    "login": lambda value: base64.b64encode(b"ada:" + value),
}
EIGHT = ("vnc", "vnchex")
"""Programs that take no more characters."""


def filled(example: str, random: Random) -> tuple[bytes, list[set[bytes]]]:
    """Return an example with its credentials, and each of these as it is and as it stands there.

    «cvs-password» is what that program makes of one before it writes it down.
    """
    data, at, drawn = b"", 0, []
    for mark in re.finditer(r"«(?:(?P<encoder>\w+)-)?(?P<kind>\w+)»", example):
        value = KINDS[mark["kind"]](random)
        if mark["encoder"] in EIGHT:
            value = value[:8]
        written = ENCODERS[mark["encoder"]](value) if mark["encoder"] else value
        drawn.append({value, written})
        data += example[at : mark.start()].encode() + written
        at = mark.end()
    return data + example[at:].encode(), drawn


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Finding]]:
    """Return what a scan of all examples finds, by the folder that each of them has to itself."""
    base = tmp_path_factory.mktemp("formats")
    for number, row in enumerate(rows()):
        path = base / str(number) / row.files[0].replace("*", "x")
        path.parent.mkdir(parents=True)
        path.write_bytes(filled(row.example, Random(number))[0])
    result = scan(base, min_confidence=Confidence.LOW)
    assert result.complete
    found: dict[str, list[Finding]] = {}
    for finding in result.findings:
        for place in finding.locations:
            found.setdefault((place.path or "").partition("/")[0], []).append(finding)
    return found


def label(format: Format) -> str:
    """Return what the page calls a format: its name, or the module that reads all of them."""
    return format.name or format.module.rpartition(".")[2]


def test_every_format_is_on_the_page() -> None:
    """Those of the tables; and `lines`, which is asked first."""
    known = [format for _, format in (*formats._NAMED, *formats._BEGINNINGS)]
    known += [Format(kind, module) for module, kind in KINDS_OF_FILES.values()]
    assert {row.format for row in rows()} == {label(format) for format in known} | {"lines"}


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.format)
def test_a_format_is_told_by_these_names(row: Row) -> None:
    """Each file name in a row is of its format; `*` stands for anything."""
    for name in row.files if row.format != "lines" else []:
        found = formats.of(name.replace("*", "x"), b"")
        assert found, name
        assert label(found) == row.format, name


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.format)
def test_how_it_is_known_in_history(row: Row) -> None:
    """Where the page says that the beginning tells, it tells the example; else no beginning does."""
    found = formats.of(None, filled(row.example, Random(1))[0])
    known = {row.format: "by its beginning", "": "by the line"}.get(
        label(found) if found else "", f"as `{found and found.name}`"
    )
    assert known == row.history or row.history == "no" or row.format in NO_TEXT


@pytest.mark.parametrize(("number", "row"), list(enumerate(rows())), ids=lambda value: getattr(value, "format", ""))
def test_an_example_is_read(number: int, row: Row, findings: dict[str, list[Finding]]) -> None:
    """Each of its credentials is reported: at the default confidence, unless the page says that it takes a lower."""
    assert bool(row.example) == (row.format not in NO_TEXT)
    least = Confidence.LOW if row.low else Confidence.MEDIUM
    secrets = [finding.secret for finding in findings.get(str(number), []) if finding.confidence.rank >= least.rank]
    _, drawn = filled(row.example, Random(number))
    assert drawn or not row.example
    assert [forms for forms in drawn if not any(form in secret for form in forms for secret in secrets)] == []


def _database(line: bytes) -> bytes:
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE TABLE settings (password TEXT)")
        database.execute("INSERT INTO settings VALUES (?)", [json.loads(line)["password"]])
        return database.serialize()


LAYERS: dict[str, Callable[[bytes], bytes]] = {
    "base64": base64.b64encode,
    "hex": lambda line: line.hex().encode(),
    "percent": lambda line: quote(line).encode(),
    "html": lambda line: escape(line.decode()).encode(),
    "escaped": lambda line: line.replace(b'"', rb"\u0022"),
    "utf-16-le": lambda line: line.decode().encode("utf-16-le"),
    "utf-16-be": lambda line: line.decode().encode("utf-16-be"),
    "gzip": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "lzma": lambda line: lzma.compress(line, lzma.FORMAT_ALONE),
    "zip": lambda line: zipped({"a.txt": line}),
    "tar": lambda line: tarred({"a.txt": line}),
    "sqlite": _database,
}
"""How a line is packed; what Python has nothing for, `tests/archives` and `tests/decode` build byte by byte."""


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_is_peeled_off(layer: str, tmp_path: Path) -> None:
    """What lies in it is found, and the page and the report name the layer."""
    secret = KINDS["token"](Random(layer))
    (tmp_path / "file").write_bytes(LAYERS[layer](b'{"password": "%s"}' % secret))
    found = {finding.secret: finding.locations[0].layers for finding in scan(tmp_path).findings}
    assert found[secret][0].partition(":")[0] == layer
    assert f"`{layer}`" in PAGE.read_text("utf-8").partition(LAYERS_BELOW)[2]
