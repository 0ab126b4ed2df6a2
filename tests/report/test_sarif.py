"""SARIF: valid, readable by another tool, and pointing at the right files."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings

from stanch.model import Confidence, Location, Reach, Result, Surface

from .samples import BLOB, COMMIT, FILE, TOKEN, finding, full, result, results, written

SCHEMA = Path(__file__).parents[3] / "shared/data/schemas/sarif-2.1.0.json"


def run(value: Result) -> dict[str, Any]:
    """Return the run that is written for a result."""
    written_run: dict[str, Any] = json.loads(written("sarif", value))["runs"][0]
    return written_run


@pytest.fixture(scope="module")
def validator() -> jsonschema.protocols.Validator:
    """Give a validator of OASIS's schema, which may not be copied into this repository."""
    if not SCHEMA.exists():
        pytest.skip(f"OASIS's schema is not at {SCHEMA}")
    schema = json.loads(SCHEMA.read_text("utf-8"))
    return jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())


@pytest.mark.parametrize("value", [result(), full()], ids=["clean", "full"])
def test_schema(validator: jsonschema.protocols.Validator, value: Result) -> None:
    """What is written is valid SARIF 2.1.0."""
    validator.validate(json.loads(written("sarif", value)))


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(value=results())
def test_schema_for_anything(validator: jsonschema.protocols.Validator, value: Result) -> None:
    """It is valid for hostile text as well, and every URI is ASCII."""
    report = json.loads(written("sarif", value))
    validator.validate(report)
    for found in report["runs"][0]["results"]:
        for place in found["locations"]:
            uri = place["physicalLocation"]["artifactLocation"]["uri"]
            assert uri.isascii()
            assert uri.isprintable()
            assert " " not in uri


def test_sarif_tools(tmp_path: Path) -> None:
    """Microsoft's sarif-tools counts the same findings by level."""
    (tmp_path / "a.sarif").write_text(written("sarif", full()), "utf-8")
    command = [sys.executable, "-m", "sarif", "summary", str(tmp_path / "a.sarif")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    for line in ("error: 2", "warning: 1", "note: 1"):
        assert line in done.stdout


@pytest.mark.parametrize(
    ("place", "uri", "relative"),
    [
        (Location(".", "src/a.py", 1, 1, 1, 1), "src/a.py", True),
        (Location("./api/", "src/a.py", 1, 1, 1, 1), "api/src/a.py", True),
        (Location("../api", "a.py", 1, 1, 1, 1), "../api/a.py", True),
        (Location("a.py", None, 1, 1, 1, 1), "a.py", True),
        (Location("/srv//app", "a b#?.py", 1, 1, 1, 1), "file:///srv/app/a%20b%23%3F.py", False),
        (Location("//srv", "a", 1, 1, 1, 1), "file:///srv/a", False),
        (Location(".", "c:x/größe", 1, 1, 1, 1), "c%3Ax/gr%C3%B6%C3%9Fe", True),
        (Location(".", "\udcff\ud800", 1, 1, 1, 1), "%ED%B3%BF%ED%A0%80", True),
        (Location(".", "\udcff", 1, 1, 1, 1), "%FF", True),
        (
            Location(".", "x.zip", 1, 1, 1, 1, layers=("zip:l/a.jar", "base64", "zip:b c")),
            "x.zip!l/a.jar!b%20c",
            True,
        ),
        (Location("env:", "TOKEN", 1, 1, 1, 1, Surface.ENVIRONMENT), "env:TOKEN", False),
        (Location("https://host/x.git/", "a b", 1, 1, 1, 1), "https://host/x.git/a%20b", False),
        (
            Location(".", None, 1, 1, 1, 1, Surface.COMMIT_MESSAGE, commit=COMMIT),
            f".git/commit/{COMMIT}/message",
            True,
        ),
        (Location("api", None, 1, 1, 1, 1, Surface.AUTHOR, blob=COMMIT), f"api/.git/commit/{COMMIT}/author", True),
        (Location("/srv", "v1", 1, 1, 1, 1, Surface.TAG, blob=COMMIT), f"file:///srv/.git/tag/{COMMIT}", False),
        (Location(".", None, 1, 1, 1, 1, Surface.NOTE), ".git/note/unknown", True),
        (Location(".", None, 1, 1, 1, 1, blob=BLOB), f".git/blob/{BLOB}", True),
        (Location(".", "a.py", 1, 1, 1, 1, Surface.PATH, blob=BLOB), "a.py", True),
        (Location("-", None, 1, 1, 1, 1), "-", True),
    ],
)
def test_uri(place: Location, uri: str, relative: bool) -> None:
    """A place's URI leads from the target to the file; a relative one is under the root of the sources."""
    artifact = run(result(finding(b"x" * 20, place)))["results"][0]["locations"][0]["physicalLocation"][
        "artifactLocation"
    ]
    assert artifact == ({"uri": uri, "uriBaseId": "%SRCROOT%"} if relative else {"uri": uri})


def test_head_comes_first() -> None:
    """The first location, the only one that viewers show, is one still at HEAD; all others follow."""
    message = Location("api", None, 1, 1, 1, 5, Surface.COMMIT_MESSAGE, commit=COMMIT, at_head=True)
    head = replace(FILE, path="now.py", at_head=True)
    unknown = replace(FILE, path="maybe.py", at_head=None)
    written_run = run(result(finding(b"x" * 20, FILE, unknown, message, head, FILE)))
    places = written_run["results"][0]["locations"]
    uris = [place["physicalLocation"]["artifactLocation"]["uri"] for place in places]
    assert uris == ["api/now.py", f"api/.git/commit/{COMMIT}/message", "api/maybe.py", "api/src/settings.py"]
    assert places[1]["logicalLocations"] == [{"name": f"commit {COMMIT} message"}]


def test_the_present_version_comes_first() -> None:
    """Of a file that changed around a secret, the first location is the line where it stands now."""
    old = [replace(FILE, path="a.py", line=line, at_head=True) for line in (3, 9)]
    new = [replace(place, line=place.line + 1, blob=None, commit=None) for place in old]
    other = replace(FILE, path="b.py", at_head=True)
    places = run(result(finding(b"x" * 20, *old, other, *new)))["results"][0]["locations"]
    lines = [place["physicalLocation"]["region"]["startLine"] for place in places]
    assert lines == [4, 10, 3, 9, 12]


def test_reachability() -> None:
    """A location says what leads to its object, where that is known."""
    stashed = run(result(finding(TOKEN, replace(FILE, reachability=Reach.STASH), FILE)))["results"][0]["locations"]
    assert [place["properties"].get("reachability") for place in stashed] == ["stash", None]


def test_end_is_exclusive() -> None:
    """Our ends are inclusive, SARIF's are not."""
    region = run(result(finding()))["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 12, "startColumn": 9, "endLine": 12, "endColumn": 49}


def test_rules_are_those_found() -> None:
    """Rules stand once each, in the order of the findings, as severe as their surest finding."""
    low = finding(b"y" * 20, confidence=Confidence.LOW)
    other = finding(b"z" * 20, rule="other", name="Other")
    driver, results_ = (part := run(result(low, other, finding())))["tool"]["driver"], part["results"]
    assert [rule["id"] for rule in driver["rules"]] == ["github-pat", "other"]
    assert [found["ruleIndex"] for found in results_] == [0, 1, 0]
    assert driver["rules"][0]["defaultConfiguration"] == {"level": "error"}
    assert driver["rules"][0]["helpUri"] == "https://docs.github.com/authentication"
    assert "helpUri" not in driver["rules"][1]


def test_no_links_from_scanned_text() -> None:
    """An author's name cannot become a link in a message."""
    place = replace(FILE, author="[click](https://evil.example)")
    message = run(result(finding(b"x" * 20, place)))["results"][0]["message"]["text"]
    assert r"\[click\](https://evil.example)" in message


def test_dropped_findings_are_left_out() -> None:
    """What a filter dropped is no result."""
    assert run(result(finding(dropped="placeholder")))["results"] == []
