"""CSV by RFC 4180, for spreadsheets: one row for each place of each finding; docs/reports.md describes the columns.

With `show_secrets` it holds raw secrets: it is for people, who move them to a vault from such a list. It cannot say
that a scan is incomplete.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from typing import TextIO

from stanch.model import Finding, Location, Result
from stanch.report import place, words
from stanch.report.veil import plain, veiled
from stanch.rules import Rule

COLUMNS = (
    "confidence", "rule", "name", "masked", "secret", "where", "target", "path", "line", "column", "end_line",
    "end_column", "surface", "layers", "at_head", "reachability", "commit", "author", "date", "blob", "verdict",
    "action", "store", "summary", "provider", "category", "score", "dropped", "fingerprint",
    "candidates", "companions",
)  # fmt: skip
_FORMULA = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")
"""What a formula begins with; the wide forms too, which East Asian spreadsheets read as the narrow ones."""

Cell = str | int | float | None


def write(result: Result, rules: Mapping[str, Rule], out: TextIO, *, show_secrets: bool) -> None:
    """Write the names of the columns, then the rows."""
    shown = result if show_secrets else veiled(result)
    rows = csv.DictWriter(out, COLUMNS)
    rows.writeheader()
    for finding in shown.findings:
        rows.writerows(_rows(finding))


def _rows(finding: Finding) -> Iterator[dict[str, Cell]]:
    """Yield a row for each place, those at HEAD first; what has no place gets one all the same."""
    facts = _of_finding(finding)
    for at in [_of_place(location) for location in place.ordered(finding)] or [{}]:
        row = {**facts, **at}
        yield {column: _cell(value) if isinstance(value, str) else value for column, value in row.items()}


def _of_finding(finding: Finding) -> dict[str, Cell]:
    return {
        "confidence": finding.confidence.value,
        "rule": finding.rule,
        "name": finding.name,
        "masked": finding.masked,
        "secret": finding.secret.decode("utf-8", "backslashreplace"),
        "verdict": finding.verdict.status.value,
        "action": finding.remedy.action,
        "store": finding.remedy.store,
        "summary": finding.remedy.summary,
        "provider": finding.provider,
        "category": finding.category,
        "score": round(finding.score, 2),
        "dropped": finding.dropped,
        "fingerprint": finding.fingerprint,
        "candidates": ", ".join(finding.candidates),
        "companions": "; ".join(words.companions(finding)),
    }


def _of_place(location: Location) -> dict[str, Cell]:
    return {
        "where": place.full(location),
        "target": location.target,
        "path": location.path,
        "line": location.line,
        "column": location.column,
        "end_line": location.end_line,
        "end_column": location.end_column,
        "surface": location.surface.value,
        "layers": " > ".join(location.layers),
        "at_head": {True: "true", False: "false", None: None}[location.at_head],
        "reachability": location.reachability and location.reachability.value,
        "commit": location.commit,
        "author": location.author,
        "date": location.date,
        "blob": location.blob,
    }


def _cell(text: str) -> str:
    """Return text without control characters but newlines, which keys have; an apostrophe stands before a formula."""
    shown = "\n".join(map(plain, text.split("\n")))
    return f"'{shown}" if shown.lstrip()[:1] in _FORMULA else shown
