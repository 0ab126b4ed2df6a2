"""Detections in, findings out: one for each distinct secret of a rule, with all its places."""

from __future__ import annotations

import hashlib
import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from stanch import scoring
from stanch.model import Companion, Confidence, Detection, Finding, Location, Reach, Surface, mask
from stanch.remedies import remedy
from stanch.rules import Rule
from stanch.values import replace

if TYPE_CHECKING:
    from stanch.provenance import Provenance

    Seen = tuple[Detection, Provenance | None]
    """A detection, and what is known of the repository that it is in."""

NEVER = (-sys.maxsize, 0)
"""The age of what no commit brought: younger than all."""
MOST_AROUND = 9
"""Of how many places the text around a secret is kept: a password may stand in the URLs of so many servers. That is
one more than verification tries, so that it knows of a server which it did not ask."""
ROUNDS = 1_000
"""Rounds of PBKDF2 for a fingerprint, which is as good as the secret to someone who can guess: a third of a
millisecond for us, a thousand times the work for them."""


def fingerprint(rule: str, secret: bytes) -> str:
    """Return the stable name of a finding: 32 hexadecimal digits that depend on rule and secret alone.

    Line ends and indentation are no part of a secret of several lines.
    """
    if b"\n" in secret:
        secret = b"".join(secret.split())
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
    detections = list(detections)
    paired = _paired(detections, provenance)
    grouped: dict[tuple[str, bytes, str | None], list[Seen]] = defaultdict(list)
    for detection in detections:
        key = (detection.rule, detection.secret, detection.dropped)
        grouped[key].append((detection, provenance.get(detection.location.target)))
    findings = []
    for (rule, secret, dropped), seen in grouped.items():
        places = [(*place, item.runtime) for item, known in seen for place in _places(item, known)]
        if paired and not dropped:
            places = [place for place in places if _key(rule, secret, place[1]) not in paired]
            if not places:
                continue
        score = max(score for score, _, _ in places)
        level = Confidence.LOW if dropped else scoring.confidence(score)
        if level and (dropped or level.rank >= least.rank):
            kept = [place for place in places if dropped or _is_told(place[0], level, least)]
            finding = _finding(rules[rule], secret, dropped, level, kept, provenance)
            companions = tuple(_companions(seen, paired, rules, provenance))
            around = tuple(dict.fromkeys(item.around for item, _ in seen if item.around))[:MOST_AROUND]
            candidates = tuple(_candidates(seen, least))
            findings.append(replace(finding, candidates=candidates, companions=companions, around=around))
    return sorted(findings, key=_order)


def _is_told(score: float, level: Confidence, least: Confidence) -> bool:
    """Is a place told? What is sure somewhere is the same secret everywhere; a weak word elsewhere is just a word."""
    here = scoring.confidence(score)
    return here is not None and (level is Confidence.HIGH or here.rank >= least.rank)


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
    locations = [_authored(location, provenance.get(location.target)) for _, location, _ in places]
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


def _authored(location: Location, known: Provenance | None) -> Location:
    author = known.authors.get(location.commit or "") if known else None
    return replace(location, author=author.name, date=author.date) if author else location


Ids = dict[tuple[object, ...], list[Location]]
"""Where ids stand, by rule, value and file: all places in the files that hold each with its secret."""


def _paired(detections: Sequence[Detection], provenance: Mapping[str, Provenance]) -> Ids:
    """Return the ids that some version of a file holds with their secrets.

    Where another version holds one alone, that is no finding of its own.
    """
    ids = [id for detection in detections for id in detection.companions]
    values = {(id.rule, id.secret) for id in ids}
    alone = [item for item in detections if (item.rule, item.secret) in values and not item.dropped] if ids else []
    found: Ids = {}
    for id in ids:
        for at in _located(id.location, provenance.get(id.location.target)):
            found.setdefault(_key(id.rule, id.secret, at), []).append(at)
    for item in alone:
        for at in _located(item.location, provenance.get(item.location.target)):
            if at.path is not None and (key := _key(item.rule, item.secret, at)) in found:
                found[key].append(at)
    return found


def _key(rule: str, secret: bytes, at: Location) -> tuple[object, ...]:
    """Return what is the same for an id at all its places in the versions of a file."""
    members = (layer for layer in at.layers if ":" in layer)
    return rule, secret, at.target, at.surface, at.path or at.blob, *members


def _companions(
    seen: Sequence[Seen], ids: Ids, rules: Mapping[str, Rule], provenance: Mapping[str, Provenance]
) -> Iterator[Companion]:
    """Yield what a secret completes, each id once, at the place that it has now, or else had first."""
    keys: dict[tuple[str, bytes], dict[tuple[object, ...], None]] = defaultdict(dict)
    for item, known in seen:
        for id in item.companions:
            places = _located(id.location, known)
            keys[id.rule, id.secret].update((_key(id.rule, id.secret, at), None) for at in places)
    for (rule, secret), files in keys.items():
        locations = [_authored(at, provenance.get(at.target)) for key in files for at in dict.fromkeys(ids[key])]
        at = min(_distinct(locations, provenance), key=lambda at: not at.at_head)
        yield Companion(rule, rules[rule].name, secret, mask(secret), at)


def _candidates(seen: Sequence[Seen], least: Confidence) -> dict[str, None]:
    """Return the ids of the rules that would have been reported at one of the places, had there been no better one."""
    found: dict[str, None] = {}
    for item, known in seen:
        for rival in item.rivals:
            scores = [score for score, _ in _places(replace(item, score=rival.score), known)]
            level = scoring.confidence(max(scores, default=0.0))
            if level and level.rank >= least.rank:
                found[rival.rule] = None
    return found


def _places(detection: Detection, provenance: Provenance | None) -> list[tuple[float, Location]]:
    """Return a detection's place once for each path that its object stands at, with its score there."""
    return [(_score(detection, at.path), at) for at in _located(detection.location, provenance)]


def _located(location: Location, provenance: Provenance | None) -> Iterator[Location]:
    """Yield a place once for each path that its object stands at."""
    blob = location.blob
    if provenance is None or blob is None:
        yield location
    elif location.surface in (Surface.COMMIT_MESSAGE, Surface.AUTHOR):
        yield replace(location, commit=blob, reachability=provenance.reach.get(blob))
    elif location.surface is Surface.PATH:
        yield from _named(location, blob, provenance)
    else:
        yield from _held(location, blob, provenance)


def _held(location: Location, blob: str, provenance: Provenance) -> Iterator[Location]:
    """Yield the place of a blob's or a tag's text once for each path that it stands at."""
    known = {place.path: place for place in provenance.places.get(blob, ())}
    staged = [path for path, oid in provenance.index.items() if oid == blob and path not in known]
    if location.path is not None:
        known = {path: place for path, place in known.items() if path == location.path}
        staged = [] if known else [location.path]
    for path, place in known.items():
        at = replace(location, path=path, commit=place.commit, reachability=place.reach)
        yield replace(at, path=None, surface=Surface.NOTE) if place.note else at
    for path in staged:
        yield replace(location, path=path, reachability=Reach.INDEX if path in provenance.index else None)
    if not known and not staged:
        yield replace(location, reachability=provenance.reach.get(blob))


def _named(location: Location, tree: str, provenance: Provenance) -> Iterator[Location]:
    """Yield the place of a file's or folder's name once for each path that ends in it."""
    places = provenance.names.get(location.path or "", ())
    for place in places:
        before = len(os.fsencode(place.path)) - len(os.fsencode(location.path or ""))
        column, end = location.column + before, location.end_column + before
        at = replace(location, path=place.path, column=column, end_column=end, commit=place.commit)
        yield replace(at, reachability=place.reach)
    if not places:
        yield replace(location, reachability=provenance.reach.get(tree))


def _score(detection: Detection, path: str | None) -> float:
    if detection.dropped:
        return 0.0
    in_file = detection.location.surface in (Surface.BLOB, Surface.PATH)
    members = [layer.partition(":")[2] for layer in detection.location.layers]
    inner = "/".join(name for name in (path, *members) if name)
    place = inner or None if in_file else None
    return scoring.placed(detection.score, place, quoted=detection.quoted, secret=detection.secret)


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
    time, order = provenance.ages.get(at.commit, NEVER) if provenance and at.commit else NEVER
    return (-time, -order, at.date or "9", at.target, at.path or "", at.line, at.column)


def _versions(locations: list[Location], provenance: Provenance | None) -> list[Location]:
    """Return the places in the oldest and in the present version of one file."""
    if provenance is None:
        return sorted(set(locations), key=lambda at: (at.line, at.column))
    order = [None, *Reach]
    known = [at for at in locations if at.commit]
    best = min((order.index(at.reachability) for at in known), default=0)
    ages = {
        at: provenance.ages.get(at.commit or "", NEVER) if order.index(at.reachability) == best else NEVER
        for at in locations
    }
    present = [at for at in locations if _is_present(at, provenance)]
    oldest = max(ages.values())
    first = [at for at in locations if ages[at] == oldest]
    in_file = locations[0].path and locations[0].surface in (Surface.BLOB, Surface.PATH)
    still = bool(present) if in_file and (present or known) else None
    end = _end(locations, provenance) if still is False else None
    ended = provenance.authors[end].date if end in provenance.authors else None
    kept: dict[tuple[int, int], Location] = {}
    for at in (*first, *present):
        kept.setdefault((at.line, at.column), replace(at, at_head=still, removed_in=end, removed_at=ended))
    return list(kept.values())


def _end(locations: Sequence[Location], provenance: Provenance) -> str | None:
    """Return the commit that took a secret out of a file, by its places in all versions that hold it; None: none did.

    A merge ends what one of its sides has ended before; it counts only where no other commit does.
    """
    path, blobs = locations[0].path or "", {at.blob for at in locations}
    ends = [end for blob in blobs for end in provenance.ends.get((blob or "", path), ()) if end.instead not in blobs]
    newest = min(ends, key=lambda end: (end.merge, provenance.ages.get(end.commit, NEVER)), default=None)
    return newest.commit if newest else None


def _is_present(at: Location, provenance: Provenance) -> bool:
    """Tell whether a version of a file, or a name, is that of HEAD, the index or the worktree."""
    if at.path is None:
        return False
    if at.surface is Surface.PATH:
        return at.blob is None or at.path in provenance.head or at.path in provenance.index
    return at.blob is None or at.blob in (provenance.head.get(at.path), provenance.index.get(at.path))
