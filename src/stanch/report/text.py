"""The report that people read. A clean scan is one line, for which rich need not be imported: a hook says no more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

from stanch.model import Result
from stanch.report.amount import clean
from stanch.rules import Rule


def write(result: Result, rules: Mapping[str, Rule], out: TextIO, *, show_secrets: bool) -> None:
    """Write the report; with findings, in colour and as wide as the terminal where `out` is one."""
    if result.findings or result.faults:
        from stanch.report import terminal

        terminal.write(result, rules, out, show_secrets=show_secrets)
    else:
        out.write(f"{clean(result.stats)}\n")
