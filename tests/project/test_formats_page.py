"""docs/formats.md is true: it names every format that is read, and the scanner reads every example in it."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import NamedTuple
from uuid import UUID

import pytest

from passwords import strong
from project.documents import ROOT
from scans import scan
from stanch.model import Finding
from stanch.readers import formats

PAGE = ROOT / "docs/formats.md"
NO_TEXT: frozenset[str] = frozenset()
"""Formats whose content is no text: the page says so in the place of an example."""


class Row(NamedTuple):
    """A row of one of the page's tables."""

    format: str
    files: list[str]
    history: str
    example: str
    """As it is written there; empty when there is none."""


def rows() -> list[Row]:
    """Return the rows of all tables with the four columns."""
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if re.match(r"\| `[\w. -]+` \|", line)]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return [
        Row(format.strip("`"), re.findall(r"`([^`]+)`", files), history, _code(example))
        for format, files, history, example in cells
    ]


def _code(cell: str) -> str:
    found = re.search(r"(`+) ?(.*?) ?\1(?!`)", cell)
    return found[2].replace("\\|", "|").replace("↵", "\n") if found else ""


def _hex(random: Random, digits: int = 40) -> bytes:
    return random.randbytes(digits // 2).hex().encode()


def _uuid(random: Random) -> bytes:
    return str(UUID(int=random.getrandbits(128), version=4)).encode()


KINDS: dict[str, Callable[[Random], bytes]] = {
    "password": lambda random: strong(random, 16),
    "hex": _hex,
    "key": lambda random: base64.b64encode(random.randbytes(32)),
    "uuid": _uuid,
}
"""What is drawn for «…»."""


def filled(example: str, random: Random) -> tuple[bytes, list[bytes]]:
    """Return an example with its credentials, and these: «base64 of user:password» is one too."""
    drawn: list[bytes] = []

    def fill(match: re.Match[str]) -> str:
        encoded, login, kind = match.groups()
        value = KINDS[kind](random)
        drawn.append(value)
        text = b"deploy:" + value if login else value
        return (base64.b64encode(text) if encoded else text).decode()

    return re.sub(r"«(base64 of )?(user:)?(\w+)»", fill, example).encode(), drawn


@cache
def read(base: Path) -> dict[str, list[Finding]]:
    """Return what a scan of all examples finds, by the folder that each of them has to itself."""
    for number, row in enumerate(rows()):
        path = base / str(number) / row.files[0]
        path.parent.mkdir(parents=True)
        path.write_bytes(filled(row.example, Random(number))[0] + b"\n")
    result = scan(base)
    found: dict[str, list[Finding]] = {}
    for finding in result.findings:
        for place in finding.locations:
            found.setdefault((place.path or "").partition("/")[0], []).append(finding)
    return found


def test_every_format_is_on_the_page() -> None:
    """Those of the table, each once; and `lines`, which is asked first."""
    told = [row.format for row in rows()]
    table = {format.name for _, format in (*formats._NAMED, *formats._BEGINNINGS)} | {"lines"}
    assert sorted(told) == sorted(table)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.format)
def test_a_format_is_told_by_these_names(row: Row) -> None:
    """The table gives the page's format for every file name in its row; `*` stands for anything."""
    for name in row.files if row.format != "lines" else []:
        found = formats.of(name.replace("*", "x"), b"")
        assert found, name
        assert found.name == row.format


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.format)
def test_how_it_is_known_in_history(row: Row) -> None:
    """Where the page says that the beginning tells, it tells the example."""
    found = formats.of(None, filled(row.example, Random(1))[0])
    assert (found is not None and found.name == row.format) == (row.history == "by its beginning")


@pytest.mark.parametrize(("number", "row"), list(enumerate(rows())), ids=lambda value: getattr(value, "format", ""))
def test_an_example_is_read(number: int, row: Row, tmp_path_factory: pytest.TempPathFactory) -> None:
    """At the default confidence, each of its credentials is reported."""
    assert bool(row.example) == (row.format not in NO_TEXT)
    base = tmp_path_factory.getbasetemp() / "formats"
    _, drawn = filled(row.example, Random(number))
    secrets = [finding.secret for finding in read(base).get(str(number), [])]
    assert drawn or not row.example
    assert [value for value in drawn if not any(value in secret for secret in secrets)] == []
