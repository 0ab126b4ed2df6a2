"""Commands, and formats that hold them: what stands in the places that hold credentials, and what does not."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from random import Random

import pytest
from command_files import READ
from command_lines import GIVEN, NOT_GIVEN
from hypothesis import given, settings
from hypothesis import strategies as st

from scans import cli, found, scan
from stanch import names, pointers, readers
from stanch.readers import Assignment, formats
from stanch.readers.commands import read
from stanch.readers.commands.arguments import KINDS
from stanch.readers.commands.programs import programs, rows

_SHAPES = [re.compile(shape.encode(), re.IGNORECASE) for shape in names.SHAPES]
GENERIC = (b"password", b"token", b"secret", b"api_key")
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789"


def filled(line: str, seed: int = 0) -> tuple[bytes, list[bytes], list[tuple[int, int]]]:
    """Return the line with a value for each `§`, the values, and where they stand."""
    random = Random(line + str(seed))
    values, spans = [], []
    data, *rest = line.encode().split("§".encode())
    for part in rest:
        value = "".join(random.choices(_LETTERS, k=14)).encode()
        values.append(value)
        spans.append((len(data), len(data) + len(value)))
        data += value + part
    return data, values, spans


Told = tuple[str, bytes, tuple[tuple[int, int], ...], bool]


def at(told: list[Assignment], spans: list[tuple[int, int]]) -> list[list[Told]]:
    """Return for each span what is told of it: name, value, parts, and whether it is dynamic."""
    return [
        [
            (item.name.decode(), item.value, item.parts, item.dynamic)
            for item in told
            if item.parts[0][0] < last and first < item.parts[-1][1]
        ]
        for first, last in spans
    ]


def expected(names: str, values: list[bytes], spans: list[tuple[int, int]]) -> list[list[Told]]:
    """Return what `at` gives when each value is told once, under its name and where it stands."""
    return [[(name, value, (span,), False)] for name, value, span in zip(names.split(), values, spans, strict=True)]


def reader(name: str) -> Callable[[bytes], Iterable[Assignment]]:
    """Return what reads files of that name."""
    format = formats.by_name(name.lower())
    assert format
    return partial(readers.read, format)


@pytest.mark.parametrize(("line", "names"), GIVEN)
def test_given(line: str, names: str) -> None:
    """A value in a place that holds credentials is told with its name, and its span is the value's own."""
    data, values, spans = filled(line)
    told = list(read(data))
    assert at(told, spans) == expected(names, values, spans)
    assert [item.value for item in told if item.sure and item.value not in values] == []


@pytest.mark.parametrize("line", NOT_GIVEN)
def test_not_given(line: str) -> None:
    """Ports, folders, users, prompts and references are none."""
    data, values, _ = filled(line)
    assert [item for item in read(data) if item.sure and not item.dynamic] == []
    assert [item for item in read(data) if item.value in values and item.name in GENERIC] == []


@pytest.mark.parametrize(("name", "text", "names"), READ)
def test_read(name: str, text: str, names: str) -> None:
    """In a format that holds commands each value is told once, with its name, and nothing else is sure."""
    data, values, spans = filled(text)
    told = list(reader(name)(data))
    assert at(told, spans) == expected(names, values, spans)
    assert [item.value for item in told if item.sure and item.value not in values] == []
    assert not any(b"xxxx" in item.value for item in told)


ESCAPED = [
    # how a shell reads a value, and what it is
    (r"""sshpass -p 'a"b$c' ssh h""", 'a"b$c'),
    (r"""sshpass -p "a\"b\$c" ssh h""", 'a"b$c'),
    (r"""sshpass -p a\ b\$c ssh h""", "a b$c"),
    (r"""sshpass -p 'it'"'"'s-it' ssh h""", "it's-it"),
    (r"""sshpass -p $'a\x41\u00e9\tb' ssh h""", "aA\u00e9\tb"),
    ("sshpass -p ab\\\ncd ssh h", "abcd"),
    (r"""sh -c "sshpass -p 'ab\$c' ssh h" """, "ab$c"),
]


@pytest.mark.parametrize(("line", "value"), ESCAPED)
def test_escaped(line: str, value: str) -> None:
    """Quotes and escapes are taken off; the span covers what stands for the value, and nothing outside of it."""
    data = line.encode()
    [item] = [item for item in read(data) if item.sure]
    assert item.value.decode() == value
    start, end = item.parts[0][0], item.parts[-1][1]
    assert data[start:].startswith(item.value[:1]) or data[start : start + 1] == b"\\"
    assert data[end:].lstrip(b"'\"").startswith((b" ", b""))


@pytest.mark.parametrize("line", ["DB_PASSWORD=$X§", 'DB_PASSWORD="§$X"', "sshpass -p §$(id) ssh h", "mysql -p§${X}"])
def test_dynamic(line: str) -> None:
    """A constant that something unknown is joined to says so."""
    data, _, _ = filled(line)
    assert [item.dynamic for item in read(data)] == [True]


def test_lines_apart() -> None:
    """Where lines have nothing to do with each other, a quote that stays open ends with its line."""
    data, values, spans = filled("echo it's\nmysql -p§\ncurl \\\n -u a:§ https://acme.test\necho it's")
    assert at(list(read(data, lines=True)), spans) == expected("password password", values, spans)


def test_section() -> None:
    """The section is the program and the hosts that it speaks to."""
    data, _, _ = filled("sudo curl -u bob:§ https://me@api.acme.test/v1")
    assert [item.section for item in read(data)] == [b"curl api.acme.test"]


def test_table() -> None:
    """Every row of the table is understood, and no program stands twice in one row."""
    kinds = {place.kind for usages in programs().values() for usage in usages for place in usage.places}
    assert {kind.partition(":")[0] for kind in kinds} <= {*KINDS, "skip", "flag", "named"}
    for row in rows():
        names = row.split(":")[0].split()[0].split(",")
        assert len(names) == len(set(names)), row


def wrong(read: Callable[[bytes], Iterable[Assignment]], text: str) -> list[Assignment]:
    """Return what is told of any text from outside of it, or whose parts are as long as the value and not the value."""
    data = text.encode("utf-8", "surrogatepass")
    return [
        item
        for item in read(data)
        if not item.parts
        or not all(0 <= start < end <= len(data) for start, end in item.parts)
        or (
            sum(end - start for start, end in item.parts) == len(item.value)
            and b"".join(data[start:end] for start, end in item.parts) != item.value
        )
    ]


SCRAPS = ["'", '"', "`", "$(", ")", "${", "}", "<<EOF\n", "EOF\n", "\\", "\n", "|", ";", "\0", "\xff"]


@given(st.lists(st.sampled_from([line for line, _ in GIVEN] + SCRAPS) | st.text(max_size=20), max_size=8).map("".join))
def test_any_script(text: str) -> None:
    """No text makes it raise, and what is told stands where it says."""
    assert wrong(read, text) == []


FILES = sorted({formats.by_name(name.lower()): name for name, *_ in READ}.values())
"""One for each format."""
FILE_SCRAPS = ["'", '"', "`", "@'\n", "<<EOF\n", "```sh\n", "(", "\\\n", "^\n", "\0"]


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=40)
@given(
    text=st.lists(st.sampled_from([text for _, text, _ in READ] + FILE_SCRAPS) | st.text(max_size=20), max_size=5).map(
        "".join
    )
)
def test_any_text(name: str, text: str) -> None:
    """No text makes a format's reader raise, and what it tells stands in the text."""
    assert wrong(reader(name), text) == []


HOSTILE_SCRIPTS = [
    "'", '"', "`", "$(", "${", "${{", "$((", "(", "<<A\n", "x <<A <<B\nA\n", "\\", "a=", '"$(', "$'", "x|", "'\"",
    "bash ", "curl -u a:b ", "bash -c 'bash -c \"x y\"' ", "mysql -e 'identified by password(' ", "echo a:b|chpasswd|",
    "-u ",
]  # fmt: skip
HOSTILE_FILES = [
    "'", '"',
    "@'\n", "<#", "<<A\n", "RUN <<A\n", "```sh\n", "(", "@", "a=", "set A=(\n", "$(", "= <<A\n", "inline: <<A\n",
    "a:b\n", 'send "', "set ", "identified by ", "\t\\\n", "* ", "PSCredential ", "password ",
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "scrap", "size"),
    [
        *(("a.sh", scrap, 50_000) for scrap in HOSTILE_SCRIPTS),
        *((name, scrap, 20_000) for name in FILES for scrap in HOSTILE_FILES),
    ],
)
def test_hostile(name: str, scrap: str, size: int) -> None:
    """Time grows with the length alone, whatever is opened and never closed."""
    data = scrap.encode() * (size // len(scrap))
    start = time.process_time()
    assert all(item.parts for item in reader(name)(data))
    assert time.process_time() - start < size / 20_000


@pytest.mark.parametrize("line", [line for line, _ in GIVEN])
def test_pointed_at(line: str) -> None:
    """A line that holds a credential has a credential's name, or looks as `pointers` says and has one of its words."""
    data = filled(line)[0]
    named = any(shape.search(data) for shape in _SHAPES)
    words = [word for word in pointers.WORDS if word.encode() in data.lower()]
    assert named or (pointers.LINE.search(data) and words)


def test_scanned(tmp_path: Path) -> None:
    """A scan tells a script's token behind `Bearer` and on a continued line, with its line and column."""
    data, [value, other], _ = filled(
        '#!/bin/sh\ncurl https://acme.test \\\n  -H "Authorization: Bearer §"\ndocker login -u bob --password "§" r\n'
    )
    (tmp_path / "deploy").write_bytes(data)
    told = found(scan(tmp_path))
    assert [(place.line, place.column) for place in told[value].locations] == [(3, 29)]
    assert [(place.line, place.column) for place in told[other].locations] == [(4, 33)]


def test_references_are_not_reported(tmp_path: Path) -> None:
    """A script that takes its credentials from elsewhere is clean, and the command line says so."""
    (tmp_path / "deploy.sh").write_text(
        'export DB_PASSWORD="$(aws ssm get-parameter --name /db)"\ncurl -H "Authorization: Bearer ${TOKEN}" https://a.test\n'
        "mysql --password=$DB_PASSWORD\ndocker login -u bob --password-stdin < file\nsshpass -e ssh host\n"
    )
    assert cli("scan", str(tmp_path)).returncode == 0
