"""Statements about many rows: insert or update, and ids in parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, case
from sqlalchemy.dialects import postgresql, sqlite

MANY = 500
"""Ids in one statement: far below what SQLite and PostgreSQL take."""
T = TypeVar("T")
_DIALECTS: dict[str, Any] = {"sqlite": sqlite, "postgresql": postgresql}


def parts(values: Iterable[T], many: int = MANY) -> Iterator[Sequence[T]]:
    """Yield the values, so many at a time."""
    rest = iter(values)
    while part := list(islice(rest, many)):
        yield part


def insert(connection: Connection, table: Table) -> Any:
    """Return the statement that inserts into a table and knows ON CONFLICT."""
    return _DIALECTS[connection.dialect.name].insert(table)


def put(
    connection: Connection,
    table: Table,
    rows: Sequence[dict[str, Any]],
    keys: Sequence[str],
    updated: Sequence[str],
    returning: str | None = None,
) -> dict[str, int]:
    """Insert rows, or update those of the same keys; `last_run` only grows. Return ids by the column `returning`.

    No two rows may have the same keys.
    """
    if not rows:
        return {}
    adding = _putting(connection.dialect.name, table, tuple(keys), tuple(updated), returning)
    if returning is None:
        connection.execute(adding, rows).close()
        return {}
    return {key: id for id, key in connection.execute(adding, rows)}


@cache
def _putting(dialect: str, table: Table, keys: tuple[str, ...], updated: tuple[str, ...], returning: str | None) -> Any:
    """Return the statement of `put`; to build one takes longer than to run it."""
    adding = _DIALECTS[dialect].insert(table)
    changes = {name: adding.excluded[name] for name in updated}
    if "last_run" in table.c:
        newer = adding.excluded.last_run > table.c.last_run
        changes["last_run"] = case((newer, adding.excluded.last_run), else_=table.c.last_run)
    adding = adding.on_conflict_do_update(index_elements=keys, set_=changes)
    # With RETURNING many rows become one statement; without, pg8000 would send each by itself.
    return adding.returning(table.c[keys[0]]) if returning is None else adding.returning(table.c.id, table.c[returning])
