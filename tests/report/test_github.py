"""GitHub workflow commands: right lines, in the right order, and none that scanned text wrote."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given

from stanch.model import Confidence, Fault, Location, Reach, Result, Surface

from .samples import BLOB, COMMIT, FILE, TOKEN, finding, full, result, results, written

COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")


def commands(value: Result) -> list[tuple[str, dict[str, str], str]]:
    """Return level, properties and message of each line but the last."""
    found = []
    for line in written("github", value).split("\n")[:-2]:
        match = COMMAND.fullmatch(line)
        assert match, line
        properties = dict(pair.split("=", 1) for pair in match[2].split(","))
        found.append((match[1], properties, match[3]))
    return found


@given(results())
def test_anything(value: Result) -> None:
    """Whatever was scanned, each line but the last is one command, and the last is none."""
    standing = [found for found in value.findings if found.dropped is None]
    assert len(commands(value)) == len(standing) + len(value.faults) + bool(value.faults)
    last = written("github", value).split("\n")[-2]
    assert re.fullmatch(r"\d+ findings? \(.*\)|No credentials found in [\w,. ]+\([\w,. ]+\)", last)


@pytest.mark.parametrize(
    ("path", "written_path"),
    [
        ("a,b:c%.py", "a%2Cb%3Ac%25.py"),
        ("a\r\nb", r"a\x0d\x0ab"),
        ("a::error::b", "a%5Cx3a%3Aerror%3A%3Ab".replace("%5C", "\\")),
        ("größe", "größe"),
    ],
)
def test_escapes(path: str, written_path: str) -> None:
    """What would end a property or a line is escaped as GitHub wants it."""
    ((_, properties, message),) = commands(result(finding(TOKEN, Location(".", path, 1, 1, 1, 9))))
    assert properties["file"] == written_path
    assert written_path.replace("%2C", ",").replace("%3A", ":") in message


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (Location(".", "a.py", 3, 1, 4, 9), {"file": "a.py", "line": "3", "endLine": "4"}),
        (Location("api", "a", 3, 1, 3, 9, blob=BLOB, at_head=True), {"file": "api/a", "line": "3", "endLine": "3"}),
        (Location("a.py", None, 3, 1, 3, 9), {"file": "a.py", "line": "3", "endLine": "3"}),
        (Location(".", "a.zip", 3, 1, 3, 9, layers=("zip:b",)), {"file": "a.zip"}),
        (FILE, {}),
        (Location(".", "a.py", 3, 1, 3, 9, blob=BLOB, reachability=Reach.STASH), {}),
        (Location(".", None, 3, 1, 3, 9, blob=BLOB), {}),
        (Location(".", None, 3, 1, 3, 9, Surface.COMMIT_MESSAGE, blob=COMMIT), {}),
        (Location("-", None, 3, 1, 3, 9), {}),
        (Location("env:", "TOKEN", 1, 1, 1, 9, Surface.ENVIRONMENT), {}),
    ],
)  # fmt: skip
def test_files(place: Location, expected: dict[str, str]) -> None:
    """What is in a file of the checkout names it, a line of an archive's member none; history and messages no file."""
    ((_, properties, _),) = commands(result(finding(TOKEN, place)))
    assert properties == {**expected, "title": "GitHub personal access token"}


def test_order() -> None:
    """What is surest comes first, then what stands in the checkout; the last line counts all."""
    here, gone = Location(".", "z.py", 3, 1, 3, 9), replace(FILE, path="a.py")
    value = result(
        finding(b"a" * 20, here, confidence=Confidence.LOW),
        finding(b"b" * 20, gone),
        finding(b"c" * 20, here, confidence=Confidence.MEDIUM),
        finding(b"d" * 20, here),
    )
    assert [(level, properties.get("file")) for level, properties, _ in commands(value)] == [
        ("error", "z.py"),
        ("error", None),
        ("warning", "z.py"),
        ("notice", "z.py"),
    ]
    assert written("github", value).endswith("\n4 findings (2 high, 1 medium, 1 low)\n")


def test_more_than_github_shows() -> None:
    """Where GitHub leaves some out, the last line says so."""
    text = written("github", result(*(finding(b"x" * (20 + n)) for n in range(11))))
    assert text.endswith("\n11 findings (11 high); GitHub shows 10 of each level, this log has all\n")


def test_incomplete_comes_first() -> None:
    """That a scan is incomplete is the first error, which GitHub shows; what is missing follows the findings."""
    found = commands(result(finding(), faults=(Fault(".", "timeout", "stopped"),)))
    assert [(properties["title"], message.partition(";")[0]) for _, properties, message in (found[0], found[-1])] == [
        ("Incomplete scan", "1 thing could not be scanned"),
        ("Not scanned%3A timeout", ".: stopped"),
    ]


def test_history_is_said() -> None:
    """A finding of history alone says so in its message."""
    messages = [message for _, properties, message in commands(full()) if properties["title"] == "RSA private key"]
    assert "(commit 0f9e8d7c6b, in a stash)" in messages[0]
    assert "no longer in HEAD" in messages[0]
