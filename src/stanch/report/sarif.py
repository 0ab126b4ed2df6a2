"""SARIF 2.1.0, for code scanning services and editors.

It never holds a raw secret, whatever is asked: these files are uploaded, kept and shown to many people.
Findings that an explained scan dropped are left out. https://docs.oasis-open.org/sarif/sarif/v2.1.0/
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, TextIO
from urllib.parse import quote

from stanch.model import Companion, Confidence, Finding, Location, Result, Surface
from stanch.report import place
from stanch.report.veil import plain, veiled
from stanch.report.words import told
from stanch.rules import Rule

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Confidence.HIGH: "error", Confidence.MEDIUM: "warning", Confidence.LOW: "note"}
# GitHub reads 7.0 to 8.9 as high, 4.0 to 6.9 as medium and less as low.
_SEVERITIES = {Confidence.HIGH: "8.0", Confidence.MEDIUM: "5.5", Confidence.LOW: "3.0"}


def write(result: Result, rules: Mapping[str, Rule], out: TextIO, *, show_secrets: bool) -> None:
    """Write one run; `show_secrets` changes nothing."""
    shown = veiled(result)
    findings = [finding for finding in shown.findings if finding.dropped is None]
    order = list(dict.fromkeys(finding.rule for finding in findings))
    index = {rule: number for number, rule in enumerate(order)}
    worst: dict[str, Finding] = {}
    for finding in findings:
        known = worst.setdefault(finding.rule, finding)
        if finding.confidence.rank > known.confidence.rank:
            worst[finding.rule] = finding
    run = {
        "tool": {
            "driver": {
                "name": "stanch",
                "version": shown.version,
                "rules": [_rule(worst[rule], rules.get(rule)) for rule in order],
                "properties": {"engine": shown.engine, "ruleset": shown.ruleset},
            }
        },
        "invocations": [_invocation(shown)],
        # SARIF cannot count bytes, which our columns do; on lines of ASCII the two are the same.
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, index[finding.rule]) for finding in findings],
    }
    out.write(json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n")


def _rule(finding: Finding, rule: Rule | None) -> dict[str, Any]:
    """Describe the rule of `finding`, its surest one; `rule` is None when it is not among those in use."""
    links = [link for link in (rule.references if rule else ()) if link.startswith(("https://", "http://"))]
    advice = [("What to do", finding.remedy.summary)]
    if rule and rule.remedy.revoke:
        advice.append(("Revoke it", rule.remedy.revoke))
    if rule and rule.remedy.identity:
        advice.append(("Instead of a secret", rule.remedy.identity))
    advice += [("See", link) for link in links]
    described = {
        "id": finding.rule,
        "name": finding.name,
        "shortDescription": {"text": finding.name},
        "fullDescription": {"text": f"{finding.name}, written where others can read it."},
        "help": {
            "text": "\n".join(f"{head}: {plain(text)}" for head, text in advice),
            "markdown": "\n\n".join(f"**{head}**: {_literal(text)}" for head, text in advice),
        },
        "defaultConfiguration": {"level": _LEVELS[finding.confidence]},
        "properties": {
            "tags": ["security", "secret"],
            "security-severity": _SEVERITIES[finding.confidence],
        },
    }
    return {**described, "helpUri": links[0]} if links else described


def _invocation(result: Result) -> dict[str, Any]:
    notes = [
        {
            "descriptor": {"id": fault.kind},
            "level": "error",
            "message": {"text": _literal(f"{fault.target}: {fault.detail}")},
        }
        for fault in result.faults
    ]
    return {"executionSuccessful": result.complete, "toolExecutionNotifications": notes}


def _result(finding: Finding, index: int) -> dict[str, Any]:
    return {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVELS[finding.confidence],
        "message": {"text": told(finding, _literal)},
        "locations": list(map(_location, _to_change(finding))),
        **({"relatedLocations": _distinct(map(_related, finding.companions))} if finding.companions else {}),
        "partialFingerprints": {"stanchFingerprint/v1": finding.fingerprint},
        "properties": {
            "confidence": finding.confidence.value,
            "score": round(finding.score, 2),
            "masked": finding.masked,
            "verdict": finding.verdict.status.value,
            **_said(finding),
            **({"candidates": list(finding.candidates)} if finding.candidates else {}),
        },
    }


def _said(finding: Finding) -> dict[str, str]:
    """Return what a verification found out, besides its verdict."""
    verdict = finding.verdict
    said = {"verdictDetail": verdict.detail, "identity": verdict.identity, "checkedAt": verdict.checked_at}
    return {key: _literal(text) for key, text in said.items() if text is not None}


def _distinct(items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return each once, as the schema demands: two ids may read the same when they are masked."""
    found: list[dict[str, Any]] = []
    for item in items:
        if item not in found:
            found.append(item)
    return found


def _to_change(finding: Finding) -> list[Location]:
    """Return every place that must change: an id changes with its secret (section 3.27.12 of the standard)."""
    return [*place.ordered(finding), *(companion.location for companion in finding.companions)]


def _related(companion: Companion) -> dict[str, Any]:
    said = f"{_literal(companion.name)} {_literal(companion.masked)}, which it completes"
    return {**_location(companion.location), "message": {"text": said}}


def _location(location: Location) -> dict[str, Any]:
    facts = {
        "surface": location.surface.value,
        "layers": list(location.layers) or None,
        "commit": location.commit,
        "author": location.author,
        "date": location.date,
        "blob": location.blob,
        "atHead": location.at_head,
        "reachability": location.reachability and location.reachability.value,
    }
    written: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": _artifact(location),
            "region": {
                "startLine": location.line,
                "startColumn": location.column,
                "endLine": location.end_line,
                # SARIF's end is exclusive.
                "endColumn": location.end_column + 1,
            },
        },
        "properties": {key: value for key, value in facts.items() if value is not None},
    }
    what = place.label(location)
    if what and location.surface is not Surface.PATH:
        written["logicalLocations"] = [{"name": what}]
    return written


def _artifact(location: Location) -> dict[str, str]:
    """Return the URI of the file, or of the target where there is none.

    GitHub wants one always and shows it as the alert's path, so what is in no file gets a name of its own.
    """
    location = place.under_git(location)
    file, members = place.outer(location), quote(_encode(place.inner(location)), safe="/!")
    scheme = re.match(r"env:|[A-Za-z][A-Za-z0-9+.-]*://", location.target)
    if scheme:
        return {"uri": scheme[0] + quote(_encode(file[scheme.end() :]), safe="/:") + members}
    path = quote(_encode(file)) + members
    return {"uri": f"file://{path}"} if file.startswith("/") else {"uri": path, "uriBaseId": "%SRCROOT%"}


def _encode(text: str) -> bytes:
    """Return the bytes that a path stands for, those that are not UTF-8 as well."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _literal(text: str) -> str:
    """Return scanned text so that neither SARIF's nor Markdown's `[text](link)` can be made of it."""
    return re.sub(r"([\\\[\]])", r"\\\1", plain(text))
