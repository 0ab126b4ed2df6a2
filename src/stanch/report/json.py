"""JSON report, schema 1: written from a result, and read back to one; docs/reports.md describes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TextIO, TypeVar

from stanch.errors import UsageError
from stanch.model import (
    Companion,
    Confidence,
    Fault,
    Finding,
    Location,
    Reach,
    Remedy,
    Result,
    Stats,
    Status,
    Surface,
    Verdict,
)
from stanch.report.veil import veiled
from stanch.rules import Rule

SCHEMA = 1


def write(result: Result, rules: Mapping[str, Rule], out: TextIO, *, show_secrets: bool) -> None:
    """Write the report, ASCII only; bytes of secrets that are not UTF-8 are written as `\\x..`."""
    shown = result if show_secrets else veiled(result)
    out.write(json.dumps(report_object(shown), indent=2) + "\n")


def report_object(result: Result) -> dict[str, Any]:
    """Return the object of a whole report as it is: veil it first, unless its secrets are to be shown."""
    return {
        "schema": SCHEMA,
        "tool": {
            "name": "stanch",
            "version": result.version,
            "engine": result.engine,
            "ruleset": result.ruleset,
            "rules": result.rules,
        },
        "complete": result.complete,
        "errors": [{"target": f.target, "kind": f.kind, "detail": f.detail} for f in result.faults],
        "stats": {
            "blobs": result.stats.blobs,
            "bytes": result.stats.bytes,
            "seconds": result.stats.seconds,
        },
        "findings": [finding_object(finding) for finding in result.findings],
    }


def finding_object(finding: Finding) -> dict[str, Any]:
    """Return the object of one finding as it is: veil it first, unless its secret is to be shown."""
    verdict, remedy = finding.verdict, finding.remedy
    written = {
        "fingerprint": finding.fingerprint,
        "rule": finding.rule,
        "name": finding.name,
        "provider": finding.provider,
        "category": finding.category,
        "confidence": finding.confidence.value,
        "score": round(finding.score, 2),
        "masked": finding.masked,
        "secret": finding.secret.decode("utf-8", "backslashreplace") or None,
        "locations": [_location_object(location) for location in finding.locations],
        "verdict": {
            "status": verdict.status.value,
            "detail": verdict.detail,
            "identity": verdict.identity,
            "checked_at": verdict.checked_at,
        },
        "remedy": {"action": remedy.action, "store": remedy.store, "summary": remedy.summary},
        "candidates": list(finding.candidates),
        "companions": [_companion_object(companion) for companion in finding.companions],
    }
    if finding.around:
        written["around"] = [text.decode("utf-8", "backslashreplace") for text in finding.around]
    return written if finding.dropped is None else {**written, "dropped": finding.dropped}


def _companion_object(companion: Companion) -> dict[str, Any]:
    return {
        "rule": companion.rule,
        "name": companion.name,
        "masked": companion.masked,
        "secret": companion.secret.decode("utf-8", "backslashreplace") or None,
        "location": _location_object(companion.location),
    }


_LATER = ("removed_in", "removed_at", "context")
"""Keys of a location that are left out where nothing is known: readers of the first reports do not know them."""


def _location_object(location: Location) -> dict[str, Any]:
    written = {
        "target": location.target,
        "path": location.path,
        "line": location.line,
        "column": location.column,
        "end_line": location.end_line,
        "end_column": location.end_column,
        "surface": location.surface.value,
        "layers": list(location.layers),
        "commit": location.commit,
        "author": location.author,
        "date": location.date,
        "blob": location.blob,
        "at_head": location.at_head,
        "reachability": location.reachability and location.reachability.value,
    }
    known = ((key, getattr(location, key)) for key in _LATER)
    return {**written, **{key: value for key, value in known if value is not None}}


def read(text: str) -> Result:
    """Return the result that a JSON report was written from; a secret that it does not hold becomes empty.

    Scores come back with two decimals, and bytes of a secret that are not UTF-8 as the text `\\x..`.
    Keys that schema 1 does not know are passed over.
    Raises UsageError, naming the place and never a value, for anything that is no report of schema 1.
    """
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"not a JSON report: {error}") from error
    if not isinstance(values, dict) or "schema" not in values:
        raise UsageError("not a JSON report of stanch: it has no key 'schema'")
    if type(values["schema"]) is not int or values["schema"] != SCHEMA:
        raise UsageError(f"this stanch reads JSON reports of schema {SCHEMA} only; write the report again")
    report = _Table("report", values)
    tool, stats = report.table("tool"), report.table("stats")
    result = Result(
        findings=tuple(_finding(table) for table in report.tables("findings")),
        faults=tuple(Fault(t.text("target"), t.text("kind"), t.text("detail")) for t in report.tables("errors")),
        stats=Stats(stats.count("blobs"), stats.count("bytes"), stats.number("seconds")),
        engine=tool.text("engine"),
        ruleset=tool.text("ruleset"),
        rules=tool.count("rules"),
        version=tool.text("version"),
    )
    if report.truth("complete") is not result.complete:
        raise UsageError("malformed report: report.complete contradicts report.errors")
    return result


def _finding(table: _Table) -> Finding:
    verdict, remedy = table.table("verdict"), table.table("remedy")
    return Finding(
        fingerprint=table.text("fingerprint"),
        rule=table.text("rule"),
        name=table.text("name"),
        provider=table.text("provider"),
        category=table.text("category"),
        confidence=table.member("confidence", Confidence),
        score=table.number("score"),
        secret=table.secret("secret"),
        masked=table.text("masked"),
        locations=tuple(_location(location) for location in table.tables("locations")),
        remedy=Remedy(remedy.text("action"), remedy.maybe("store"), remedy.text("summary")),
        verdict=Verdict(
            verdict.member("status", Status),
            verdict.maybe("detail"),
            verdict.maybe("identity"),
            verdict.maybe("checked_at"),
        ),
        dropped=table.text("dropped") if "dropped" in table.values else None,
        candidates=table.texts("candidates") if "candidates" in table.values else (),
        companions=tuple(map(_companion, table.tables("companions"))) if "companions" in table.values else (),
        around=table.secrets("around") if "around" in table.values else (),
    )


def _companion(table: _Table) -> Companion:
    return Companion(
        table.text("rule"),
        table.text("name"),
        table.secret("secret"),
        table.text("masked"),
        _location(table.table("location")),
    )


def _location(table: _Table) -> Location:
    return Location(
        target=table.text("target"),
        path=table.maybe("path"),
        line=table.count("line", 1),
        column=table.count("column", 1),
        end_line=table.count("end_line", 1),
        end_column=table.count("end_column", 1),
        surface=table.member("surface", Surface),
        layers=table.texts("layers"),
        blob=table.maybe("blob"),
        commit=table.maybe("commit"),
        author=table.maybe("author"),
        date=table.maybe("date"),
        at_head=table.truth("at_head"),
        reachability=table.member("reachability", Reach) if table.values.get("reachability") else None,
        **{key: table.maybe(key) for key in _LATER if key in table.values},
    )


_Member = TypeVar("_Member", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class _Table:
    """A JSON object under check; a getter raises UsageError when its key is missing or of another type."""

    where: str
    values: dict[str, Any]

    def _get(self, key: str, kind: type | tuple[type, ...], wanted: str) -> Any:
        value = self.values.get(key, self)
        # A bool is an int to Python, not to JSON.
        if not isinstance(value, kind) or (isinstance(value, bool) and kind in (int, (int, float))):
            raise self._malformed(key, wanted)
        return value

    def _malformed(self, key: str, wanted: str) -> UsageError:
        return UsageError(f"malformed report: {self.where}.{key} must be {wanted}")

    def text(self, key: str) -> str:
        return str(self._get(key, str, "a string"))

    def maybe(self, key: str) -> str | None:
        value: str | None = self._get(key, (str, type(None)), "a string or null")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        values = self._get(key, list, "a list of strings")
        if not all(isinstance(value, str) for value in values):
            raise self._malformed(key, "a list of strings")
        return tuple(values)

    def truth(self, key: str) -> bool | None:
        value: bool | None = self._get(key, (bool, type(None)), "true, false or null")
        return value

    def count(self, key: str, least: int = 0) -> int:
        value = int(self._get(key, int, f"a whole number from {least}"))
        if value < least:
            raise self._malformed(key, f"a whole number from {least}")
        return value

    def number(self, key: str) -> float:
        value = self._get(key, (int, float), "a number")
        # json reads NaN, Infinity, 1e999 and integers that no float holds.
        if not -1e300 < value < 1e300:
            raise self._malformed(key, "a number")
        return float(value)

    def secret(self, key: str) -> bytes:
        try:
            return (self.maybe(key) or "").encode("utf-8")
        except UnicodeEncodeError:
            raise self._malformed(key, "text or null") from None

    def secrets(self, key: str) -> tuple[bytes, ...]:
        try:
            return tuple(text.encode("utf-8") for text in self.texts(key))
        except UnicodeEncodeError:
            raise self._malformed(key, "a list of texts") from None

    def member(self, key: str, kind: type[_Member]) -> _Member:
        value = self.text(key)
        if value not in list(kind):
            raise self._malformed(key, f"one of {', '.join(kind)}")
        return kind(value)

    def table(self, key: str) -> _Table:
        return _Table(f"{self.where}.{key}", self._get(key, dict, "an object"))

    def tables(self, key: str) -> list[_Table]:
        values = self._get(key, list, "a list of objects")
        if not all(isinstance(value, dict) for value in values):
            raise self._malformed(key, "a list of objects")
        return [_Table(f"{self.where}.{key}[{number}]", value) for number, value in enumerate(values)]
