"""JUnit XML: well-formed whatever was scanned, and right counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given

from stanch.model import Fault, Finding, Location, Result

from .samples import FILE, finding, full, result, results, written

Rows = list[tuple[str | None, list[str]]]


def root(value: Result) -> Element:
    """Return the parsed document."""
    return fromstring(written("junit", value))  # noqa: S314  # our own


def outcomes(value: Result) -> Rows:
    """Return the suites, each with what its cases are."""
    return [(suite.get("name"), [case[0].tag for case in suite]) for suite in root(value)]


FAULT = Fault(".", "unreadable", "a.txt: permission denied")
DROPPED = finding(b"x" * 20, dropped="a placeholder")


@pytest.mark.parametrize(
    ("findings", "faults", "expected"),
    [
        ([], (), [("stanch scan", ["system-out"])]),
        ([finding()], (), [("github-pat", ["failure"])]),
        ([finding(), finding(b"y" * 20, rule="other")], (), [("github-pat", ["failure"]), ("other", ["failure"])]),
        ([], (FAULT,), [("stanch scan", ["error"])]),
        ([finding()], (FAULT, FAULT), [("stanch scan", ["error", "error"]), ("github-pat", ["failure"])]),
        ([DROPPED], (), [("stanch scan", ["system-out"]), ("github-pat", ["skipped"])]),
        ([DROPPED, finding()], (), [("github-pat", ["skipped", "failure"])]),
    ],
)
def test_outcomes(findings: Sequence[Finding], faults: tuple[Fault, ...], expected: Rows) -> None:
    """A finding is a failure, a fault an error, what was dropped is skipped; nothing found is a test that passed."""
    assert outcomes(result(*findings, faults=faults)) == expected


@given(results())
def test_anything(value: Result) -> None:
    """Any text makes well-formed XML, and what the suites count is what they hold."""
    document = root(value)
    for counted in (document, *document):
        held = {name: len([*counted.iter(name)]) for name in ("testcase", "failure", "error", "skipped")}
        said = {name: int(counted.attrib[name]) for name in ("tests", "failures", "errors", "skipped")}
        assert list(said.values()) == list(held.values())
    assert len([*document.iter("failure")]) == len([found for found in value.findings if found.dropped is None])
    assert len([*document.iter("error")]) == len(value.faults)


def test_characters_that_xml_forbids() -> None:
    """They are written as escapes."""
    (case,) = root(result(finding(b"x" * 20, replace(FILE, path="a\x00\x1b\ufffe\uffff\ud800b")))).iter("testcase")
    assert r"a\x00\x1b\ufffe\uffff\ud800b" in case.attrib["name"]


def test_a_case_names_its_file() -> None:
    """A file that is there is named with its line for servers that link it; one of history is not."""
    cases = root(full()).iter("testcase")
    assert [case.get("file") for case in cases if case.find("failure") is not None] == [
        "/srv/app/config/production.yaml",
        "api/src/settings.py",
        None,
        None,
    ]


def test_all_places() -> None:
    """A failure lists every place."""
    value = result(finding(b"x" * 20, *(Location(".", f"{n}.py", n, 1, n, 9) for n in range(1, 40))))
    (failure,) = root(value).iter("failure")
    assert failure.text == "\n".join(f"{n}.py:{n}" for n in range(1, 40))
