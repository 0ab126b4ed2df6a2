"""JUnit XML, for the test pages of CI servers: one suite for each rule, in it a failure for each finding.

It never holds a raw secret, whatever is asked: CI servers keep these files and show them to many people. What could not
be scanned is an error, what an explained scan dropped is skipped, and a clean scan is a test that passed, so that
something is shown. There is no standard; the common ground is written down at https://github.com/testmoapp/junitxml
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TextIO
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from stanch.model import Fault, Finding, Result
from stanch.report import amount, place
from stanch.report.veil import plain, veiled
from stanch.report.words import told
from stanch.rules import Rule

SCAN = "stanch scan"
"""The suite of the scan itself; no rule has a space in its id."""

# Of what `plain` leaves, XML forbids these alone.
_FORBIDDEN = re.compile("[\ufffe\uffff]")


def write(result: Result, rules: Mapping[str, Rule], out: TextIO, *, show_secrets: bool) -> None:
    """Write the suites; `show_secrets` changes nothing."""
    shown = veiled(result)
    cases = [*_scan(shown), *map(_case, shown.findings)]
    suites: dict[str, list[Element]] = {}
    for case in cases:
        suites.setdefault(case.attrib["classname"], []).append(case)
    root = Element("testsuites", {"name": "stanch", **_counted(cases), "time": f"{shown.stats.seconds:.3f}"})
    for name, members in suites.items():
        SubElement(root, "testsuite", {"name": name, **_counted(members)}).extend(members)
    indent(root)
    out.write(f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, "unicode")}\n')


def _counted(cases: Sequence[Element]) -> dict[str, str]:
    kinds = [outcome.tag for case in cases for outcome in case]
    counts = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    return {"tests": str(len(cases)), **{name: str(kinds.count(kind)) for name, kind in counts.items()}}


def _scan(result: Result) -> Iterator[Element]:
    """Yield a case for each fault; where there is none and nothing was found, the one that passed."""
    for fault in result.faults:
        yield _faulty(fault)
    if result.complete and all(finding.dropped is not None for finding in result.findings):
        passed = Element("testcase", classname=SCAN, name="No credentials found")
        SubElement(passed, "system-out").text = amount.clean(result.stats)
        yield passed


def _faulty(fault: Fault) -> Element:
    case = Element("testcase", classname=SCAN, name=_text(f"{fault.target}: {fault.detail}"))
    SubElement(case, "error", type=_text(fault.kind), message=_text(f"could not be scanned: {fault.kind}"))
    return case


def _case(finding: Finding) -> Element:
    places = place.ordered(finding)
    where = f" in {place.spot(places[0])}" if places else ""
    case = Element("testcase", classname=_text(finding.rule), name=_text(f"{finding.name} {finding.masked}{where}"))
    if finding.dropped is not None:
        SubElement(case, "skipped", message=_text(finding.dropped))
        return case
    if places and place.in_folder(places[0]):
        case.set("file", _text(place.outer(places[0])))
        case.set("line", str(places[0].line))
    failure = SubElement(case, "failure", type=finding.confidence.value, message=_text(told(finding)))
    failure.text = "\n".join(_text(place.full(location)) for location in places)
    return case


def _text(text: str) -> str:
    return _FORBIDDEN.sub(lambda match: f"\\u{ord(match[0]):04x}", plain(text))
