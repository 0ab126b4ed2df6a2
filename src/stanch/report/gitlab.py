"""GitLab's secret-detection report, version 15.0.2, for merge requests and the vulnerability report.

It never holds a raw secret, whatever is asked: GitLab keeps these files and shows them to many people; for that reason
`raw_source_code_extract` is left out. Findings that an explained scan dropped are left out too.
https://gitlab.com/gitlab-org/security-products/security-report-schemas
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TextIO

from stanch.model import Finding, Location, Result
from stanch.report import place
from stanch.report.veil import plain, veiled
from stanch.report.words import told
from stanch.rules import Rule

VERSION = "15.0.2"
_SCHEMAS = "https://gitlab.com/gitlab-org/security-products/security-report-schemas/-/raw"
_NO_COMMIT = "0" * 40
"""What git itself calls a commit that is not there; GitLab wants one always."""
_NAME, _SOLUTION, _DESCRIPTION = 255, 7_000, 1_048_576
"""Characters that the schema allows."""
_YEAR = 365 * 86_400.0
_CWE = {
    "type": "cwe",
    "name": "CWE-798: Use of Hard-coded Credentials",
    "value": "798",
    "url": "https://cwe.mitre.org/data/definitions/798.html",
}


def write(result: Result, rules: Mapping[str, Rule], out: TextIO, *, show_secrets: bool) -> None:
    """Write one vulnerability for each finding; `show_secrets` changes nothing."""
    shown = veiled(result)
    report = {
        "version": VERSION,
        "schema": f"{_SCHEMAS}/v{VERSION}/dist/secret-detection-report-format.json",
        "scan": _scan(shown),
        "vulnerabilities": [
            _vulnerability(finding, rules.get(finding.rule)) for finding in shown.findings if finding.dropped is None
        ],
    }
    out.write(json.dumps(report, indent=2) + "\n")


def _scan(result: Result) -> dict[str, Any]:
    tool = {"id": "stanch", "name": "stanch", "version": result.version, "vendor": {"name": "stanch"}}
    # A result knows how long its scan took, not when that was; mostly it has just ended.
    ended = _now()
    began = ended - timedelta(seconds=max(0.0, min(result.stats.seconds, _YEAR)))
    return {
        "analyzer": tool,
        "scanner": tool,
        "type": "secret_detection",
        "start_time": f"{began:%Y-%m-%dT%H:%M:%S}",
        "end_time": f"{ended:%Y-%m-%dT%H:%M:%S}",
        "status": "success" if result.complete else "failure",
        "messages": [
            {"level": "warn", "value": plain(f"{fault.kind}: {fault.target}: {fault.detail}")}
            for fault in result.faults
        ],
    }


def _now() -> datetime:
    return datetime.now(UTC)


def _vulnerability(finding: Finding, rule: Rule | None) -> dict[str, Any]:
    """Describe a finding; `rule` is None when it is not among those in use."""
    places = place.ordered(finding)
    steps = [finding.remedy.summary, f"Revoke it: {rule.remedy.revoke}" if rule and rule.remedy.revoke else ""]
    written = {
        "id": finding.fingerprint,
        "name": plain(finding.name)[:_NAME],
        "description": "\n".join([told(finding, _literal), "", *map(_item, places)])[:_DESCRIPTION],
        "solution": " ".join(_literal(step) for step in steps if step)[:_SOLUTION],
        "severity": finding.confidence.value.capitalize(),
        "identifiers": [
            {"type": "stanch_rule", "name": f"stanch rule {finding.rule}", "value": finding.rule},
            _CWE,
        ],
        "links": [{"url": link} for link in (rule.references if rule else ()) if link.startswith("https://")],
        "location": {"commit": {"sha": _NO_COMMIT}},
    }
    if not places:
        return written
    span = _span(places[0])
    signature = {"algorithm": "hash", "value": finding.fingerprint}
    return {
        **written,
        "location": {**span, "commit": _commit(finding, places[0])},
        # Without it GitLab takes a secret that moved for another one, and two on one line for one.
        "tracking": {"type": "source", "items": [{**span, "signatures": [signature]}]},
    }


def _span(location: Location) -> dict[str, Any]:
    """Return file and lines; what is in no file gets a name of its own, or GitLab would take all such for one."""
    file = place.outer(place.under_git(location)) + place.inner(location)
    return {"file": plain(file), "start_line": location.line, "end_line": location.end_line}


def _commit(finding: Finding, shown: Location) -> dict[str, str]:
    """Return the commit that brought the secret to the file shown; a file of the worktree does not know it itself."""
    versions = (at for at in finding.locations if (at.target, at.path) == (shown.target, shown.path))
    first = next((at for at in versions if at.commit), shown)
    facts = {"sha": first.commit or _NO_COMMIT, "author": first.author, "date": first.date}
    return {key: plain(value) for key, value in facts.items() if value}


def _item(location: Location) -> str:
    return f"- {_literal(place.full(location))}"


def _literal(text: str) -> str:
    """Return scanned text so that GitLab's Markdown makes no markup, link or mention of it."""
    return re.sub(r"([\\`*_\[\]<>@&#~!%])", r"\\\1", plain(text))
