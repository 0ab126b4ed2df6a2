"""Stores for the tests: SQLite in a folder, and PostgreSQL, run once, emptied for each test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pg8000.native
import pytest

from scans import token
from sweep.store.samples import Clock
from verify.checks import daemons

PASSWORD = token(77).decode()
_numbers = count()


class Server:
    """A server of PostgreSQL."""

    def __init__(self, port: int) -> None:
        self.port = port

    def url(self, database: str, more: str = "") -> str:
        """Return the URL of a database, without the password, which is in PGPASSWORD."""
        return f"postgresql://keeper@127.0.0.1:{self.port}/{database}{more}"

    def made(self) -> str:
        """Make a database, and return its name."""
        name = f"store{next(_numbers)}"
        self.run("postgres", f"CREATE DATABASE {name} TEMPLATE template0")
        return name

    def run(self, database: str, *statements: str) -> list[list[object]]:
        """Run statements, and return what the last one gives."""
        with self.connected(database) as connection:
            return [connection.run(statement) for statement in statements][-1] or []

    @contextmanager
    def connected(self, database: str) -> Iterator[pg8000.native.Connection]:
        """Yield a connection of the driver's own."""
        connection = pg8000.native.Connection("keeper", "127.0.0.1", database, self.port, PASSWORD)
        try:
            yield connection
        finally:
            connection.close()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Run PostgreSQL; skip the test where Debian's package is not installed."""
    setup = f"CREATE ROLE keeper LOGIN CREATEDB PASSWORD '{PASSWORD}';"
    with daemons.postgresql(setup, "host all all 127.0.0.1/32 scram-sha-256\n", tls=True) as port:
        yield Server(port)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the URL of a store that is not there yet, in both kinds of database."""
    if request.param == "sqlite":
        return str(tmp_path / "kept" / "stanch.db")
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    running: Server = request.getfixturevalue("server")
    return running.url(running.made())


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands at the first of January 2027."""
    return Clock()
