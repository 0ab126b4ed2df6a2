"""The tables of the store as this version reads them; `migrations` makes them.

A run's number says when: what was first seen in run 3 was first seen when that began. So a sweep that is killed and
resumed leaves the rows that an undisturbed one does.
"""

from __future__ import annotations

import re

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
)

_ESCAPE = "\x1a"
_UNSTORABLE = re.compile(f"[\x00{_ESCAPE}\ud800-\udfff]")
_ESCAPED = re.compile(f"{_ESCAPE}([0-9a-f]{{4}})")


class Text(TypeDecorator[str]):
    """Any text of Python's: NUL, which PostgreSQL refuses, and surrogates, which no UTF-8 holds, are escaped.

    Paths in git are bytes, so both occur in what hostile or merely old repositories hold.
    """

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return the text as the database may have it."""
        return None if value is None else _UNSTORABLE.sub(lambda match: f"{_ESCAPE}{ord(match[0]):04x}", value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Return the text as it was."""
        if value is None or _ESCAPE not in value:
            return value
        return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), value)


TABLES = MetaData()


def _key(name: str = "id") -> Column[int]:
    return Column(name, BigInteger, primary_key=True)


STANCH = Table("stanch", TABLES, Column("name", String, primary_key=True), Column("value", String))
"""`schema`: the version of the tables; `salt`: of the findings' keys; `secrets`: there when the store holds any."""

RUNS = Table(
    "runs", TABLES, _key(),
    Column("setting", Text), Column("targets", Text), Column("began", String), Column("listed", String),
    Column("ended", String), Column("summary", Text), Column("faults", Text),
)  # fmt: skip
"""`targets`, `summary`, `faults`: JSON. `listed`: `whole` or `part` once the listing has ended."""

REPOSITORIES = Table(
    "repositories", TABLES, _key(),
    Column("name", Text), Column("url", Text), Column("forge", Text), Column("size", BigInteger),
    Column("fork", Boolean), Column("parent", Text), Column("archived", Boolean), Column("web", Text),
    Column("branch", Text), Column("refs", Text), Column("setting", Text),
    Column("first_run", BigInteger), Column("last_run", BigInteger), Column("gone_run", BigInteger),
)  # fmt: skip
"""`refs`, `setting`: of the last scan, when that was complete. `gone_run`: the run whose target lists it no more."""

LISTINGS = Table("listings", TABLES, _key("run_id"), _key("repository_id"))

OUTCOMES = Table(
    "outcomes", TABLES, _key("run_id"), _key("repository_id"),
    Column("outcome", String), Column("recorded", String), Column("seconds", Float), Column("bytes", BigInteger),
    Column("transferred", BigInteger), Column("blobs", BigInteger), Column("engine", String),
    Column("ruleset", String), Column("rules", Integer), Column("version", String), Column("faults", Text),
)  # fmt: skip

FINDINGS = Table(
    "findings", TABLES, _key(),
    Column("key", String), Column("rule", Text), Column("name", Text), Column("provider", Text),
    Column("category", Text), Column("masked", Text), Column("confidence", Integer), Column("score", Float),
    Column("first_run", BigInteger), Column("last_run", BigInteger), Column("gone_run", BigInteger),
    Column("triage_id", BigInteger), Column("secret", LargeBinary),
)  # fmt: skip
"""`confidence`: its rank; with `score` the best of the holdings that are open. `triage_id`: what was said last.
`gone_run`: the run after which no place was left."""

HOLDINGS = Table(
    "holdings", TABLES, _key("finding_id"), _key("repository_id"),
    Column("confidence", Integer), Column("score", Float), Column("remedy_action", Text),
    Column("remedy_store", Text), Column("remedy_summary", Text), Column("candidates", String),
    Column("companions", String),
)  # fmt: skip
"""What one repository says of a finding. `candidates`, `companions`: JSON, which is ASCII."""

LOCATIONS = Table(
    "locations", TABLES, _key(),
    Column("finding_id", BigInteger), Column("repository_id", BigInteger), Column("place", String),
    Column("path", Text), Column("line", BigInteger), Column("col", BigInteger), Column("end_line", BigInteger),
    Column("end_col", BigInteger), Column("surface", String), Column("layers", String), Column("blob", String),
    Column("commit_id", String), Column("author", Text), Column("authored", String), Column("at_head", Boolean),
    Column("reachability", String), Column("context", Text), Column("removed_in", String),
    Column("removed_at", String),
    Column("first_run", BigInteger), Column("last_run", BigInteger), Column("gone_run", BigInteger),
)  # fmt: skip
"""`place`: what makes it the same place in the next scan (`recording.identity`). `gone_run`: the run that missed it."""

VERDICTS = Table(
    "verdicts", TABLES, _key("finding_id"),
    Column("status", String), Column("detail", Text), Column("identity", Text), Column("checked_at", String),
)  # fmt: skip

TRIAGE = Table(
    "triage", TABLES, _key(),
    Column("finding_id", BigInteger), Column("state", String), Column("source", String), Column("who", Text),
    Column("reason", Text), Column("until", String), Column("said", String), Column("run_id", BigInteger),
)  # fmt: skip
"""All states that findings have had, the first `open` apart. `source`: `person` or `scan`."""
