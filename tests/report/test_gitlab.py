"""GitLab's report: valid, stable, and without what GitLab would show to everybody."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given

from stanch.model import Fault, Location, Result, Stats, Surface
from stanch.report.json import read

from .samples import COMMIT, FILE, OLDER, RULES, TOKEN, finding, full, result, results, written

SCHEMA = json.loads(Path(__file__).with_name("gitlab-secret-detection-15.0.2.json").read_text("utf-8"))


def report(value: Result) -> dict[str, Any]:
    """Return the report, after it has passed the schema."""
    parsed: dict[str, Any] = json.loads(written("gitlab", value))
    jsonschema.Draft7Validator(SCHEMA).validate(parsed)
    return parsed


@given(results())
def test_schema(value: Result) -> None:
    """Whatever stands in a result, the report is valid, with an entry for each finding that stands."""
    assert len(report(value)["vulnerabilities"]) == len([found for found in value.findings if found.dropped is None])


@pytest.mark.parametrize("seconds", [-1.0, 0.0, 1e290])
def test_times(seconds: float) -> None:
    """A report that was made by hand may hold any number of seconds."""
    scan = report(read(written("json", result(stats=Stats(1, 1, seconds)))))["scan"]
    assert scan["start_time"] <= scan["end_time"]


def test_long_texts() -> None:
    """What is longer than GitLab takes is cut."""
    places = [replace(FILE, path="x" * 4_000 + str(number)) for number in range(300)]
    (entry,) = report(result(finding(TOKEN, *places, name="n" * 300)))["vulnerabilities"]
    assert (len(entry["name"]), len(entry["description"])) == (255, 1_048_576)


def test_incomplete() -> None:
    """An incomplete scan is a failed one, and says what is missing."""
    scan = report(result(faults=(Fault(".", "unreadable", "a.txt"),)))["scan"]
    assert (scan["status"], scan["messages"]) == ("failure", [{"level": "warn", "value": "unreadable: .: a.txt"}])
    assert report(result())["scan"]["status"] == "success"


def test_identity() -> None:
    """Id and signature are the fingerprint, so a secret that moves stays the same vulnerability."""
    before, after = (report(result(finding(TOKEN, replace(FILE, line=n))))["vulnerabilities"][0] for n in (3, 4))
    assert before["id"] == after["id"] == finding().fingerprint
    assert before["tracking"]["items"][0]["signatures"] == after["tracking"]["items"][0]["signatures"]
    assert before["identifiers"] == after["identifiers"]
    assert before["location"]["start_line"] != after["location"]["start_line"]


AT_HEAD = replace(FILE, at_head=True)
MESSAGE = Location(".", None, 1, 1, 1, 9, Surface.COMMIT_MESSAGE, blob=COMMIT, commit=COMMIT)


@pytest.mark.parametrize(
    ("places", "file", "commit"),
    [
        ([FILE], "api/src/settings.py", OLDER),
        # the worktree's file has the present line, history the commit
        ([AT_HEAD, replace(AT_HEAD, line=14, blob=None, commit=None)], "api/src/settings.py", OLDER),
        ([Location(".", "a.txt", 1, 1, 1, 9)], "a.txt", "0" * 40),
        ([Location(".", "a.zip", 1, 1, 1, 9, layers=("zip:b", "base64"))], "a.zip!b", "0" * 40),
        ([MESSAGE], f".git/commit/{COMMIT}/message", COMMIT),
        ([Location("env:", "TOKEN", 1, 1, 1, 9, Surface.ENVIRONMENT)], "env:TOKEN", "0" * 40),
    ],
)  # fmt: skip
def test_location(places: list[Location], file: str, commit: str) -> None:
    """A vulnerability has the file to go to and the commit that brought the secret there; zeros where none did."""
    location = report(result(finding(TOKEN, *places)))["vulnerabilities"][0]["location"]
    assert (location["file"], location["commit"]["sha"]) == (file, commit)
    assert location["start_line"] == (14 if len(places) == 2 else places[0].line)


def test_advice() -> None:
    """It says what to do, and where the rule knows more."""
    entry = report(full())["vulnerabilities"][1]
    assert RULES["github-pat"].remedy.revoke in entry["solution"]
    assert entry["links"] == [{"url": "https://docs.github.com/authentication"}]
    assert entry["severity"] == "High"


def test_scanned_text_makes_no_markup() -> None:
    """GitLab shows descriptions as Markdown: an author's name makes no link, mention or HTML in one."""
    place = replace(FILE, author="[x](https://example.org) @all <img>")
    description = report(result(finding(TOKEN, place)))["vulnerabilities"][0]["description"]
    assert r"\[x\](https://example.org) \@all \<img\>" in description


def test_the_extract_is_left_out() -> None:
    """The key that GitLab has for the secret itself is never written."""
    assert "raw_source_code_extract" not in written("gitlab", full(), show_secrets=True)
