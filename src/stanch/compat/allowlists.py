"""Allowlists of gitleaks: what one of its configurations sets aside, as acceptances."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stanch.allow_tables import encoded
from stanch.compat.go_syntax import NotTranslated, translated
from stanch.compat.lines import Lines
from stanch.compat.tables import strings, text
from stanch.expressions import Expressions
from stanch.model import Finding, Location
from stanch.roots import from_root

Check = Callable[[Finding, Location], bool]
Warn = Callable[[str], None]


@dataclass
class Allowlist:
    """One table `[allowlist]`, `[[allowlists]]` or `[[rules.allowlists]]`: one key is enough, or all must hold."""

    origin: str
    about: str
    rules: frozenset[str]
    """Empty: every rule."""
    checks: Sequence[Check]
    together: bool
    """Must all checks hold?"""
    by_place: bool
    """Does it ask where a finding stands, or when it came?"""
    by_secret: bool
    """Does it ask what the secret is?"""

    def reason(self, finding: Finding, location: Location) -> str | None:
        """Return why this place of a finding is accepted; None when it is not."""
        if self.rules and finding.rule not in self.rules:
            return None
        held = (check(finding, location) for check in self.checks)
        return f"in an allowlist of {self.origin}{self.about}" if (all if self.together else any)(held) else None

    def stale(self) -> Iterable[str]:
        """Yield nothing: gitleaks may need it where stanch does not."""
        return ()


@dataclass
class Elsewhere:
    """A rule that is for some paths only."""

    origin: str
    rule: str
    paths: Expressions
    by_secret = False

    def reason(self, finding: Finding, location: Location) -> str | None:
        """Return why a finding of the rule does not count at this place; None when it does."""
        if finding.rule != self.rule or _at(self.paths)(finding, location):
            return None
        return f"{self.origin} has this rule for other paths"

    def stale(self) -> Iterable[str]:
        """Yield nothing: that a rule finds nothing elsewhere is no news."""
        return ()


_BEFORE = re.compile(rb"""[\w.\- \t]{0,70}[\s'"`=:>|,?(\\]{0,12}\Z""")
"""What gitleaks' expressions match before a secret: a name, and the signs of an assignment."""
_FURTHEST = 82


@dataclass(frozen=True, slots=True)
class Texts:
    """What an allowlist's expression is matched against."""

    tokens: Container[str]
    """Our rules that match a secret by itself, without the name that it is assigned to."""
    lines: Lines = field(default_factory=Lines)

    def secret(self, finding: Finding, _: Location) -> bytes:
        """Return the secret."""
        return finding.secret

    def match(self, finding: Finding, location: Location) -> bytes:
        """Return about what gitleaks' expression matched: the secret, for other rules with the name before it."""
        line, at = (finding.rule not in self.tokens and self.lines.at(finding, location)) or (b"", 0)
        before = _BEFORE.search(line, max(0, at - _FURTHEST), at)
        return (before[0] if before else b"") + finding.secret

    def line(self, finding: Finding, location: Location) -> bytes:
        """Return the line; empty when it cannot be had again."""
        found = self.lines.at(finding, location)
        return found[0] if found else b""


_TARGETS = {"secret": Texts.secret, "match": Texts.match, "line": Texts.line}

KEYS = ("description", "condition", "commits", "paths", "regextarget", "regexes", "stopwords", "targetrules")


def allowlist(
    table: Mapping[str, Any], where: str, origin: str, rules: frozenset[str], texts: Texts, warn: Warn
) -> Allowlist | None:
    """Return the acceptance that a table, its keys in lower case, stands for; `rules` are those it is about.

    None, and a warning, when nothing of it can be used. Raises UsageError for a value of a wrong type.
    """
    for key in table.keys() - set(KEYS):
        warn(f"{where}: {key!r} is not known and not read")
    condition = text(table, "condition", where).upper() or "OR"
    if condition not in ("AND", "OR", "&&", "||"):
        warn(f"{where}: condition is neither AND nor OR; the allowlist is not used")
        return None
    checks = list(_checks(table, where, texts, warn))
    if not checks:
        warn(f"{where}: has no commits, paths, regexes or stopwords; it is not used")
        return None
    about = " ".join(text(table, "description", where).split())
    return Allowlist(
        origin,
        f": {about}" if about else "",
        rules,
        checks,
        together=condition in ("AND", "&&"),
        by_place=not table.keys().isdisjoint({"paths", "commits"}),
        by_secret=not table.keys().isdisjoint({"regexes", "stopwords"}),
    )


def _checks(table: Mapping[str, Any], where: str, texts: Texts, warn: Warn) -> Iterable[Check]:
    """Yield a check for each key. One whose items cannot be read never holds: rather report too much."""
    if commits := strings(table, "commits", where):
        yield _in(frozenset(commit.lower() for commit in commits))
    if paths := strings(table, "paths", where):
        yield _at(expressions(paths, f"{where}: paths", warn))
    if regexes := strings(table, "regexes", where):
        target = text(table, "regextarget", where).lower() or "secret"
        if target not in _TARGETS:
            warn(f"{where}: regexTarget is none of secret, match and line; its regexes are not used")
            yield lambda *_: False
        else:
            yield _text(expressions(regexes, f"{where}: regexes", warn), texts, target)
    if stopwords := strings(table, "stopwords", where):
        yield _holding(tuple(word.lower().encode() for word in stopwords))


def expressions(texts: Iterable[str], where: str, warn: Warn) -> Expressions:
    """Return those of Go's expressions that can be translated, and warn of the others."""
    made = []
    for number, one in enumerate(texts, 1):
        try:
            made.append(translated(one, secret=0))
        except NotTranslated as error:
            warn(f"{where}: number {number} is not used: {error}")
    return Expressions(made)


def _in(commits: frozenset[str]) -> Check:
    return lambda _, location: location.commit in commits


def _at(paths: Expressions) -> Check:
    def check(_: Finding, location: Location) -> bool:
        path = from_root(location)
        return path is not None and paths.search(encoded(path))

    return check


def _holding(words: tuple[bytes, ...]) -> Check:
    return lambda finding, _: any(word in finding.secret.lower() for word in words)


def _text(regexes: Expressions, texts: Texts, target: str) -> Check:
    read = _TARGETS[target]
    return lambda finding, location: bool(text := read(texts, finding, location)) and regexes.search(text)
