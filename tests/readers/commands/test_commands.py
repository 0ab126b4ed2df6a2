"""Commands: what stands in the places of programs that hold credentials, and what does not."""

from __future__ import annotations

import re
import time
from random import Random

import pytest
from command_lines import GIVEN, NOT_GIVEN
from hypothesis import given
from hypothesis import strategies as st

from stanch import names, pointers
from stanch.readers import Assignment
from stanch.readers.commands import read
from stanch.readers.commands.programs import programs, rows

_SHAPES = [re.compile(shape.encode(), re.IGNORECASE) for shape in names.SHAPES]
GENERIC = (b"password", b"token", b"secret", b"api_key")
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789"


def filled(line: str, seed: int = 0) -> tuple[bytes, list[bytes], list[tuple[int, int]]]:
    """Return the line with a value for each `§`, the values, and where they stand."""
    random, data = Random(line + str(seed)), b""
    values, spans = [], []
    head, *rest = line.encode().split("§".encode())
    data = head
    for part in rest:
        value = "".join(random.choices(_LETTERS, k=14)).encode()
        values.append(value)
        spans.append((len(data), len(data) + len(value)))
        data += value + part
    return data, values, spans


def check(found: list[Assignment], names: str, values: list[bytes], spans: list[tuple[int, int]]) -> None:
    """Every value was told once, under its name and where it stands."""
    for name, value, span in zip(names.split(), values, spans, strict=True):
        told = [item for item in found if item.parts[0][0] < span[1] and span[0] < item.parts[-1][1]]
        assert [(item.name.decode(), item.value, item.parts, item.dynamic) for item in told] == [
            (name, value, (span,), False)
        ]


@pytest.mark.parametrize(("line", "names"), GIVEN)
def test_given(line: str, names: str) -> None:
    """A value in a place that holds credentials is told with its name, and its span is the value's own."""
    data, values, spans = filled(line)
    found = list(read(data))
    check(found, names, values, spans)
    assert [item.value for item in found if item.sure and item.value not in values] == []


@pytest.mark.parametrize("line", NOT_GIVEN)
def test_not_given(line: str) -> None:
    """Ports, folders, users, prompts and references are none."""
    data, values, _ = filled(line)
    assert [item for item in read(data) if item.sure and not item.dynamic] == []
    assert [item for item in read(data) if item.value in values and item.name in GENERIC] == []


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
    check(list(read(data, lines=True)), "password password", values, spans)


def test_section() -> None:
    """The section is the program and the hosts that it speaks to."""
    data, _, _ = filled("sudo curl -u bob:§ https://me@api.acme.test/v1")
    assert [item.section for item in read(data)] == [b"curl api.acme.test"]


def test_table() -> None:
    """Every row of the table is understood, and no program stands twice in one row."""
    from stanch.readers.commands.arguments import KINDS

    kinds = {place.kind for usages in programs().values() for usage in usages for place in usage.places}
    assert {kind.partition(":")[0] for kind in kinds} <= {*KINDS, "skip", "flag", "named"}
    for row in rows():
        names = row.split(":")[0].split()[0].split(",")
        assert len(names) == len(set(names)), row


_SCRAPS = st.sampled_from(
    [line for line, _ in GIVEN]
    + ["'", '"', "`", "$(", ")", "${", "}", "<<EOF\n", "EOF\n", "\\", "\n", "|", ";", "\0", "\xff"]
)


@given(st.lists(_SCRAPS | st.text(max_size=20), max_size=8).map("".join))
def test_any_text(text: str) -> None:
    """No text makes it raise, and what is told stands where it says."""
    data = text.encode("utf-8", "surrogatepass")
    for item in read(data):
        start, end = item.parts[0][0], item.parts[-1][1]
        assert 0 <= start < end <= len(data)
        if sum(last - first for first, last in item.parts) == len(item.value):
            assert b"".join(data[first:last] for first, last in item.parts) == item.value


@pytest.mark.parametrize(
    "scrap",
    ["'", '"', "`", "$(", "${", "${{", "$((", "(", "<<A\n", "x <<A <<B\nA\n", "\\", "a=", '"$(', "$'", "x|", "'\"",
     "bash ", "curl -u a:b ",
     "bash -c 'bash -c \"x y\"' ", "mysql -e 'identified by password(' ", "echo a:b|chpasswd|", "-u "],
)  # fmt: skip
def test_hostile(scrap: str) -> None:
    """Time grows with the length alone, whatever is opened and never closed."""
    data = scrap.encode() * (50_000 // len(scrap))
    start = time.process_time()
    assert all(item.parts for item in read(data))
    assert time.process_time() - start < 2


@pytest.mark.parametrize("line", [line for line, _ in GIVEN])
def test_pointed_at(line: str) -> None:
    """A line that holds a credential has a credential's name, or looks as `pointers` says and has one of its words."""
    data = filled(line)[0]
    named = any(shape.search(data) for shape in _SHAPES)
    words = [word for word in pointers.WORDS if word.encode() in data.lower()]
    assert named or (pointers.LINE.search(data) and words)
