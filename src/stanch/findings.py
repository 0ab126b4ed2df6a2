"""Detections in, findings out: one for each distinct secret of a rule, with all its places."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from stanch import scoring
from stanch.model import Confidence, Detection, Finding, Location, Surface, mask
from stanch.remedies import remedy
from stanch.rules import Rule

if TYPE_CHECKING:
    from stanch.provenance import Provenance

ROUNDS = 1_000
"""Rounds of PBKDF2 for a fingerprint, which is as good as the secret to someone who can guess: a third of a
millisecond for us, a thousand times the work for them."""


def fingerprint(rule: str, secret: bytes) -> str:
    """Return the stable name of a finding: 32 hexadecimal digits that depend on rule and secret alone."""
    return hashlib.pbkdf2_hmac("sha256", secret, b"stanch 1 " + rule.encode(), ROUNDS, 16).hex()


def collect(
    detections: Iterable[Detection],
    rules: Mapping[str, Rule],
    provenance: Mapping[str, Provenance],
    least: Confidence,
) -> list[Finding]:
    """Return the findings of at least the confidence `least`, the surest first.

    `provenance` is by target. Dropped detections, of an explained scan, become findings with their reason.
    """
    grouped: dict[tuple[str, bytes, str | None], list[tuple[Detection, Provenance | None]]] = defaultdict(list)
    for detection in detections:
        key = (detection.rule, detection.secret, detection.dropped)
        grouped[key].append((detection, provenance.get(detection.location.target)))
    findings = []
    for (rule, secret, dropped), seen in grouped.items():
        places = [(*place, item.runtime) for item, known in seen for place in _places(item, known)]
        score = max(score for score, _, _ in places)
        level = Confidence.LOW if dropped else scoring.confidence(score)
        if level and (dropped or level.rank >= least.rank):
            kept = [place for place in places if dropped or scoring.confidence(place[0])]
            findings.append(_finding(rules[rule], secret, dropped, level, kept, provenance))
    return sorted(findings, key=_order)


def _order(finding: Finding) -> tuple[object, ...]:
    first = finding.locations[0]
    return (
        finding.dropped is not None, -finding.confidence.rank, first.target, first.path or "", first.line, first.column,
        finding.rule, finding.fingerprint,
    )  # fmt: skip


Scored = tuple[float, Location, str | None]
"""The score of a place, the place, and where its text says that it runs."""


def _finding(
    rule: Rule,
    secret: bytes,
    dropped: str | None,
    level: Confidence,
    places: list[Scored],
    provenance: Mapping[str, Provenance],
) -> Finding:
    locations = []
    for _, location, _ in places:
        known = provenance.get(location.target)
        author = known.authors.get(location.commit or "") if known else None
        locations.append(replace(location, author=author.name, date=author.date) if author else location)
    return Finding(
        fingerprint(rule.id, secret),
        rule.id,
        rule.name,
        rule.provider,
        rule.category,
        level,
        round(max(score for score, _, _ in places), 4),
        secret,
        mask(secret),
        tuple(_distinct(locations, provenance)),
        remedy(rule, next((runtime for _, _, runtime in places if runtime), None)),
        dropped=dropped,
    )


def _places(detection: Detection, provenance: Provenance | None) -> list[tuple[float, Location]]:
    """Return a detection's place once for each path that its object stands at, with its score there."""
    location, blob = detection.location, detection.location.blob
    if provenance is None or blob is None:
        return [(_score(detection, location.path), location)]
    if location.surface in (Surface.COMMIT_MESSAGE, Surface.AUTHOR):
        return [(_score(detection, None), replace(location, commit=blob))]
    commits: dict[str | None, str | None] = {place.path: place.commit for place in provenance.places.get(blob, ())}
    for path, oid in provenance.index.items() if not commits else ():
        if oid == blob:
            commits[path] = None
    if location.path is not None:
        commits = {location.path: commits.get(location.path)}
    return [
        (_score(detection, path), replace(location, path=path, commit=commit))
        for path, commit in (commits or {None: None}).items()
    ]


def _score(detection: Detection, path: str | None) -> float:
    if detection.dropped:
        return 0.0
    in_file = detection.location.surface in (Surface.BLOB, Surface.PATH)
    return scoring.placed(detection.score, path if in_file else None, quoted=detection.quoted)


def _distinct(locations: list[Location], provenance: Mapping[str, Provenance]) -> list[Location]:
    """Return the distinct places, oldest commit first.

    A file that changed around a secret holds it in many versions; they are one place. Its location is the one in
    the oldest version, and the present one where that differs.
    """
    files: dict[tuple[object, ...], list[Location]] = defaultdict(list)
    for location in locations:
        blob = None if location.path or location.surface is not Surface.BLOB else location.blob
        files[location.target, location.path, location.surface, location.layers, blob].append(location)
    found = [place for versions in files.values() for place in _versions(versions, provenance.get(versions[0].target))]
    return sorted(found, key=lambda at: _age(at, provenance.get(at.target)))


def _age(at: Location, provenance: Provenance | None) -> tuple[object, ...]:
    """Sort the oldest commit first, then what has none."""
    age = provenance.ages.get(at.commit, -1) if provenance and at.commit else -1
    return (-age, at.date or "9", at.target, at.path or "", at.line, at.column)


def _versions(locations: list[Location], provenance: Provenance | None) -> list[Location]:
    """Return the places in the oldest and in the present version of one file."""
    if provenance is None:
        return sorted(set(locations), key=lambda at: (at.line, at.column))
    head, index = provenance.head, provenance.index
    ages = {
        at.blob: max(
            (provenance.ages[p.commit] for p in provenance.places.get(at.blob or "", ()) if p.path == at.path),
            default=-1,
        )
        for at in locations
    }
    present = [
        at for at in locations if at.path and (at.blob is None or at.blob in (head.get(at.path), index.get(at.path)))
    ]
    oldest = max(ages.values())
    first = [at for at in locations if ages[at.blob] == oldest]
    still = bool(present) if locations[0].path and locations[0].surface is Surface.BLOB else None
    kept: dict[tuple[int, int], Location] = {}
    for at in (*first, *present):
        kept.setdefault((at.line, at.column), replace(at, at_head=still))
    return list(kept.values())
