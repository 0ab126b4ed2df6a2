"""The JSON report, JSON Lines, and reading a report back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from stanch.errors import UsageError
from stanch.model import Finding, Result
from stanch.report.json import read
from stanch.report.jsonl import finding_line

from .samples import PASSWORD, TOKEN, finding, full, result, results, written


@given(results())
def test_read_is_the_inverse_of_write(value: Result) -> None:
    """Everything but the secrets survives writing and reading."""
    emptied = replace(value, findings=tuple(_emptied(found) for found in value.findings))
    assert read(written("json", emptied)) == emptied
    assert len(read(written("json", value)).findings) == len(value.findings)


def _emptied(found: Finding) -> Finding:
    companions = tuple(replace(companion, secret=b"") for companion in found.companions)
    return replace(found, secret=b"", companions=companions, around=())


def test_without_the_newer_keys() -> None:
    """A report of an older stanch has no candidates and companions."""
    report = json.loads(written("json", full()))
    for found in report["findings"]:
        del found["candidates"], found["companions"]
    assert {(found.candidates, found.companions) for found in read(json.dumps(report)).findings} == {((), ())}


def test_shown_secrets_come_back() -> None:
    """With its secrets shown, a report gives back those that are UTF-8."""
    value = result(finding(TOKEN, around=(b"site://u:" + TOKEN + b"@host",)), finding(TOKEN))
    assert read(written("json", value, show_secrets=True)) == value


def test_scores_have_two_decimals() -> None:
    """A score is rounded to two decimals."""
    assert json.loads(finding_line(finding(score=0.98765), False))["score"] == 0.99


def test_lines_are_the_findings_of_the_report() -> None:
    """JSON Lines holds the report's objects, one a line, whether streamed or not."""
    lines = written("jsonl", full())
    assert [json.loads(line) for line in lines.splitlines()] == json.loads(written("json", full()))["findings"]
    assert lines == "".join(finding_line(found, False) for found in full().findings)


def test_bytes_that_are_not_utf8() -> None:
    """Such bytes of a secret are written as backslash escapes."""
    assert json.loads(finding_line(finding(PASSWORD), True))["secret"].endswith("battery-\\xff")


def test_dropped_only_when_explained() -> None:
    """The key `dropped` stands only in a finding that was dropped."""
    assert "dropped" not in json.loads(finding_line(finding(), False))
    assert json.loads(finding_line(finding(dropped="placeholder"), False))["dropped"] == "placeholder"


def change(*path: Any, to: Any) -> Callable[[Any], None]:
    """Return a function that sets one value in a report."""

    def apply(report: Any) -> None:
        for key in path[:-1]:
            report = report[key]
        report[path[-1]] = to

    return apply


FIRST = ("findings", 0)
PLACE = (*FIRST, "locations", 0)


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (change("schema", to=2), "reads JSON reports of schema 1 only"),
        (change("schema", to=True), "reads JSON reports of schema 1 only"),
        (lambda report: report.pop("schema"), "no key 'schema'"),
        (lambda report: report.pop("stats"), "report.stats must be an object"),
        (change("complete", to=True), "report.complete contradicts report.errors"),
        (change("complete", to=None), "report.complete contradicts report.errors"),
        (change("errors", 0, to="x"), "report.errors must be a list of objects"),
        (change("tool", "rules", to=-1), "report.tool.rules must be a whole number from 0"),
        (change("stats", "blobs", to=True), "report.stats.blobs must be a whole number from 0"),
        (change("stats", "seconds", to=10**400), "report.stats.seconds must be a number"),
        (change("stats", "seconds", to=float("nan")), "report.stats.seconds must be a number"),
        (change(*FIRST, "secret", to="\ud800"), r"report.findings\[0\].secret must be text or null"),
        (change(*FIRST, "confidence", to="sure"), "confidence must be one of low, medium, high"),
        (change(*FIRST, "around", to=[1]), r"report.findings\[0\].around must be a list of strings"),
        (change(*FIRST, "around", to=["\ud800"]), r"report.findings\[0\].around must be a list of texts"),
        (change(*FIRST, "dropped", to=None), r"report.findings\[0\].dropped must be a string"),
        (
            change(*PLACE, "line", to=0),
            r"report.findings\[0\].locations\[0\].line must be a whole number from 1",
        ),
        (change(*PLACE, "at_head", to=1), "at_head must be true, false or null"),
        (change(*PLACE, "layers", to=[1]), "layers must be a list of strings"),
        (change(*PLACE, "path", to=1), "path must be a string or null"),
    ],
)
def test_malformed(broken: Callable[[Any], None], says: str) -> None:
    """A report that is not of schema 1 is refused in one line that names the place."""
    report = json.loads(written("json", full()))
    broken(report)
    with pytest.raises(UsageError, match=says) as caught:
        read(json.dumps(report))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000, "9" * 5000])
def test_not_a_report(text: str) -> None:
    """Text that is no JSON object is refused."""
    with pytest.raises(UsageError, match="not a JSON report"):
        read(text)


def test_unknown_keys() -> None:
    """A key that a later version adds is passed over."""
    report = json.loads(written("json", full()))
    report["findings"][0]["later"] = {}
    assert read(json.dumps(report)) == read(written("json", full()))
