"""Old stores are brought up to date with all that is in them; newer ones, and other databases, are left alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from stanch.errors import StanchError, UsageError
from stanch.sweep import store
from stanch.sweep.store import State
from stanch.sweep.store.database import Database
from stanch.sweep.store.migrations import STEPS, migrate
from stanch.sweep.store.schema import TABLES
from sweep.store.samples import listed, swept

SHOP = "github.com/acme/shop"
WHEN = "2026-01-01T00:00:00+00:00"
ROWS = {
    "runs": f"1, 'setting', '[\"github:acme\"]', '{WHEN}', 'whole', NULL, NULL, '[]'",
    "repositories": f"1, '{SHOP}', 'u', 'github', 5, FALSE, NULL, FALSE, NULL, 'main', 'r', 'setting', 1, 1, NULL",
    "listings": "1, 1",
    "outcomes": f"1, 1, 'complete', '{WHEN}', 0.5, 9, 9, 3, 'hyperscan', 'sha256:0', 2, '1', '[]'",
    "findings": f"1, '{'0' * 31}1', 'r', 'n', 'p', 'vcs', '…', 2, 0.9, 1, 1, NULL, 1, NULL",
    "holdings": "1, 1, 2, 0.9, 'vault', NULL, 'Move it.', '[]', '[]'",
    "locations (id, finding_id, repository_id, place, path, line, col, end_line, end_col, surface, layers,"
    " first_run, last_run)": "1, 1, 1, 'x', 'a', 1, 1, 1, 9, 'blob', '[]', 1, 1",
    "verdicts": f"1, 'live', 'HTTP 200', 'ann', '{WHEN}'",
    "triage": f"1, 1, 'accepted', 'person', 'Ann', 'sandbox', NULL, '{WHEN}', NULL",
}
"""A row in each table, as the first version had them."""
COUNTED = ("runs", "repositories", "findings", "locations", "triage")


@contextmanager
def at_version(url: str, version: int) -> Iterator[Database]:
    """Make the store that a stanch with so many steps made."""
    database = Database(url, create=True)
    try:
        migrate(database, STEPS[:version])
        yield database
    finally:
        database.close()


@pytest.mark.parametrize("version", range(1, len(STEPS) + 1))
def test_each_old_version_comes_up_to_date(url: str, version: int) -> None:
    """With what people said of a finding, and ready for the next sweep."""
    with at_version(url, version) as database, database.writing() as connection:
        for table, row in ROWS.items():
            connection.exec_driver_sql(f"INSERT INTO {table} VALUES ({row})")  # noqa: S608  # our own
        for table in COUNTED if connection.dialect.name == "postgresql" else ():
            connection.execute(text(f"ALTER TABLE {table} ALTER COLUMN id RESTART WITH 2"))
    with store.open(url) as kept:
        (row,) = kept.rows()
        assert (row.state, row.said and row.said.reason) == (State.ACCEPTED, "sandbox")
        assert (row.finding.verdict.status, row.finding.locations[0].path) == ("live", "a")
        run = kept.unfinished("setting", ["github:acme"])
        assert run is not None
        assert run.pending() == []
        run.finish()
        run = kept.begin("setting", ["github:acme"])
        run.list(listed(SHOP))
        assert run.record(swept(SHOP, 1))
        run.finish()
        assert kept.count() == {State.ACCEPTED: 1, State.OPEN: 1}
        assert [place.gone is None for place in next(kept.rows(store.Filters(keys=(row.key,)))).places] == [False]


def test_tables_are_what_the_code_reads(url: str) -> None:
    """The steps make the columns that `schema` names, no more and no fewer."""
    with store.open(url) as kept, kept.database.reading() as connection:
        found = inspect(connection)
        made = {name: {column["name"] for column in found.get_columns(name)} for name in found.get_table_names()}
        assert made == {table.name: {column.name for column in table.c} for table in TABLES.sorted_tables}


def test_a_step_that_fails_leaves_what_was(url: str) -> None:
    """A step is one transaction, tables and all."""
    bad = ("CREATE TABLE half (id INTEGER)", "SELECT nothing FROM nowhere")
    with at_version(url, len(STEPS)) as database:
        with pytest.raises(StanchError):
            migrate(database, [*STEPS, bad])
        with database.reading() as connection:
            assert "half" not in inspect(connection).get_table_names()
    with store.open(url) as kept:
        assert list(kept.rows()) == []


def test_a_newer_store_is_refused(url: str) -> None:
    """With what to do about it."""
    with at_version(url, len(STEPS)) as database, database.writing() as connection:
        connection.execute(text("UPDATE stanch SET value = '99' WHERE name = 'schema'"))
    with pytest.raises(UsageError, match=r"newer stanch .* install that stanch, or name another"):
        store.open(url)


def test_another_database_is_refused(tmp_path: Path) -> None:
    """A file of SQLite that holds something else stays as it is."""
    file = tmp_path / "places.sqlite"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE places (id INTEGER)")
    connection.close()
    with pytest.raises(UsageError, match="database of something else"):
        store.open(str(file))
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("places",)]
    connection.close()
