"""Triage: what people and scans say of a finding, and what follows from what they said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, select, update

from stanch.errors import UsageError
from stanch.sweep.store.schema import FINDINGS, TRIAGE


class State(StrEnum):
    """What is to be thought of a finding."""

    OPEN = "open"
    ACCEPTED = "accepted"
    FALSE_POSITIVE = "false-positive"
    FIXED = "fixed"


class Source(StrEnum):
    """Who said so."""

    PERSON = "person"
    SCAN = "scan"


@dataclass(frozen=True, slots=True)
class Said:
    """One entry in a finding's history: a state, and who gave it, why and when."""

    state: State
    source: Source
    at: str
    """ISO 8601, UTC."""
    by: str | None = None
    """The person's name."""
    reason: str | None = None
    until: str | None = None
    """The last day on which it counts, YYYY-MM-DD; the next one the finding is open again."""

    def ran_out(self, today: str) -> bool:
        """Is it over? `today` is YYYY-MM-DD."""
        return self.until is not None and self.until < today


def state(today: str) -> ColumnElement[Any]:
    """Return the expression for a finding's state on a day, where `triage` is joined to what was said of it last."""
    run_out = (TRIAGE.c.until.is_not(None)) & (TRIAGE.c.until < today)
    return case((run_out, State.OPEN.value), else_=func.coalesce(TRIAGE.c.state, State.OPEN.value))


def current(today: str) -> Any:
    """Return a selection of the findings' ids and states on a day."""
    joined = FINDINGS.outerjoin(TRIAGE, TRIAGE.c.id == FINDINGS.c.triage_id)
    return select(FINDINGS.c.id, state(today).label("state")).select_from(joined)


def checked(wanted: str, reason: str | None, until: str | None, today: str) -> State:
    """Return the state of that name. Raises UsageError where it cannot be set like this."""
    if wanted not in list(State):
        raise UsageError(f"no state is called {wanted!r}; there are {', '.join(State)}")
    if wanted == State.ACCEPTED and not (reason or "").strip():
        raise UsageError("a finding is accepted for a reason: say it with --reason")
    if until is not None:
        if wanted != State.ACCEPTED:
            raise UsageError(f"only accepted findings have an end (--until), not those that are {wanted}")
        try:
            last = date.fromisoformat(until).isoformat()
        except ValueError:
            raise UsageError(f"--until {until}: not a date, as in 2027-01-31") from None
        if last != until or last < today:
            raise UsageError(f"--until {until}: must be YYYY-MM-DD, today or later")
    return State(wanted)


def say(connection: Connection, ids: Sequence[int], said: Said, run: int | None = None) -> None:
    """Add an entry to the histories of findings; it becomes their state."""
    if not ids:
        return
    values = {
        "state": said.state.value, "source": said.source.value, "who": said.by, "reason": said.reason,
        "until": said.until, "said": said.at, "run_id": run,
    }  # fmt: skip
    added = connection.execute(
        TRIAGE.insert().returning(TRIAGE.c.id, TRIAGE.c.finding_id), [{**values, "finding_id": id} for id in ids]
    )
    for entry, finding in added.all():
        connection.execute(update(FINDINGS).where(FINDINGS.c.id == finding).values(triage_id=entry))


def history(connection: Connection, finding: int) -> list[Said]:
    """Return what was said of a finding, the oldest first."""
    rows = connection.execute(select(TRIAGE).where(TRIAGE.c.finding_id == finding).order_by(TRIAGE.c.id))
    return [said(row) for row in rows]


def said(row: Any) -> Said:
    """Return an entry as its row has it."""
    return Said(State(row.state), Source(row.source), row.said, row.who, row.reason, row.until)
