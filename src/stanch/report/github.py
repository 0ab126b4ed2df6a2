"""GitHub workflow commands: annotations on a pull request's files and a run's page, printed to a step's log.

It never holds a raw secret, whatever is asked: logs are kept and shown to many people. Findings that an explained scan
dropped are left out. GitHub shows ten annotations of a level for a step, the first ones; the log has all.
https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TextIO

from stanch.model import Confidence, Fault, Finding, Location, Result
from stanch.report import amount, place
from stanch.report.veil import plain, veiled
from stanch.report.words import told
from stanch.rules import Rule

SHOWN = 10
"""How many annotations of a level GitHub shows for a step."""
_LEVELS = {Confidence.HIGH: "error", Confidence.MEDIUM: "warning", Confidence.LOW: "notice"}


def write(result: Result, rules: Mapping[str, Rule], out: TextIO, *, show_secrets: bool) -> None:
    """Write a line for each annotation, the surest findings first, and one that counts them.

    That a scan is incomplete comes before them all, where GitHub is sure to show it. `show_secrets` changes nothing.
    """
    shown = veiled(result)
    findings = sorted((finding for finding in shown.findings if finding.dropped is None), key=_rank)
    if not shown.complete:
        missing = f"{amount.unscanned(len(shown.faults))}; the log names all"
        out.write(_command("error", {"title": "Incomplete scan"}, missing))
    out.writelines(map(_found, findings))
    out.writelines(map(_missed, shown.faults))
    # No scanned text on a line that is no command: GitHub would read a command in it.
    out.write(f"{_summary(findings, shown)}\n")


def _rank(finding: Finding) -> tuple[object, ...]:
    """Sort the surest first, of these what GitHub can show beside a line."""
    first = _annotated(finding)
    return -finding.confidence.rank, first is None, place.outer(first) if first else "", first.line if first else 0


def _annotated(finding: Finding) -> Location | None:
    return next((location for location in place.ordered(finding)[:1] if place.in_folder(location)), None)


def _found(finding: Finding) -> str:
    properties = {"title": finding.name}
    if first := _annotated(finding):
        # The line of what is in an archive is no line of the file.
        lines = {} if place.inner(first) else {"line": str(first.line), "endLine": str(first.end_line)}
        properties = {"file": place.outer(first), **lines, **properties}
    return _command(_LEVELS[finding.confidence], properties, told(finding))


def _missed(fault: Fault) -> str:
    return _command("error", {"title": f"Not scanned: {fault.kind}"}, f"{fault.target}: {fault.detail}")


def _summary(findings: Sequence[Finding], result: Result) -> str:
    if not findings:
        return amount.clean(result.stats)
    levels = [finding.confidence for finding in findings]
    more = any(levels.count(level) > SHOWN for level in Confidence)
    note = f"; GitHub shows {SHOWN} of each level, this log has all" if more else ""
    return f"{amount.found(levels)}{note}"


def _command(level: str, properties: Mapping[str, str], message: str) -> str:
    given = ",".join(f"{key}={_escaped(value, ':,')}" for key, value in properties.items())
    return f"::{level} {given}::{_escaped(message)}\n"


def _escaped(text: str, separators: str = "") -> str:
    """Return scanned text so that it ends neither the line nor, for a property, its value."""
    return "".join(f"%{ord(c):02X}" if c in f"%\r\n{separators}" else c for c in plain(text))
