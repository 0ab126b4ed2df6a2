"""Findings that gitleaks' users accepted: `.gitleaksignore`, and a JSON report as a baseline."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stanch.compat.kinds import Kinds
from stanch.compat.tables import number, text
from stanch.errors import UsageError
from stanch.model import Finding, Location
from stanch.roots import from_root
from stanch.sources.git import discover

_LINE = re.compile(r"(?:(?P<commit>[0-9a-f]{7,64}):)?(?P<path>.+):(?P<rule>[^:]+):(?P<line>\d+)")
_LEAST_SHARED = 10
"""Of two tools' cuts of one secret, the shorter has at least so many bytes, and half of the longer one's."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One accepted finding."""

    path: str
    rule: str
    line: int
    end_line: int
    commit: str = ""
    """Empty: any commit."""
    secret: bytes = field(default=b"", repr=False)
    """Empty where the report is redacted, and in `.gitleaksignore`."""


@dataclass
class Fingerprints:
    """Accepted findings, by their paths."""

    origin: str
    """What a reason names: `.gitleaksignore`, or `the baseline report.json`."""
    entries: Sequence[Entry]
    kinds: Kinds
    _by_path: dict[str, list[Entry]] = field(init=False, repr=False, default_factory=dict)
    _lines: dict[Entry, bytes] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Sort the entries by their paths."""
        for entry in self.entries:
            self._by_path.setdefault(entry.path, []).append(entry)

    @property
    def by_secret(self) -> bool:
        """Does it look at the secret itself? Only lines of what is in no commit are enough alone."""
        return any(entry.secret or entry.commit for entry in self.entries)

    def reason(self, finding: Finding, location: Location) -> str | None:
        """Return why this place of a finding is accepted; None when it is not."""
        path = from_root(location)
        if path is None or not self._by_path:
            return None
        absolute = os.path.join(os.path.realpath(location.target), location.path or "")
        entries = [*self._by_path.get(path, ()), *self._by_path.get(absolute, ())]
        held = any(self._is(entry, finding, location, path) for entry in entries)
        return f"in {self.origin}" if held else None

    def stale(self) -> Iterable[str]:
        """Yield nothing: gitleaks may need an entry where stanch does not."""
        return ()

    def _is(self, entry: Entry, finding: Finding, location: Location, path: str) -> bool:
        if entry.secret:
            return _same(entry.secret, finding.secret)
        if not self.kinds.may_be(entry.rule, finding.rule):
            return False
        if not entry.commit:
            return entry.line <= location.line <= entry.end_line
        if (location.commit or "").startswith(entry.commit) and entry.line <= location.line <= entry.end_line:
            return True
        # Lines move: the line that gitleaks saw tells which secret was meant.
        first = finding.secret.partition(b"\n")[0]
        return len(first) > 3 and first in self._line(entry, location, path)

    def _line(self, entry: Entry, location: Location, path: str) -> bytes:
        """Return the entry's line in its commit; empty when git does not have it."""
        if entry not in self._lines:
            self._lines[entry] = b""
            repository = discover(location.target, parents=True)
            try:
                data = repository.run("cat-file", "blob", f"{entry.commit}:{path}") if repository else b""
                self._lines[entry] = b"\n".join(data.split(b"\n")[entry.line - 1 : entry.end_line])
            except UsageError:  # no such commit here, or no such file in it: nothing is accepted then
                pass
        return self._lines[entry]


def _same(theirs: bytes, ours: bytes) -> bool:
    """Are these one secret, although two tools may cut it differently?"""
    short, long = sorted((theirs.strip(), ours.strip()), key=len)
    return short == long or (len(short) >= max(_LEAST_SHARED, len(long) / 2) and short in long)


def ignore_file(data: bytes, origin: str, kinds: Kinds) -> tuple[Fingerprints, list[str]]:
    """Read `.gitleaksignore`: `commit:path:rule:line` or `path:rule:line`, and comments; return warnings, too."""
    entries, warnings = [], []
    for number_, line in enumerate(data.decode("utf-8", "surrogateescape").removeprefix("\ufeff").splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            warnings.append(f"{origin}:{number_}: not used: write [commit:]path:rule:line")
            continue
        at = int(found["line"])
        entries.append(Entry(found["path"].replace("\\", "/"), found["rule"], at, at, found["commit"] or ""))
    return Fingerprints(origin, entries, kinds), warnings


def is_report(document: Any) -> bool:
    """Is this what gitleaks writes as JSON? Without findings it writes an empty list."""
    return isinstance(document, list) and all(
        isinstance(item, dict) and {"RuleID", "File", "StartLine"} <= item.keys() for item in document
    )


def report(document: Sequence[Mapping[str, Any]], origin: str, kinds: Kinds) -> Fingerprints:
    """Return the findings of a report, accepted. Raises UsageError for a value of a wrong type."""
    entries = [_entry(item, f"{origin}: entry {number_}") for number_, item in enumerate(document, 1)]
    return Fingerprints(f"the baseline {origin}", entries, kinds)


def _entry(item: Mapping[str, Any], where: str) -> Entry:
    first, last = int(number(item, "StartLine", where)), int(number(item, "EndLine", where))
    secret = text(item, "Secret", where)
    redacted = secret == "REDACTED" or secret.endswith("...")  # noqa: S105  # the word that gitleaks writes
    return Entry(
        text(item, "File", where).replace("\\", "/").removeprefix("./"),
        text(item, "RuleID", where),
        first,
        max(first, last),
        text(item, "Commit", where),
        b"" if redacted else secret.encode("utf-8", "surrogatepass"),
    )
