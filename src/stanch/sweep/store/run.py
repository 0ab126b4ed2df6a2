"""One run of a sweep in the store: which repositories it is about, and what became of each, exactly once."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, and_, func, select, true, update

from stanch.model import Confidence, Fault, Result
from stanch.report.veil import veiled
from stanch.sweep.model import Listed, Swept
from stanch.sweep.store import recording
from stanch.sweep.store.schema import LISTINGS, OUTCOMES, REPOSITORIES, RUNS
from stanch.sweep.store.upserts import insert, parts, put

if TYPE_CHECKING:
    from stanch.sweep.store.store import Store

BATCH = 500
"""Repositories that are listed in one transaction: a forge may take long to tell them all."""
_LISTED = ("url", "forge", "size", "fork", "parent", "archived", "web", "branch")


class Run:
    """A run that is under way. Only one process at a time has it; `Store.begin` and `Store.unfinished` give it."""

    def __init__(
        self, store: Store, id: int, setting: str, rules: Collection[str] | None, least: Confidence, *, archives: bool
    ) -> None:
        self.id = id
        self._store = store
        self._setting = setting
        self._rules = None if rules is None else frozenset(rules)
        self._least, self._archives = least, archives

    @property
    def listed(self) -> bool:
        """Has the listing come to its end? One that was killed in it has to be done again."""
        with self._store.database.reading() as connection:
            return connection.scalar(select(RUNS.c.listed).where(RUNS.c.id == self.id)) is not None

    def list(self, listed: Iterable[Listed], *, faults: Sequence[Fault] = ()) -> None:
        """Take the repositories that the targets list; again is fine. What `listed` raises leaves the listing open.

        `faults` is looked at when it ends, and kept: only where nothing went wrong, a repository which an earlier run
        of the same targets had and this one has not is gone.
        """
        for batch in parts(listed, BATCH):
            with self._store.database.writing() as connection:
                self._list(connection, {one.name: one for one in batch}.values())
        with self._store.database.writing() as connection:
            told = update(RUNS).where(RUNS.c.id == self.id)
            connection.execute(told.values(listed="part" if faults else "whole", faults=_json(faults)))

    @property
    def faults(self) -> Sequence[Fault]:
        """What went wrong with the listing, whichever process did it; once the run has ended, with the sweep too."""
        with self._store.database.reading() as connection:
            told = connection.scalar(select(RUNS.c.faults).where(RUNS.c.id == self.id))
        return [Fault(*fault) for fault in json.loads(told or "[]")]

    def _list(self, connection: Connection, listed: Iterable[Listed]) -> None:
        rows = [
            {"name": one.name, **{name: getattr(one, name) for name in _LISTED}, "first_run": self.id,
             "last_run": self.id, "gone_run": None}
            for one in listed
        ]  # fmt: skip
        ids = put(connection, REPOSITORIES, rows, ["name"], [*_LISTED, "gone_run"], returning="name")
        add = insert(connection, LISTINGS).on_conflict_do_nothing()
        for id in sorted(ids.values()):
            connection.execute(add, {"run_id": self.id, "repository_id": id})

    def pending(self) -> Sequence[Listed]:
        """Return the listed repositories that nothing has been recorded of yet, by name."""
        return self._listed(OUTCOMES.c.run_id.is_(None))

    def repositories(self) -> Sequence[Listed]:
        """Return all listed repositories, by name."""
        return self._listed(true())

    def _listed(self, which: ColumnElement[bool]) -> Sequence[Listed]:
        here = and_(LISTINGS.c.repository_id == REPOSITORIES.c.id, LISTINGS.c.run_id == self.id)
        done = and_(OUTCOMES.c.repository_id == REPOSITORIES.c.id, OUTCOMES.c.run_id == self.id)
        joined = REPOSITORIES.join(LISTINGS, here).outerjoin(OUTCOMES, done)
        chosen = select(REPOSITORIES).select_from(joined).where(which)
        with self._store.database.reading() as connection:
            rows = connection.execute(chosen.order_by(REPOSITORIES.c.name)).all()
        return [Listed(row.name, **{name: getattr(row, name) for name in _LISTED}) for row in rows]

    def record(self, swept: Swept) -> bool:
        """Take what became of a repository, in one transaction. Return False when it was recorded before.

        Raises ValueError for a repository that the run does not list, and what `Database.writing` raises; then
        nothing of it is recorded.
        """
        at, result = self._store.now(), swept.result
        shown = veiled(result) if result else None
        told = recording.told(result, shown, self._store.key, secrets=self._store.secrets) if result and shown else {}
        with self._store.database.writing() as connection:
            repository = self._repository(connection, swept.repository)
            if not self._enter(connection, repository, swept, shown, at):
                return False
            if outcome(swept) == "unchanged":
                recording.see(connection, self.id, [repository])
            if result is not None:
                complete = outcome(swept) == "complete"
                self._know(connection, repository, swept.state if complete else None)
                looked_for = self._rules, self._least, self._archives
                scan = recording.Scan(self.id, repository, told, complete, at, *looked_for)
                recording.record(connection, scan)
        return True

    def record_unchanged(self, swept: Sequence[Swept]) -> set[str]:
        """Take repositories that are unchanged, all in one transaction; return the names of those not recorded before.

        Who is killed before it has nothing to do again but to ask for their refs. Raises as `record` does.
        """
        at, new = self._store.now(), dict[str, int]()
        with self._store.database.writing() as connection:
            for one in swept:
                repository = self._repository(connection, one.repository)
                if self._enter(connection, repository, one, None, at):
                    new[one.repository] = repository
            for ids in parts(list(new.values())):
                recording.see(connection, self.id, ids)
        return set(new)

    def states(self) -> dict[str, str]:
        """Return by name what `Store.state` returns of one: of all repositories that are listed."""
        here = and_(LISTINGS.c.repository_id == REPOSITORIES.c.id, LISTINGS.c.run_id == self.id)
        known = select(REPOSITORIES.c.name, REPOSITORIES.c.refs).join(LISTINGS, here)
        known = known.where(REPOSITORIES.c.setting == self._setting, REPOSITORIES.c.refs.is_not(None))
        with self._store.database.reading() as connection:
            return {row.name: row.refs for row in connection.execute(known)}

    def _repository(self, connection: Connection, name: str) -> int:
        named = select(REPOSITORIES.c.id).join(LISTINGS, LISTINGS.c.repository_id == REPOSITORIES.c.id)
        here = and_(REPOSITORIES.c.name == name, LISTINGS.c.run_id == self.id)
        found = connection.scalar(named.where(here))
        if found is None:
            raise ValueError(f"{name}: not listed in run {self.id}")
        return int(found)

    def _enter(self, connection: Connection, repository: int, swept: Swept, shown: Result | None, at: str) -> bool:
        """Write the outcome. That there is one already, the table's key tells, whoever wrote it."""
        faults = (*swept.faults, *(shown.faults if shown else ()))
        if not faults and outcome(swept) == "failed":  # nobody must take it for clean
            faults = (Fault(swept.repository, "not-scanned", "nothing was scanned, and it is not told why"),)
        row = {
            "run_id": self.id, "repository_id": repository, "outcome": outcome(swept), "recorded": at,
            "seconds": swept.seconds, "bytes": swept.bytes, "transferred": swept.transferred,
            "blobs": shown.stats.blobs if shown else 0, "engine": shown and shown.engine,
            "ruleset": shown and shown.ruleset, "rules": shown and shown.rules,
            "version": shown and shown.version, "faults": _json(faults),
        }  # fmt: skip
        entered = connection.execute(insert(connection, OUTCOMES).values(row).on_conflict_do_nothing())
        return entered.rowcount == 1

    def _know(self, connection: Connection, repository: int, refs: str | None) -> None:
        """Keep what the refs were at a complete scan; after another one it is not known what is in the store."""
        known = {"refs": refs or None, "setting": self._setting if refs else None}
        connection.execute(update(REPOSITORIES).where(REPOSITORIES.c.id == repository).values(known))

    def finish(self, *, faults: Sequence[Fault] = (), summary: Mapping[str, Any] | None = None) -> None:
        """End the run: findings without a place are fixed, repositories that are listed no more are gone.

        `faults` are those of the listing; `summary` is kept as JSON. Raises ValueError as long as repositories are
        pending: a run that is left like that is resumed.
        """
        if waiting := len(self.pending()):
            raise ValueError(f"run {self.id}: {waiting} repositories are pending")
        at = self._store.now()
        with self._store.database.writing() as connection:
            recording.end(connection, self.id, at[:10], at)
            run = connection.execute(select(RUNS).where(RUNS.c.id == self.id)).one()
            if run.listed == "whole" and not faults:
                self._mark_gone(connection, run.targets)
            done = update(RUNS).where(RUNS.c.id == self.id)
            said = json.dumps(summary) if summary else None
            connection.execute(done.values(ended=at, faults=_json(faults), summary=said))

    def _mark_gone(self, connection: Connection, targets: str) -> None:
        before = select(LISTINGS.c.repository_id).join(RUNS, RUNS.c.id == LISTINGS.c.run_id)
        before = before.where(RUNS.c.targets == targets, RUNS.c.id < self.id)
        now = select(LISTINGS.c.repository_id).where(LISTINGS.c.run_id == self.id)
        missing = update(REPOSITORIES).where(REPOSITORIES.c.id.in_(before), REPOSITORIES.c.id.not_in(now))
        newer = REPOSITORIES.c.last_run > self.id  # a run of other targets has seen it since
        connection.execute(missing.where(REPOSITORIES.c.gone_run.is_(None), ~newer).values(gone_run=self.id))

    def counts(self) -> dict[str, int]:
        """Return how many repositories have which outcome; `pending` are those that have none."""
        here = and_(OUTCOMES.c.repository_id == LISTINGS.c.repository_id, OUTCOMES.c.run_id == LISTINGS.c.run_id)
        what = func.coalesce(OUTCOMES.c.outcome, "pending").label("became")
        counted = select(what, func.count()).select_from(LISTINGS.outerjoin(OUTCOMES, here))
        with self._store.database.reading() as connection:
            rows = connection.execute(counted.where(LISTINGS.c.run_id == self.id).group_by("became")).all()
        return {row[0]: row[1] for row in rows}


def _json(faults: Iterable[Fault]) -> str:
    return json.dumps([[fault.target, fault.kind, fault.detail] for fault in faults])


def outcome(swept: Swept) -> str:
    """Return what became of a repository in a word: `complete`, `unchanged`, `incomplete`, `failed`."""
    if swept.unchanged and not swept.faults and swept.result is None:
        return "unchanged"
    if swept.result is None:
        return "failed"
    return "complete" if swept.result.complete and not swept.faults else "incomplete"
