"""Passwords of PostgreSQL, against a real server with TLS and one without."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from stanch.model import Status
from verify.checks import asking, daemons
from verify.checks.asking import WRONG, ask
from verify.servers import DOMAIN

PASSWORD = f"{asking.PASSWORD[:6]} :%{asking.PASSWORD[6:]}"
QUOTED = quote(PASSWORD)
"""As it stands in a URL."""
SETUP = f"""
CREATE ROLE app LOGIN PASSWORD '{PASSWORD}';
CREATE ROLE plain LOGIN PASSWORD '{PASSWORD}';
CREATE ROLE anyone LOGIN;
CREATE ROLE outside LOGIN PASSWORD '{PASSWORD}';
CREATE ROLE single LOGIN PASSWORD '{PASSWORD}' CONNECTION LIMIT 0;
SET password_encryption = 'md5';
CREATE ROLE old LOGIN PASSWORD '{PASSWORD}';
CREATE DATABASE things;
CREATE DATABASE closed;
REVOKE CONNECT ON DATABASE closed FROM PUBLIC;
"""
ACCESS = """
host all anyone 127.0.0.1/32 trust
host all plain 127.0.0.1/32 password
host all outside 127.0.0.1/32 reject
host all old 127.0.0.1/32 md5
host all all 127.0.0.1/32 scram-sha-256
"""
LIVE, DEAD, UNKNOWN = Status.LIVE, Status.DEAD, Status.UNKNOWN


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[str, int]]:
    """Run a server with TLS and one without, and tell their ports."""
    with daemons.postgresql(SETUP, ACCESS, tls=True) as safe, daemons.postgresql(SETUP, ACCESS, tls=False) as bare:
        yield {"safe": safe, "bare": bare}


CASES = [
    ("safe", "postgres://app:{}@db.verify.test:{}/things", QUOTED, LIVE, "the right password is live"),
    ("safe", "postgres://app:{}@db.verify.test:{}/things", WRONG, DEAD, "a wrong one is dead"),
    ("safe", "postgresql+asyncpg://app:{}@db.verify.test:{}/things?sslmode=require", QUOTED, LIVE, "TLS is there"),
    ("safe", "postgres://nobody:{}@db.verify.test:{}/things", QUOTED, DEAD, "a user who is not there is dead"),
    ("safe", "postgres://old:{}@db.verify.test:{}/things", QUOTED, LIVE, "the old way to log in does too"),
    ("safe", "postgres://old:{}@db.verify.test:{}/things", WRONG, DEAD, "and refuses a wrong one"),
    ("safe", "postgres://plain:{}@db.verify.test:{}/things", QUOTED, LIVE, "with TLS the password may go as it is"),
    ("safe", "postgres://plain:{}@db.verify.test:{}/things", WRONG, DEAD, "and a wrong one is refused"),
    ("safe", "postgres://app:{}@db.verify.test:{}/nothing", QUOTED, LIVE, "the login comes before the database"),
    ("safe", "postgres://app:{}@db.verify.test:{}/nothing", WRONG, DEAD, "for a wrong password too"),
    ("safe", "postgres://app:{}@db.verify.test:{}/closed", QUOTED, LIVE, "a database that is closed to the user"),
    ("safe", "postgres://outside:{}@db.verify.test:{}/things", QUOTED, UNKNOWN, "not let in from here"),
    ("safe", "postgres://single:{}@db.verify.test:{}/things", QUOTED, UNKNOWN, "too many connections say nothing"),
    ("safe", "postgres://app:{}@elsewhere.test:{}/things", QUOTED, UNKNOWN, "a certificate for another name"),
    ("bare", "postgres://app:{}@db.verify.test:{}/things", QUOTED, LIVE, "SCRAM tells no password without TLS"),
    ("bare", "postgres://app:{}@db.verify.test:{}/things", WRONG, DEAD, "nor a wrong one"),
    ("bare", "postgres://app:{}@db.verify.test:{}/things?sslmode=prefer", QUOTED, LIVE, "prefer demands nothing"),
    ("bare", "postgres://app:{}@db.verify.test:{}/things?sslmode=require", QUOTED, UNKNOWN, "demanded TLS is missing"),
    ("bare", "postgres://app:{}@db.verify.test:{}/things?sslmode=verify-full", QUOTED, UNKNOWN, "demanded so too"),
    ("bare", "postgres://plain:{}@db.verify.test:{}/things", QUOTED, UNKNOWN, "nothing goes out in clear text"),
    ("bare", "host=db.verify.test user=app password={} port={} dbname=things", f"'{PASSWORD}'", LIVE, "libpq's string"),
    ("bare", "postgresql://db.verify.test:{1}/things?user=app&password={0}", QUOTED, LIVE, "a JDBC URL"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("server", "text", "password", "wanted", "why"), CASES, ids=[case[-1] for case in CASES])
def test_verdicts(ports: dict[str, int], server: str, text: str, password: str, wanted: Status, why: str) -> None:
    """A real server's answers are told apart, and nothing but a refused password is dead."""
    around = text.format(password, ports[server]).encode()
    secret = password.strip("'").encode()
    verdict = ask("postgresql", secret, around=around, named=(f"db.{DOMAIN}", "elsewhere.test"))
    assert verdict.status is wanted, verdict
    assert not any(word in repr(verdict) for word in (PASSWORD, QUOTED, WRONG))
    if wanted is LIVE:
        assert (verdict.identity or "").endswith("@db.verify.test")


@pytest.mark.slow
def test_a_server_that_lets_anyone_in_is_told_by_the_control(ports: dict[str, int]) -> None:
    """The check alone believes the server; the control, a wrong password, is let in too, and that is told."""
    around = f"postgres://anyone:{WRONG}@db.verify.test:{ports['safe']}/things".encode()
    for secret in (WRONG.encode(), b"another"):
        assert ask("postgresql", secret, around=around, named=(f"db.{DOMAIN}",)).status is LIVE
