"""HTML report: one file that opens from disk under a strict Content-Security-Policy and asks the network nothing."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from stanch.model import Result
from stanch.report.html.columns import data
from stanch.report.html.page import Page, of_result
from stanch.report.veil import veiled
from stanch.rules import Rule

SCRIPTS = ("data.js", "dom.js", "overview.js", "list.js", "detail.js", "page.js")
"""In the order in which they run; together they are one script."""


def write(result: Result, rules: Mapping[str, Rule], out: TextIO, *, show_secrets: bool) -> None:
    """Write the page of one scan, ASCII only in its data."""
    # Veiled before the page is made of it: its title is scanned text as well.
    out.write(render(of_result(result if show_secrets else veiled(result)), rules, show_secrets=True))


def render(page: Page, rules: Mapping[str, Rule], *, show_secrets: bool = False) -> str:
    """Return the page: with `show_secrets` as it is, else without what its findings and faults hold of secrets."""
    if not show_secrets:
        page = _veiled(page)
    style, script = _file("page.css"), '"use strict";\n' + "".join(map(_file, SCRIPTS))
    parts = {
        "POLICY": (
            f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(style)}; base-uri 'none'; "
            "form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
        ),
        "STYLE": style,
        "SCRIPT": script,
        # In JSON `<` can only stand in a string, so nothing in it can end the element that holds it.
        "DATA": json.dumps(data(page, rules), separators=(",", ":")).replace("<", "\\u003c"),
    }
    head, *rest = _file("page.html").split("@@")
    return head + "".join(parts.get(part, part) for part in rest)


def _veiled(page: Page) -> Page:
    findings = tuple(entry.finding for entry in page.entries)
    clean = veiled(Result(findings, page.faults, page.stats, page.engine, "", page.rules, page.version))
    entries = zip(page.entries, clean.findings, strict=True)
    return replace(page, entries=tuple(replace(entry, finding=f) for entry, f in entries), faults=clean.faults)


def _file(name: str) -> str:
    return Path(__file__).with_name(name).read_text("utf-8")


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
