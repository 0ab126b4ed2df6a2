"""What the store holds, read for reports: findings with their places, states and dates, some hundred at a time."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, literal, or_, select

from stanch.model import (
    Companion,
    Confidence,
    Finding,
    Location,
    Reach,
    Remedy,
    Status,
    Surface,
    Verdict,
)
from stanch.sweep.store import states
from stanch.sweep.store.recording import LATER
from stanch.sweep.store.schema import FINDINGS, HOLDINGS, LISTINGS, LOCATIONS, REPOSITORIES, RUNS, TRIAGE, VERDICTS
from stanch.sweep.store.states import Said, State
from stanch.sweep.store.upserts import parts

_LEVELS = tuple(Confidence)
_SURFACES, _REACHES = {one.value: one for one in Surface}, {one.value: one for one in Reach}


@dataclass(frozen=True, slots=True)
class Filters:
    """Which findings are wanted; what is left empty does not matter. Names are compared in any case."""

    states: tuple[State, ...] = ()
    repository: str | None = None
    """A name, or a pattern of them with `*` and `?`; of other repositories no places are told."""
    rule: str | None = None
    provider: str | None = None
    confidence: Confidence | None = None
    """At least so sure."""
    verdict: Status | None = None
    run: int | None = None
    """In the repositories that this run listed."""
    keys: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A place of a secret, and since when it is known."""

    location: Location
    """Its target is the repository's name."""
    web: str | None
    """The repository's page."""
    first_seen: str
    last_seen: str
    """When the runs began: ISO 8601, UTC."""
    gone: str | None
    """Since when a complete scan of the repository finds it no more; None: it is there."""
    repository_gone: str | None
    """Since when the target lists the repository no more."""


@dataclass(frozen=True, slots=True)
class Row:
    """A finding of the store. Its `finding` has the key for a fingerprint, and the places that are not gone.

    Where none is left it has those that were.
    """

    key: str
    finding: Finding
    places: tuple[Place, ...]
    """All its places, those that are gone too."""
    state: State
    said: Said | None
    """What was said of it last; of an acceptance that ran out, that. None: nothing yet."""
    first_seen: str
    last_seen: str
    new: bool
    """Was it first seen in the run that was asked for, or else in the latest?"""

    @property
    def present(self) -> bool:
        """Is it still somewhere?"""
        return any(place.gone is None for place in self.places)


def count(connection: Connection, filters: Filters, today: str) -> dict[State, int]:
    """Return how many findings have which state."""
    stands = states.state(today).label("stands")  # grouped by name: its parameters would make it two expressions
    found = _selected(select(stands, func.count()), filters, today).group_by("stands")
    return {State(row[0]): row[1] for row in connection.execute(found)}


def rows(connection: Connection, filters: Filters, today: str, *, secrets: bool) -> Iterator[Row]:
    """Yield findings, the surest first. The connection's transaction must be open as long."""
    order = (FINDINGS.c.confidence.desc(), FINDINGS.c.score.desc(), FINDINGS.c.rule, FINDINGS.c.key)
    wanted = connection.scalars(_selected(select(FINDINGS.c.id), filters, today).order_by(*order)).all()
    dates = {row.id: row.began for row in connection.execute(select(RUNS.c.id, RUNS.c.began))}
    repositories: dict[int, Any] = {}
    for ids in parts(wanted):
        places = _places(connection, ids, filters, dates, repositories)
        holdings = _holdings(connection, ids, filters)
        found = {row.id: row for row in connection.execute(_findings(ids, filters.run, today))}
        for id in ids:
            row = _row(found[id], holdings[id], places[id], dates)
            secret = found[id].secret if secrets else None
            yield replace(row, finding=replace(row.finding, secret=secret)) if secret else row


def _selected(selection: Select[Any], filters: Filters, today: str) -> Select[Any]:
    joined = FINDINGS.outerjoin(TRIAGE, TRIAGE.c.id == FINDINGS.c.triage_id)
    joined = joined.outerjoin(VERDICTS, VERDICTS.c.finding_id == FINDINGS.c.id)
    return selection.select_from(joined).where(*_conditions(filters, today))


def _conditions(filters: Filters, today: str) -> Iterator[ColumnElement[bool]]:
    if filters.states:
        yield states.state(today).in_([state.value for state in filters.states])
    if filters.rule is not None:
        yield _like(FINDINGS.c.rule, filters.rule)
    if filters.provider is not None:
        yield _like(FINDINGS.c.provider, filters.provider)
    if filters.confidence is not None:
        yield FINDINGS.c.confidence >= filters.confidence.rank
    if filters.verdict is not None:
        yield func.coalesce(VERDICTS.c.status, Status.NOT_CHECKED.value) == filters.verdict.value
    if filters.keys is not None:
        yield FINDINGS.c.key.in_(filters.keys)
    if filters.repository is not None or filters.run is not None:
        here = and_(HOLDINGS.c.finding_id == FINDINGS.c.id, *_here(HOLDINGS.c.repository_id, filters))
        still = exists().where(
            LOCATIONS.c.finding_id == HOLDINGS.c.finding_id, LOCATIONS.c.repository_id == HOLDINGS.c.repository_id,
            LOCATIONS.c.gone_run.is_(None),
        )  # fmt: skip
        yield exists().where(here, or_(FINDINGS.c.gone_run.is_not(None), still))


def _here(column: ColumnElement[int], filters: Filters) -> Iterator[ColumnElement[bool]]:
    """Yield what must hold for the repositories whose places are told."""
    if filters.repository is not None:
        yield column.in_(select(REPOSITORIES.c.id).where(_like(REPOSITORIES.c.name, filters.repository)))
    if filters.run is not None:
        yield column.in_(select(LISTINGS.c.repository_id).where(LISTINGS.c.run_id == filters.run))


def _like(column: ColumnElement[Any], pattern: str) -> ColumnElement[bool]:
    escaped = "".join(f"\\{c}" if c in "\\%_" else {"*": "%", "?": "_"}.get(c, c) for c in pattern.lower())
    return func.lower(column).like(escaped, escape="\\")


def _findings(ids: Sequence[int], run: int | None, today: str) -> Select[Any]:
    said = [TRIAGE.c[name].label(f"triage_{name}") for name in ("state", "source", "who", "reason", "until", "said")]
    asked = [VERDICTS.c[name] for name in ("status", "detail", "identity", "checked_at")]
    latest = select(func.max(RUNS.c.id)).scalar_subquery() if run is None else literal(run)
    columns = select(FINDINGS, states.state(today).label("state"), *said, *asked, latest.label("now"))
    joined = FINDINGS.outerjoin(TRIAGE, TRIAGE.c.id == FINDINGS.c.triage_id)
    joined = joined.outerjoin(VERDICTS, VERDICTS.c.finding_id == FINDINGS.c.id)
    return columns.select_from(joined).where(FINDINGS.c.id.in_(ids))


def _places(
    connection: Connection, ids: Sequence[int], filters: Filters, dates: Mapping[int, str], known: dict[int, Any]
) -> Mapping[int, list[Place]]:
    """Return the places of findings by id, in the order of repositories and paths, in a file the oldest first.

    `known` are the repositories seen so far; there are fewer of them than places, so they are not joined.
    """
    columns = [LOCATIONS.c[name] for name in ("finding_id", "repository_id", "first_run", "last_run", "gone_run")]
    found = select(*columns, *(LOCATIONS.c[name] for name in _PLACE)).where(LOCATIONS.c.finding_id.in_(ids))
    rows = connection.execute(found.where(*_here(LOCATIONS.c.repository_id, filters))).all()
    for some in parts(sorted({row[1] for row in rows} - set(known))):
        named = select(REPOSITORIES.c.id, REPOSITORIES.c.name, REPOSITORIES.c.web, REPOSITORIES.c.gone_run)
        known |= {row.id: row for row in connection.execute(named.where(REPOSITORIES.c.id.in_(some)))}
    places: dict[int, list[Place]] = defaultdict(list)
    for finding, repository, first, last, gone, *place in rows:
        _, name, web, left = known[repository]
        at = location(name, *place)
        places[finding].append(Place(at, web, dates[first], dates[last], dates.get(gone), dates.get(left)))
    for listed in places.values():
        listed.sort(key=lambda place: _order(place.location))
    return places


def _order(at: Location) -> tuple[object, ...]:
    return at.target, at.date or "9", at.path or "", at.line, at.column, at.surface.value, at.layers, at.blob or ""


_PLACE = (
    "path", "line", "col", "end_line", "end_col", "surface", "layers", "blob", "commit_id", "author", "authored",
    "at_head", "reachability", *LATER,
)  # fmt: skip
"""The columns of what `location` takes."""


def location(
    target: str,
    path: str | None,
    line: int,
    column: int,
    end_line: int,
    end_column: int,
    surface: str,
    layers: str,
    blob: str | None,
    commit: str | None,
    author: str | None,
    date: str | None,
    at_head: bool | None,
    reach: str | None,
    *later: str | None,
) -> Location:
    """Return a location of the values that a row has, or JSON."""
    more: dict[str, Any] = {name: value for name, value in zip(LATER, later, strict=True) if value is not None}
    return Location(
        target, path, line, column, end_line, end_column, _SURFACES[surface], _texts(layers), blob, commit, author,
        date, at_head, _REACHES[reach] if reach else None, **more,
    )  # fmt: skip


@lru_cache(1000)
def _texts(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


def _holdings(connection: Connection, ids: Sequence[int], filters: Filters) -> Mapping[int, Any]:
    """Return what the surest repository says of each finding, by id."""
    named = select(HOLDINGS, REPOSITORIES.c.name).join(REPOSITORIES, REPOSITORIES.c.id == HOLDINGS.c.repository_id)
    found = named.where(HOLDINGS.c.finding_id.in_(ids), *_here(HOLDINGS.c.repository_id, filters))
    best: dict[int, Any] = {}
    for row in connection.execute(found.order_by(HOLDINGS.c.score, REPOSITORIES.c.name.desc())):
        best[row.finding_id] = row
    return best


def _row(row: Any, holding: Any, places: Sequence[Place], dates: Mapping[int, str]) -> Row:
    shown = [place.location for place in places if place.gone is None] or [place.location for place in places]
    finding = Finding(
        row.key, row.rule, row.name, row.provider, row.category, _LEVELS[row.confidence], row.score,
        b"", row.masked, tuple(shown),
        Remedy(holding.remedy_action, holding.remedy_store, holding.remedy_summary),
        Verdict(Status(row.status), row.detail, row.identity, row.checked_at) if row.status else Verdict(),
        None, _texts(holding.candidates), tuple(map(_companion, _companions(holding.companions))),
    )  # fmt: skip
    said = None
    if row.triage_state:
        said = Said(
            State(row.triage_state), states.Source(row.triage_source), row.triage_said, row.triage_who,
            row.triage_reason, row.triage_until,
        )  # fmt: skip
    first, last = dates[row.first_run], dates[row.last_run]
    return Row(row.key, finding, tuple(places), State(row.state), said, first, last, row.first_run == row.now)


@lru_cache(1000)
def _companions(text: str) -> list[dict[str, Any]]:
    return list(json.loads(text))


def _companion(told: Mapping[str, Any]) -> Companion:
    at = told["place"]
    place = location(at["target"], *(at[name] for name in _PLACE))
    return Companion(told["rule"], told["name"], b"", told["masked"], place)
