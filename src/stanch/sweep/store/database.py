"""The connection to SQLite or PostgreSQL: transactions, and errors that say what to do and hold no password."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from stanch.errors import OutputError, StanchError, UsageError

PATIENCE = 30.0
"""Seconds that a write waits for another one to end, which takes milliseconds."""
_TURN = 0x5374616E6368
"""The advisory lock under which one transaction at a time writes to PostgreSQL: `Stanch` in ASCII."""
_ROOM = "what was recorded before is kept: make room and go on with `stanch sweep --resume`"
_SQLITE = {
    sqlite3.SQLITE_FULL: (OutputError, f"the disk is full; {_ROOM}"),
    sqlite3.SQLITE_IOERR: (OutputError, f"the disk does not take it or does not give it back; {_ROOM}"),
    sqlite3.SQLITE_BUSY: (StanchError, "another process is writing to it and does not come to an end; try again"),
    sqlite3.SQLITE_LOCKED: (StanchError, "another process is writing to it and does not come to an end; try again"),
    sqlite3.SQLITE_READONLY: (UsageError, "cannot be written; name another store with --store"),
    sqlite3.SQLITE_CANTOPEN: (UsageError, "cannot be opened; may you read and write it and its folder?"),
    sqlite3.SQLITE_NOTADB: (UsageError, "is no SQLite database; name another store with --store"),
    sqlite3.SQLITE_CORRUPT: (UsageError, "is damaged; put a backup in its place, or name another with --store"),
}
_POSTGRESQL = {
    "53100": (OutputError, f"the server's disk is full; {_ROOM}"),
    "28P01": (UsageError, "the server refuses the password; it is taken from the URL or PGPASSWORD"),
    "28000": (UsageError, "the server refuses this user"),
    "3D000": (UsageError, "the server has no database of that name; `createdb` makes it"),
    "42501": (UsageError, "this user may not do that; it needs to create and change tables there"),
}
"""By SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html."""


class Database:
    """A store's database. `name` is what to call it in a message, without a password."""

    def __init__(self, url: str, *, create: bool) -> None:
        """Raises UsageError for a URL of another kind, and for a file that is not there unless it is to be made."""
        self.path: Path | None = None
        self.create = create
        if url.startswith(("postgresql://", "postgres://", "postgresql+pg8000://")):
            self.name, self._engine = _postgresql(url)
        elif "://" in url and not url.startswith("sqlite:///"):
            raise UsageError("a store is a file's path, or postgresql://user@host/database")
        else:
            self.path = Path(url.removeprefix("sqlite:///"))
            self.name = str(self.path)
            self._engine = _sqlite(self.path, create)
        self._lock: int | None = None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection that sees one state of the store. Raises StanchError, as `writing` does."""
        with self._told(), self._engine.connect() as connection, connection.begin():
            if self.path is None:
                connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a connection in a transaction of its own, the only one that writes; an error undoes all of it.

        On PostgreSQL too: repositories share findings, whose rows two transactions would lock in different orders.
        Raises UsageError or OutputError where the database is not what it should be or the disk is full, StanchError
        where somebody else keeps it locked.
        """
        engine = self._engine.execution_options(stanch_writes=True)
        with self._told(), engine.begin() as connection:
            if self.path is None:
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_TURN})"))
            yield connection

    def claim(self) -> None:
        """Take the one place there is for a sweep on a SQLite store. Raises UsageError where another one has it.

        The lock is the process's: it ends with it, however that ends, and the processes it forks do not have it.
        """
        if self.path is None or self._lock is not None:
            return
        place = os.path.realpath(self.path) + ".lock"
        taken = UsageError(f"{self.name}: another sweep is writing to this store; wait for it, or use another store")
        if place in _claimed:
            raise taken
        try:
            descriptor = os.open(place, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise UsageError(f"{place}: cannot be written: {error.strerror}") from error
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError) as error:  # POSIX allows both
            os.close(descriptor)
            raise taken from error
        _claimed.add(place)
        self._lock = descriptor

    def close(self) -> None:
        """Close all connections, and let another sweep have the store."""
        self._engine.dispose()
        if self._lock is not None:
            _claimed.discard(os.path.realpath(self.path or "") + ".lock")
            os.close(self._lock)
            self._lock = None

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise self._error(error) from error
        except OSError as error:  # the driver of PostgreSQL lets those of TLS through
            why = getattr(error, "verify_message", None) or error.strerror or type(error).__name__
            raise UsageError(f"{self.name}: {why}") from error

    def _error(self, error: DBAPIError) -> StanchError:
        cause = error.orig
        if isinstance(cause, sqlite3.Error):
            code = getattr(cause, "sqlite_errorcode", 0) & 0xFF  # the rest says more than we tell
            kind, what = _SQLITE.get(code, (StanchError, f"SQLite says: {cause}"))
            return kind(f"{self.name}: {what}")
        said = cause.args[0] if cause is not None and cause.args else ""
        if isinstance(said, dict):
            kind, what = _POSTGRESQL.get(said.get("C", ""), (StanchError, f"the server says: {said.get('M', '')}"))
            return kind(f"{self.name}: {what}")
        return UsageError(f"{self.name}: {str(said).partition(' (timeout')[0] or type(cause).__name__}")


_claimed: set[str] = set()
"""The locks that this process holds: a second one of its own would be given to it, and closing either ends both."""


def _sqlite(path: Path, create: bool) -> Engine:
    try:
        if create:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        elif not path.exists():
            raise UsageError(f"{path}: there is no store here; `stanch sweep` makes one, --store names another")
        status = path.stat()
        if status.st_uid == os.geteuid() and status.st_mode & 0o077:
            path.chmod(0o600)  # SQLite gives its files beside this one the same mode
    except OSError as error:
        raise UsageError(f"{path}: the store cannot be opened: {error.strerror}") from error
    engine = create_engine(
        URL.create("sqlite", database=os.path.realpath(path)), hide_parameters=True, connect_args={"timeout": PATIENCE}
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    """Set what each connection of SQLite must be told."""
    connection.isolation_level = None  # we begin transactions ourselves
    for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {setting}").close()


def _begin(connection: Connection) -> None:
    """Begin a transaction; one that writes waits for its turn here, where nothing has been read yet."""
    writes = connection.get_execution_options().get("stanch_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgresql(url: str) -> tuple[str, Engine]:
    """Return the server's name without a password, and its engine."""
    try:
        parsed = make_url(url).set(drivername="postgresql+pg8000")
    except (ArgumentError, ValueError):
        raise UsageError("the store's URL cannot be read; it is postgresql://user@host:port/database") from None
    arguments: dict[str, Any] = {"application_name": "stanch"}
    query = dict(parsed.query)
    arguments |= _tls(query.pop("sslmode", None), query.pop("sslrootcert", None))
    if query:
        raise UsageError(f"the store's URL: {', '.join(query)}: only sslmode and sslrootcert are known")
    if parsed.password is None and "PGPASSWORD" in os.environ:
        parsed = parsed.set(password=os.environ["PGPASSWORD"])
    name = URL.create("postgresql", parsed.username, None, parsed.host, parsed.port, parsed.database)
    try:
        engine = create_engine(parsed.set(query={}), hide_parameters=True, connect_args=arguments)
    except (ImportError, NoSuchModuleError) as error:
        raise UsageError("a store in PostgreSQL needs a driver: pip install 'stanch[postgres]'") from error
    return name.render_as_string(), engine


def _tls(mode: object, authorities: object) -> dict[str, Any]:
    """Return what the driver is told for libpq's `sslmode`; without one it takes TLS where the server offers it."""
    if mode in (None, "prefer"):
        return {}
    if mode == "disable":
        return {"ssl_context": False}
    import ssl

    if mode not in ("require", "verify-full"):
        raise UsageError(f"the store's URL: sslmode={mode}: known are disable, prefer, require and verify-full")
    try:
        context = ssl.create_default_context(cafile=str(authorities) if authorities else None)
    except OSError as error:
        raise UsageError(f"the store's URL: sslrootcert={authorities}: {error.strerror or error}") from error
    if mode == "require":
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return {"ssl_context": context}
