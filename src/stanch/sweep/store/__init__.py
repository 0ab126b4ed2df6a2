"""What sweeps found and people said of it, in SQLite or PostgreSQL; no raw secret unless that was asked for.

A finding is known by a key: a salted hash of its fingerprint. What is recorded is recorded once, whole, and stays.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime

from stanch.sweep.store.database import Database
from stanch.sweep.store.rows import Filters, Place, Row
from stanch.sweep.store.run import Run
from stanch.sweep.store.states import Said, Source, State
from stanch.sweep.store.store import DIGITS, Store

__all__ = ["DIGITS", "Filters", "Place", "Row", "Run", "Said", "Source", "State", "Store", "default", "open"]


def open(
    url: str,
    *,
    secrets: bool = False,
    create: bool = True,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Store:
    """Open the store at a path, or at `postgresql://user@host/database`; its tables are made, or brought up to date.

    With `secrets` raw secrets are kept in it from now on. Without `create` a file must be there.
    Raises UsageError for a store that cannot be opened, StanchError where the database fails.
    """
    database = Database(url, create=create)
    try:
        return Store(database, secrets=secrets, now=now)
    except BaseException:
        database.close()
        raise


def default() -> str:
    """Return `$STANCH_STORE`, else the path of `stanch.db` in `$XDG_STATE_HOME/stanch`, or `~/.local/state/stanch`.

    That folder is for what outlasts a restart and cannot be made again from elsewhere:
    https://specifications.freedesktop.org/basedir-spec/latest/.
    """
    named = os.environ.get("STANCH_STORE")
    states = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return named or os.path.join(states, "stanch", "stanch.db")
