"""JSON Lines: one finding a line, the object that the JSON report has; faults stand in that report only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TextIO

from stanch.model import Finding, Result
from stanch.report.json import finding_object
from stanch.report.veil import veiled, veiled_finding
from stanch.rules import Rule


def write(result: Result, rules: Mapping[str, Rule], out: TextIO, *, show_secrets: bool) -> None:
    """Write one line for each finding."""
    shown = result if show_secrets else veiled(result)
    out.writelines(_line(finding) for finding in shown.findings)


def finding_line(finding: Finding, show_secrets: bool) -> str:
    """Return the line of one finding, with its newline, for a caller that streams."""
    return _line(finding if show_secrets else veiled_finding(finding))


def _line(finding: Finding) -> str:
    return json.dumps(finding_object(finding)) + "\n"
