"""Passwords of MySQL and MariaDB, against a real MariaDB with TLS and one without."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

import pytest

from stanch.model import Status
from verify.checks import daemons
from verify.checks.asking import PASSWORD, WRONG, ask
from verify.checks.faulty import listening
from verify.servers import DOMAIN

SETUP = f"""
CREATE DATABASE things;
CREATE USER 'app'@'%' IDENTIFIED BY '{PASSWORD}';
GRANT SELECT ON things.* TO 'app'@'%';
CREATE USER 'far'@'203.0.113.7' IDENTIFIED BY '{PASSWORD}';
CREATE USER 'locked'@'%' IDENTIFIED BY '{PASSWORD}' ACCOUNT LOCK;
CREATE USER 'safe'@'%' IDENTIFIED BY '{PASSWORD}' REQUIRE SSL;
CREATE DATABASE closed;
"""
LIVE, DEAD, UNKNOWN = Status.LIVE, Status.DEAD, Status.UNKNOWN


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[str, int]]:
    """Run a server with TLS and one without, and tell their ports."""
    with daemons.mariadb(SETUP, tls=True) as safe, daemons.mariadb(SETUP, tls=False) as bare:
        yield {"safe": safe, "bare": bare}


CASES = [
    ("safe", "mysql://app:{}@db.verify.test:{}/things", PASSWORD, LIVE, "the right password is live"),
    ("safe", "mysql://app:{}@db.verify.test:{}/things", WRONG, DEAD, "a wrong one is dead"),
    ("safe", "mysql://app:{}@db.verify.test:{}/things?ssl-mode=REQUIRED", PASSWORD, LIVE, "demanded TLS is there"),
    ("safe", "mysql://safe:{}@db.verify.test:{}/", PASSWORD, LIVE, "TLS is used wherever the server has it"),
    ("safe", "mysql://app:{}@db.verify.test:{}/nothing", PASSWORD, LIVE, "the login comes before the database"),
    ("safe", "mysql://app:{}@db.verify.test:{}/nothing", WRONG, DEAD, "for a wrong password too"),
    ("safe", "mysql://app:{}@db.verify.test:{}/closed", PASSWORD, LIVE, "a database that is closed to the user"),
    ("safe", "mysql://locked:{}@db.verify.test:{}/", PASSWORD, UNKNOWN, "a locked account says nothing"),
    ("safe", "mysql://app:{}@elsewhere.test:{}/things", PASSWORD, UNKNOWN, "a certificate for another name"),
    ("safe", "mysql://app:{}@db.verify.test:{}/things?ssl-mode=disabled", PASSWORD, LIVE, "TLS may be forbidden"),
    ("bare", "mysql://app:{}@db.verify.test:{}/things", PASSWORD, LIVE, "a challenge tells no password without TLS"),
    ("bare", "mysql://app:{}@db.verify.test:{}/things", WRONG, DEAD, "nor a wrong one"),
    ("bare", "mysql://app:{}@db.verify.test:{}/things?sslmode=verify_ca", PASSWORD, UNKNOWN, "demanded TLS is missing"),
    ("bare", "app:{}@tcp(db.verify.test:{})/things?parseTime=true", PASSWORD, LIVE, "Go's data source name"),
    ("bare", "user=app\npassword={}\nhost=db.verify.test\nhost=other.test\nport={}", PASSWORD, UNKNOWN, "two hosts"),
    ("bare", "mariadb://db.verify.test:{1}/things?user=app&password={0}", PASSWORD, LIVE, "a JDBC URL"),
    ("bare", "[client]\nuser=app\npassword = {}\nhost = db.verify.test\nport={}\n", PASSWORD, LIVE, "an option file"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("server", "text", "password", "wanted", "why"), CASES, ids=[case[-1] for case in CASES])
def test_verdicts(ports: dict[str, int], server: str, text: str, password: str, wanted: Status, why: str) -> None:
    """A real server's answers are told apart, and nothing but a refused password is dead."""
    around = text.format(password, ports[server]).encode()
    verdict = ask("mysql", password.encode(), around=around, named=(f"db.{DOMAIN}", "elsewhere.test"))
    assert verdict.status is wanted, verdict
    assert not any(word in repr(verdict) for word in (PASSWORD, WRONG))
    assert (verdict.identity == "app@db.verify.test") is (wanted is LIVE and "safe:" not in text)


def _packet(number: int, payload: bytes) -> bytes:
    return struct.pack("<I", len(payload))[:3] + bytes([number]) + payload


GREETING = b"\x0a8.0.0\0" + struct.pack("<I", 1) + b"12345678\0" + struct.pack("<HBHH", 0xF7FF & ~0x0800, 33, 2, 0x00FF)
GREETING += bytes([21]) + bytes(10) + b"123456789012\0mysql_native_password\0"

SWITCHES = ["mysql_clear_password", "dialog", "sha256_password", "caching_sha2_password", "mysql_old_password"]


@pytest.mark.parametrize("way", SWITCHES)
def test_no_password_goes_out_in_a_way_that_is_not_safe_without_tls(way: str) -> None:
    """A server without TLS that switches to such a way gets no more than the first answer to its challenge."""
    got = bytearray()

    def serve(sock: socket.socket) -> None:
        sock.sendall(_packet(0, GREETING))
        got.extend(sock.recv(4096))
        sock.sendall(_packet(2, b"\xfe" + way.encode() + b"\0" + b"1234567890123456789\0"))
        while part := sock.recv(4096):
            got.extend(part)

    with listening(serve) as port:
        around = f"mysql://app:{PASSWORD}@db.verify.test:{port}/things".encode()
        verdict = ask("mysql", PASSWORD.encode(), around=around, named=(f"db.{DOMAIN}",))
    assert (verdict.status, verdict.detail) == (UNKNOWN, "unsupported: the server wants the password without TLS")
    assert b"app" in got
    assert PASSWORD.encode() not in got
