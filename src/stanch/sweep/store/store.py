"""The store of sweeps: runs to write, findings to read, triage."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select

from stanch.errors import UsageError
from stanch.model import Confidence, Fault, Result, Stats
from stanch.sweep.store import rows, states
from stanch.sweep.store.database import Database
from stanch.sweep.store.migrations import migrate
from stanch.sweep.store.rows import Filters, Row
from stanch.sweep.store.run import Run
from stanch.sweep.store.schema import FINDINGS, LISTINGS, OUTCOMES, REPOSITORIES, RUNS, STANCH
from stanch.sweep.store.states import Said, Source, State
from stanch.sweep.store.upserts import insert

ROUNDS = 1_000
"""Rounds of PBKDF2 for a key, as for a fingerprint: to guess a weak secret from the store must not be cheap."""
SHORTEST = 4
"""Digits of a key that name a finding, if no other one begins with them."""
DIGITS = 12
"""Digits of a key that are shown: among a million findings two that share them have a chance of 1 in 500."""

ALL = Filters()
OPEN = Filters(states=(State.OPEN,))


class Store:
    """A store, open for reading and writing; `stanch.sweep.store.open` gives one. Close it."""

    def __init__(self, database: Database, *, secrets: bool, now: Callable[[], datetime]) -> None:
        """Make or migrate the tables. Raises UsageError for a database that is something else."""
        self.database = database
        self.secrets = secrets
        """Are raw secrets kept?"""
        self._now = now
        self._keys: dict[str, str] = {}
        migrate(database)
        with database.reading() as connection:
            about = {row.name: row.value for row in connection.execute(select(STANCH))}
        self._salt = bytes.fromhex(about["salt"])
        self.holds_secrets = secrets or "secrets" in about
        """Were raw secrets ever kept? Then the file must be kept like them."""
        if secrets and "secrets" not in about:
            with database.writing() as connection:
                kept = insert(connection, STANCH).values(name="secrets", value=self.now())
                connection.execute(kept.on_conflict_do_nothing())

    @property
    def name(self) -> str:
        """What to call it, without a password."""
        return self.database.name

    def close(self) -> None:
        """Close the connections; a run that is under way can be resumed."""
        self.database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def now(self) -> str:
        """Return the time in UTC, ISO 8601, in seconds."""
        return self._now().astimezone(UTC).isoformat(timespec="seconds")

    def key(self, fingerprint: str) -> str:
        """Return a finding's key in this store, 32 hexadecimal digits. Takes a third of a millisecond, once for each.

        A fingerprint can be made of a guessed secret; without the store's salt nobody can do so in advance.
        """
        known = self._keys.get(fingerprint)
        if known is None:
            known = hashlib.pbkdf2_hmac("sha256", fingerprint.encode(), self._salt, ROUNDS, 16).hex()
            self._keys[fingerprint] = known
        return known

    def begin(
        self,
        setting: str,
        targets: Sequence[str],
        *,
        rules: Collection[str] | None = None,
        least: Confidence = Confidence.LOW,
        archives: bool = True,
    ) -> Run:
        """Begin a run. An earlier one of the same targets that has not ended is not resumed any more.

        `setting` is a digest of all that makes two scans comparable, `targets` are what decides which repositories
        there are. `rules` (ids; None: all), `least` and `archives` say what is looked for, and where: places of
        anything else stay as they are. Raises UsageError where another sweep has the store.
        """
        self.database.claim()
        with self.database.writing() as connection:
            row = {"setting": setting, "targets": _targets(targets), "began": self.now(), "faults": "[]"}
            added = connection.execute(RUNS.insert().returning(RUNS.c.id), row).scalar_one()
        return Run(self, added, setting, rules, least, archives=archives)

    def unfinished(
        self,
        setting: str,
        targets: Sequence[str],
        *,
        rules: Collection[str] | None = None,
        least: Confidence = Confidence.LOW,
        archives: bool = True,
    ) -> Run | None:
        """Return the last run of these targets if it has not ended and had the same setting. Raises like `begin`."""
        self.database.claim()
        last = select(RUNS).where(RUNS.c.targets == _targets(targets)).order_by(RUNS.c.id.desc()).limit(1)
        with self.database.reading() as connection:
            row = connection.execute(last).one_or_none()
        if row is None or row.ended is not None or row.setting != setting:
            return None
        return Run(self, row.id, setting, rules, least, archives=archives)

    def state(self, name: str, setting: str) -> str | None:
        """Return the digest of a repository's refs at its last scan, if that was complete and under this setting."""
        known = select(REPOSITORIES.c.refs).where(REPOSITORIES.c.name == name, REPOSITORIES.c.setting == setting)
        with self.database.reading() as connection:
            return connection.scalar(known)

    def rows(self, filters: Filters = ALL, *, secrets: bool = False) -> Iterator[Row]:
        """Yield the findings that pass, the surest first, as the store is when the first one is asked for.

        Secrets are in them only where they are asked for and the store has them.
        """
        with self.database.reading() as connection:
            yield from rows.rows(connection, filters, self.now()[:10], secrets=secrets)

    def count(self, filters: Filters = ALL) -> dict[State, int]:
        """Return how many of the findings that pass have which state."""
        with self.database.reading() as connection:
            return rows.count(connection, filters, self.now()[:10])

    def history(self, key: str) -> list[Said]:
        """Return what was said of a finding, the oldest first."""
        with self.database.reading() as connection:
            id = connection.scalar(select(FINDINGS.c.id).where(FINDINGS.c.key == key))
            return states.history(connection, id) if id is not None else []

    def keys(self, beginning: str = "", most: int = 100) -> Sequence[str]:
        """Return the first keys, in their order, that begin like this."""
        found = select(FINDINGS.c.key).where(FINDINGS.c.key.startswith(beginning.lower(), autoescape=True))
        with self.database.reading() as connection:
            return connection.scalars(found.order_by(FINDINGS.c.key).limit(most)).all()

    def find(self, name: str) -> str:
        """Return the key of the finding that these first digits of its key, or its fingerprint, name.

        Raises UsageError for none, and for more than one.
        """
        digits = name.lower()
        if len(digits) < SHORTEST or set(digits) - set("0123456789abcdef"):
            raise UsageError(f"{name}: a finding is named by {SHORTEST} or more digits of its key, or its fingerprint")
        found = self.keys(digits) or (self.keys(self.key(digits)) if len(digits) == 32 else [])
        if len(found) > 1:
            known = ", ".join(key[: max(DIGITS, len(digits) + 1)] for key in found[:3])
            raise UsageError(f"{name}: {len(found)} findings begin like this; say more digits, as in {known}")
        if not found:
            raise UsageError(f"{name}: no finding in {self.name} has this key; `stanch triage` lists them")
        return found[0]

    def set(
        self, names: Sequence[str], state: str, *, by: str, reason: str | None = None, until: str | None = None
    ) -> list[str]:
        """Give findings a state, all or none, and return their keys. `until` is the last day that it counts.

        Raises UsageError for a name that is none, and where a reason or a date is missing or wrong.
        """
        at = self.now()
        said = Said(states.checked(state, reason, until, at[:10]), Source.PERSON, at, by, reason, until)
        keys = list(dict.fromkeys(map(self.find, names)))
        with self.database.writing() as connection:
            known = select(FINDINGS.c.id).where(FINDINGS.c.key.in_(keys)).order_by(FINDINGS.c.key)
            states.say(connection, connection.scalars(known).all(), said)
        return keys

    def result(self, filters: Filters = OPEN, *, secrets: bool = False) -> Result:
        """Return what a report is written from; what is accepted, no finding or fixed is left out by default.

        A finding's fingerprint is its key. Faults and amounts are those of the last outcome of each repository, or of
        `filters.run`. Secrets as in `rows`.
        """
        findings = tuple(row.finding for row in self.rows(filters, secrets=secrets))
        with self.database.reading() as connection:
            which = select(OUTCOMES)
            if filters.run is None:
                last = select(OUTCOMES.c.repository_id, func.max(OUTCOMES.c.run_id).label("run_id"))
                newest = last.group_by(OUTCOMES.c.repository_id).subquery()
                same = (newest.c.repository_id == OUTCOMES.c.repository_id) & (newest.c.run_id == OUTCOMES.c.run_id)
                there = REPOSITORIES.c.id == OUTCOMES.c.repository_id
                which = which.join(newest, same).join(REPOSITORIES, there).where(REPOSITORIES.c.gone_run.is_(None))
            else:
                which = which.where(OUTCOMES.c.run_id == filters.run)
            outcomes = connection.execute(which.order_by(OUTCOMES.c.run_id, OUTCOMES.c.repository_id)).all()
            listing = _listing_faults(connection, filters.run)
        return _result(findings, outcomes, listing)


def _listing_faults(connection: Any, run: int | None) -> list[Fault]:
    """Return what a run could not list, and a fault where repositories have no outcome yet."""
    chosen = select(RUNS).order_by(RUNS.c.id.desc()).limit(1)
    row = connection.execute(chosen if run is None else select(RUNS).where(RUNS.c.id == run)).one_or_none()
    if row is None:
        return []
    faults = [Fault(*fault) for fault in json.loads(row.faults)]
    if row.ended is None:
        listed = select(func.count()).select_from(LISTINGS).where(LISTINGS.c.run_id == row.id)
        done = select(func.count()).select_from(OUTCOMES).where(OUTCOMES.c.run_id == row.id)
        left = connection.scalar(listed) - connection.scalar(done)
        targets = ", ".join(json.loads(row.targets))
        said = f"{left:,} repositories are still to be swept" if left else "the sweep has not come to its end"
        faults.append(Fault(targets, "unfinished", f"{said}; go on with --resume"))
    return faults


def _result(findings: tuple[Any, ...], outcomes: Sequence[Any], listing: Sequence[Fault]) -> Result:
    from stanch import __version__

    scanned = [row for row in outcomes if row.engine]
    faults = [Fault(*fault) for row in outcomes for fault in json.loads(row.faults)]
    return Result(
        findings,
        tuple(dict.fromkeys([*listing, *faults])),
        Stats(
            sum(row.blobs for row in outcomes),
            sum(row.bytes for row in outcomes),
            round(sum(row.seconds for row in outcomes), 3),
        ),
        ", ".join(sorted({row.engine for row in scanned})),
        scanned[-1].ruleset if scanned else "",
        scanned[-1].rules if scanned else 0,
        __version__,
    )


def _targets(targets: Sequence[str]) -> str:
    return json.dumps(sorted(set(targets)))
