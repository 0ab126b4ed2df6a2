"""The data of the page: column by column, each text once, which is a third of the size of objects with keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from stanch.model import Confidence, Finding, Location, Status, Surface
from stanch.report import place
from stanch.report.html import links, page
from stanch.report.html.page import Entry, Page
from stanch.report.veil import plain
from stanch.rules import Rule

LONG = 2_000
"""Characters of which no text in the page has more; a hostile name may have a million."""
FAULTS = 2_000
"""How many faults are listed; all are counted."""
PLACES = 500
"""How many places of one finding are listed; all are counted."""

VERDICTS = (Status.NOT_CHECKED, Status.UNKNOWN, Status.DEAD, Status.LIVE)
CONFIDENCES = (Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH)


def shown(text: str, most: int = LONG) -> str:
    """Return scanned text as people may be shown it: nothing that steers, and not too long."""
    if len(text) > most:
        text = f"{text[: most - 40]}… ({len(text):,} characters)"
    return plain(text)


class _Texts:
    """Texts by number; 0 is none."""

    def __init__(self) -> None:
        self.all: list[str | None] = [None]
        self._known: dict[str, int] = {}

    def __call__(self, text: str | None) -> int:
        if text is None:
            return 0
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = len(self.all)
            self.all.append(shown(text))
        return known


def data(made: Page, rules: Mapping[str, Rule]) -> dict[str, Any]:
    """Return what page.js reads; veil the findings first, unless their secrets are to be shown."""
    texts = _Texts()
    entries = made.entries
    kinds: dict[tuple[str, str, str, str], int] = {}
    for entry in entries:
        kinds.setdefault(_kind(entry.finding), len(kinds))
    targets: dict[str, int] = {repository.name: number for number, repository in enumerate(made.repositories)}
    listed = [place.ordered(entry.finding) for entry in entries]
    for at in (at for some in listed for at in some[:PLACES]):
        targets.setdefault(at.target, len(targets))
    findings = {name: [of(entry) for entry in entries] for name, of in _columns(kinds, texts).items()}
    places = [at for some in listed for at in some[:PLACES]]
    known = {repository.name: links.templates(repository.forge, repository.web) for repository in made.repositories}
    return {
        "title": shown(made.title, 200),
        "sweep": made.sweep,
        "made": page.minutes((made.made or page.now()).isoformat()),
        "tool": {"version": made.version, "rules": made.rules, "engine": made.engine},
        "stats": [made.stats.blobs, made.stats.bytes, made.stats.seconds],
        "faults": [
            [shown(fault.kind, 60), shown(fault.target, 400), shown(fault.detail)] for fault in made.faults[:FAULTS]
        ],
        "missing": len(made.faults),
        "secrets": any(entry.finding.secret for entry in entries),
        "commands": [[command.title, command.text] for command in made.commands],
        "repositories": [
            [shown(page.named(name), 400), shown(name), *known.get(name, (None, None))] for name in targets
        ],
        "kinds": [_rule(*kind, rules.get(kind[0])) for kind in kinds],
        "findings": {**findings, "count": [min(len(some), PLACES) for some in listed]},
        "more": {n: more for n, entry in enumerate(entries) if (more := _more(entry, len(listed[n]) - PLACES))},
        "places": {name: [of(at) for at in places] for name, of in _place_columns(targets, texts).items()},
        "texts": texts.all,
    }


def _kind(finding: Finding) -> tuple[str, str, str, str]:
    return finding.rule, finding.name, finding.provider, finding.category


def _rule(rule_id: str, name: str, provider: str, category: str, rule: Rule | None) -> list[Any]:
    revoke = rule.remedy.revoke if rule else None
    references = [link for link in (links.web(link) for link in (rule.references if rule else ())) if link]
    return [*(shown(text, 200) for text in (rule_id, name, provider, category)), links.web(revoke), references[:4]]


def _columns(kinds: Mapping[tuple[str, str, str, str], int], texts: _Texts) -> dict[str, Callable[[Entry], Any]]:
    return {
        "kind": lambda entry: kinds[_kind(entry.finding)],
        "id": lambda entry: shown(entry.finding.fingerprint, 100),
        "masked": lambda entry: shown(entry.finding.masked, 100),
        "confidence": lambda entry: CONFIDENCES.index(entry.finding.confidence),
        "score": lambda entry: round(100 * min(max(entry.finding.score, 0), 1)),
        "verdict": lambda entry: VERDICTS.index(entry.finding.verdict.status),
        "state": lambda entry: page.STATES.index(entry.state),
        "first": lambda entry: page.minutes(entry.first_seen),
        "last": lambda entry: page.minutes(entry.last_seen),
        "store": lambda entry: texts(entry.finding.remedy.store),
        "remedy": lambda entry: texts(entry.finding.remedy.summary),
    }


def _place_columns(targets: Mapping[str, int], texts: _Texts) -> dict[str, Callable[[Location], Any]]:
    return {
        "repository": lambda at: targets[at.target],
        "name": lambda at: texts(_name(at)),
        "file": lambda at: int(_is_file(at)),
        "line": lambda at: at.line,
        "layers": lambda at: texts(" > ".join(layer for layer in at.layers if ":" not in layer) or None),
        "commit": lambda at: texts(at.commit),
        "author": lambda at: texts(at.author),
        "date": lambda at: page.minutes(at.date),
        "head": lambda at: {None: 2, True: 1, False: 0}[at.at_head],
        "held": lambda at: texts(place.holder(at).rpartition(", ")[2] if _is_hidden(at) else None),
        "removed": lambda at: texts(at.removed_in),
        "ended": lambda at: page.minutes(at.removed_at),
        "context": lambda at: texts(at.context),
    }


def _is_file(at: Location) -> bool:
    """Is it a file's own content, which a forge and git have a name for?"""
    return at.surface is Surface.BLOB and at.path is not None and not place.inner(at)


def _is_hidden(at: Location) -> bool:
    """Does no ref lead to it?"""
    return at.reachability is not None and at.reachability.value not in ("refs", "index")


def _name(at: Location) -> str:
    """Return what a place is called inside its repository."""
    what, file = place.label(at, 10), (at.path or "") + place.inner(at)
    if not file:
        return what or page.named(at.target)
    return f"{file} ({what})" if what else file


def _more(entry: Entry, hidden: int) -> dict[str, Any]:
    """Return what few findings have; `hidden` places are too many to be listed."""
    finding, verdict = entry.finding, entry.finding.verdict
    more = {
        "reason": entry.reason and shown(entry.reason),
        "expires": page.minutes(entry.expires),
        "identity": verdict.identity and shown(verdict.identity),
        "detail": verdict.detail and shown(verdict.detail),
        "checked": page.minutes(verdict.checked_at),
        "candidates": list(map(shown, finding.candidates[:20])),
        "with": list(_companions(finding)),
        "secret": "\n".join(map(shown, _lines(finding.secret))),
        "hidden": max(hidden, 0),
    }
    return {key: value for key, value in more.items() if value}


def _companions(finding: Finding) -> Iterable[list[Any]]:
    for companion in finding.companions[:20]:
        at, raw = companion.location, "\n".join(map(shown, _lines(companion.secret)))
        yield [shown(companion.name, 200), shown(companion.masked, 100), shown(place.spot(at), 400), raw or None]


def _lines(secret: bytes) -> list[str]:
    return secret.decode("utf-8", "backslashreplace").split("\n")
