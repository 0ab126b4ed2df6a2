"""What a repository's scan changes in the store: findings, their places and verdicts, as one transaction's work."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, and_, exists, func, select, update

from stanch.model import Companion, Confidence, Finding, Location, Result, Status, Surface, Verdict
from stanch.sweep.store import states
from stanch.sweep.store.schema import FINDINGS, HOLDINGS, LOCATIONS, VERDICTS
from stanch.sweep.store.states import Said, Source, State
from stanch.sweep.store.upserts import parts, put


@dataclass(slots=True)
class Told:
    """A finding that a scan tells, with all its places, and its secret if that is to be kept."""

    finding: Finding
    secret: bytes | None
    places: dict[str, Location] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scan:
    """What is recorded, and what was looked for."""

    run: int
    repository: int
    told: Mapping[str, Told]
    """By the findings' keys, and in their order."""
    complete: bool
    at: str
    rules: frozenset[str] | None
    """Ids of the rules in use; what another rule found is not gone because this scan does not report it. None: all."""
    least: Confidence
    """The same for what is less sure than this."""
    archives: bool = True
    """Were archives opened? If not, the same for what is in one."""


def told(result: Result, shown: Result, key: Callable[[str], str], *, secrets: bool) -> dict[str, Told]:
    """Return what a scan reports, by key. `shown` is the result veiled; secrets are kept only where that is asked."""
    found: dict[str, Told] = {}
    for raw, finding in zip(result.findings, shown.findings, strict=True):
        if finding.dropped is not None:
            continue
        one = found.setdefault(key(finding.fingerprint), Told(finding, raw.secret if secrets and raw.secret else None))
        if finding.score > one.finding.score:  # the same secret with other line ends is another finding of the result
            one.finding = finding
        for at in finding.locations:
            one.places.setdefault(identity(at), at)
    return dict(sorted(found.items()))


def record(connection: Connection, scan: Scan) -> None:
    """Put a scan's findings into the tables, and close the places that a complete one tells no more."""
    ids = _findings(connection, scan)
    _holdings(connection, scan, ids)
    _locations(connection, scan, ids)
    _verdicts(connection, {ids[key]: one.finding.verdict for key, one in scan.told.items()})
    missed = _close(connection, scan, ids) if scan.complete else set()
    _settle(connection, {*ids.values(), *missed})


LATER = ("context", "removed_in", "removed_at")
"""Fields of a location that not every stanch knows."""


def see(connection: Connection, run: int, repositories: Sequence[int]) -> None:
    """Note that unchanged repositories hold what they held."""
    open_here = and_(LOCATIONS.c.repository_id.in_(repositories), LOCATIONS.c.gone_run.is_(None))
    holders = select(LOCATIONS.c.finding_id).where(open_here)
    for table, which in ((FINDINGS, FINDINGS.c.id.in_(holders)), (LOCATIONS, open_here)):
        connection.execute(update(table).where(which, table.c.last_run < run).values(last_run=run))


def end(connection: Connection, run: int, today: str, at: str) -> None:
    """Give the findings that have no place left their state.

    At the end of a run, not before: a secret that moved from one repository to another is never gone, in whichever
    order they are scanned.
    """
    left = exists().where(LOCATIONS.c.finding_id == FINDINGS.c.id, LOCATIONS.c.gone_run.is_(None))
    gone = connection.scalars(select(FINDINGS.c.id).where(FINDINGS.c.gone_run.is_(None), ~left)).all()
    for ids in parts(gone):
        found = states.current(today).where(FINDINGS.c.id.in_(ids)).order_by(FINDINGS.c.key)
        still_open = [row.id for row in connection.execute(found) if row.state == State.OPEN]
        states.say(connection, still_open, Said(State.FIXED, Source.SCAN, at, reason="no longer found"), run)
        connection.execute(update(FINDINGS).where(FINDINGS.c.id.in_(ids)).values(gone_run=run))


def identity(at: Location) -> str:
    """Return what makes a place the same in the next scan: which file it is in, the way in, line and column.

    A commit that is rewritten, or a blob in which another line has changed, is the same place.
    """
    blob = None if at.path or at.surface is not Surface.BLOB else at.blob
    parts = [at.path, at.surface.value, list(at.layers), blob, at.line, at.column]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _findings(connection: Connection, scan: Scan) -> dict[str, int]:
    """Write the findings, and return their ids by key. One that comes back after it was fixed is open again."""
    back: list[int] = []
    for keys in parts(list(scan.told)):
        gone = states.current(scan.at[:10]).where(FINDINGS.c.key.in_(keys), FINDINGS.c.gone_run.is_not(None))
        fixed = connection.execute(gone.order_by(FINDINGS.c.key)).all()
        back += [row.id for row in fixed if row.state == State.FIXED]
    rows = [_finding_row(key, one, scan) for key, one in scan.told.items()]
    updated = [
        "rule",
        "name",
        "provider",
        "category",
        "masked",
        "gone_run",
        *(["secret"] if any(row["secret"] for row in rows) else []),
    ]
    ids = put(connection, FINDINGS, rows, ["key"], updated, returning="key")
    states.say(connection, back, Said(State.OPEN, Source.SCAN, scan.at, reason="found again"), scan.run)
    return ids


def _finding_row(key: str, one: Told, scan: Scan) -> dict[str, Any]:
    finding = one.finding
    return {
        "key": key, "rule": finding.rule, "name": finding.name, "provider": finding.provider,
        "category": finding.category, "masked": finding.masked, "confidence": finding.confidence.rank,
        "score": finding.score, "first_run": scan.run, "last_run": scan.run, "gone_run": None, "secret": one.secret,
    }  # fmt: skip


def _holdings(connection: Connection, scan: Scan, ids: Mapping[str, int]) -> None:
    rows = [
        {
            "finding_id": ids[key], "repository_id": scan.repository, "confidence": one.finding.confidence.rank,
            "score": one.finding.score, "remedy_action": one.finding.remedy.action,
            "remedy_store": one.finding.remedy.store, "remedy_summary": one.finding.remedy.summary,
            "candidates": json.dumps(one.finding.candidates),
            "companions": json.dumps([companion_object(companion) for companion in one.finding.companions]),
        }
        for key, one in scan.told.items()
    ]  # fmt: skip
    keys = ["finding_id", "repository_id"]
    put(connection, HOLDINGS, rows, keys, [column.name for column in HOLDINGS.c if column.name not in keys])


def _locations(connection: Connection, scan: Scan, ids: Mapping[str, int]) -> None:
    run = {"repository_id": scan.repository, "first_run": scan.run, "last_run": scan.run, "gone_run": None}
    rows = [
        {**run, "finding_id": ids[key], "place": place, **location_row(at)}
        for key, one in scan.told.items()
        for place, at in one.places.items()
    ]
    keys = ["finding_id", "repository_id", "place"]
    fixed = {*keys, "id", "first_run", "last_run"}
    put(connection, LOCATIONS, rows, keys, [column.name for column in LOCATIONS.c if column.name not in fixed])


def location_row(at: Location) -> dict[str, Any]:
    """Return a location as the table has it."""
    return {
        "path": at.path, "line": at.line, "col": at.column, "end_line": at.end_line, "end_col": at.end_column,
        "surface": at.surface.value, "layers": json.dumps(at.layers), "blob": at.blob, "commit_id": at.commit,
        "author": at.author, "authored": at.date, "at_head": at.at_head,
        "reachability": at.reachability and at.reachability.value, **{name: getattr(at, name, None) for name in LATER},
    }  # fmt: skip


def companion_object(companion: Companion) -> dict[str, Any]:
    """Return an id beside a secret as JSON may have it, masked."""
    place = {**location_row(companion.location), "target": companion.location.target}
    return {"rule": companion.rule, "name": companion.name, "masked": companion.masked, "place": place}


def _verdicts(connection: Connection, verdicts: Mapping[int, Verdict]) -> None:
    """Keep the latest verdict of each finding; that nobody asked this time says nothing."""
    new = {id: one for id, one in verdicts.items() if one.status is not Status.NOT_CHECKED}
    for ids in parts(list(new)):
        for row in connection.execute(select(VERDICTS).where(VERDICTS.c.finding_id.in_(ids))):
            one = new[row.finding_id]
            if (row.checked_at or "", row.status) >= (one.checked_at or "", one.status.value):
                del new[row.finding_id]
    rows = [
        {"finding_id": id, "status": one.status.value, "detail": one.detail, "identity": one.identity,
         "checked_at": one.checked_at}
        for id, one in new.items()
    ]  # fmt: skip
    put(connection, VERDICTS, rows, ["finding_id"], ["status", "detail", "identity", "checked_at"])


def _close(connection: Connection, scan: Scan, ids: Mapping[str, int]) -> set[int]:
    """Close the places that were not told though they were looked for; return the ids of their findings."""
    places = {(ids[key], place) for key, one in scan.told.items() for place in one.places}
    joined = LOCATIONS.join(FINDINGS, FINDINGS.c.id == LOCATIONS.c.finding_id).join(
        HOLDINGS,
        and_(HOLDINGS.c.finding_id == LOCATIONS.c.finding_id, HOLDINGS.c.repository_id == LOCATIONS.c.repository_id),
    )
    known = select(
        LOCATIONS.c.id,
        LOCATIONS.c.finding_id,
        LOCATIONS.c.place,
        LOCATIONS.c.layers,
        FINDINGS.c.rule,
        HOLDINGS.c.confidence,
    ).select_from(joined)
    here = known.where(LOCATIONS.c.repository_id == scan.repository, LOCATIONS.c.gone_run.is_(None))
    missed = [
        row
        for row in connection.execute(here)
        if (row.finding_id, row.place) not in places
        and (scan.rules is None or row.rule in scan.rules)
        and row.confidence >= scan.least.rank
        and (scan.archives or row.layers == "[]")
    ]
    for rows in parts(missed):
        which = LOCATIONS.c.id.in_([row.id for row in rows])
        connection.execute(update(LOCATIONS).where(which).values(gone_run=scan.run))
    return {row.finding_id for row in missed}


def _settle(connection: Connection, ids: Iterable[int]) -> None:
    """Give findings the score of the surest repository that holds them, or of all that did where none does."""
    open_here = exists().where(
        LOCATIONS.c.finding_id == HOLDINGS.c.finding_id, LOCATIONS.c.repository_id == HOLDINGS.c.repository_id,
        LOCATIONS.c.gone_run.is_(None),
    )  # fmt: skip
    for part in parts(sorted(ids)):
        best: dict[int, tuple[float, int]] = {}
        for still in (False, True):
            held = select(HOLDINGS.c.finding_id, func.max(HOLDINGS.c.score), func.max(HOLDINGS.c.confidence))
            held = held.where(HOLDINGS.c.finding_id.in_(part), *([open_here] if still else []))
            best |= {row[0]: (row[1], row[2]) for row in connection.execute(held.group_by(HOLDINGS.c.finding_id))}
        known = select(FINDINGS.c.id, FINDINGS.c.score, FINDINGS.c.confidence).where(FINDINGS.c.id.in_(part))
        for row in connection.execute(known).all():
            if best[row.id] != (row.score, row.confidence):
                score, confidence = best[row.id]
                change = update(FINDINGS).where(FINDINGS.c.id == row.id)
                connection.execute(change.values(score=score, confidence=confidence))
