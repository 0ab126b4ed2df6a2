"""Passwords of Redis, against a real one: with a password, with users, with none, with TLS."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from stanch.model import Status
from verify.checks import daemons
from verify.checks.asking import PASSWORD, WRONG, ask, patience
from verify.checks.faulty import begin, listening
from verify.servers import DOMAIN

LIVE, DEAD, UNKNOWN = Status.LIVE, Status.DEAD, Status.UNKNOWN
USER = ("--user", "app", "on", f">{PASSWORD}", "+ping")
SERVERS = {
    "default": (("--requirepass", PASSWORD), False),
    "users": (USER, False),
    "open": ((), False),
    "tls": (("--requirepass", PASSWORD), True),
}


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[str, int]]:
    """Run the servers, and tell their ports."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(daemons.redis(*settings, tls=tls)) for name, (settings, tls) in SERVERS.items()
        }


CASES = [
    ("default", "redis://:{}@db.verify.test:{}/0", PASSWORD, LIVE, "the right password is live"),
    ("default", "redis://:{}@db.verify.test:{}/0", WRONG, DEAD, "a wrong one is dead"),
    ("default", "redis://default:{}@db.verify.test:{}", PASSWORD, LIVE, "the default user may be named"),
    ("default", "redis://h:{}@db.verify.test:{}", PASSWORD, LIVE, "a user of old times is no user"),
    ("default", "redis://h:{}@db.verify.test:{}", WRONG, DEAD, "and a wrong password is wrong for both"),
    ("users", "redis://app:{}@db.verify.test:{}", PASSWORD, LIVE, "a user's password"),
    ("users", "redis://app:{}@db.verify.test:{}", WRONG, DEAD, "a user is refused"),
    ("open", "redis://:{}@db.verify.test:{}", PASSWORD, UNKNOWN, "a server without a password says so"),
    ("tls", "rediss://:{}@db.verify.test:{}", PASSWORD, LIVE, "TLS where the URL says so"),
    ("tls", "rediss://:{}@db.verify.test:{}", WRONG, DEAD, "and it refuses a wrong one"),
    ("tls", "rediss://:{}@elsewhere.test:{}", PASSWORD, UNKNOWN, "a certificate for another name"),
    ("tls", "redis://:{}@db.verify.test:{}", PASSWORD, UNKNOWN, "a server of TLS does not hear a client without"),
    ("default", "rediss://:{}@db.verify.test:{}", PASSWORD, UNKNOWN, "demanded TLS is missing"),
    ("default", "redis+sentinel://:{}@db.verify.test:{}", PASSWORD, UNKNOWN, "a sentinel is not the server"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("server", "text", "password", "wanted", "why"), CASES, ids=[case[-1] for case in CASES])
def test_verdicts(ports: dict[str, int], server: str, text: str, password: str, wanted: Status, why: str) -> None:
    """A real server's answers are told apart."""
    around = text.format(password, ports[server]).encode()
    verdict = ask(
        "redis", password.encode(), around=around, named=(f"db.{DOMAIN}", "elsewhere.test"), seconds=patience(wanted)
    )
    assert verdict.status is wanted, verdict
    assert not any(word in repr(verdict) for word in (PASSWORD, WRONG))


ANSWERS = [
    (b"-ERR invalid password\r\n", DEAD, "before Redis 6"),
    (b"-ERR Client sent AUTH, but no password is set\r\n", UNKNOWN, "before Redis 6, without a password"),
    (b"-ERR max number of clients reached\r\n", UNKNOWN, "too many"),
    (b"-LOADING Redis is loading the dataset in memory\r\n", UNKNOWN, "not ready"),
    (b"-DENIED Redis is running in protected mode\r\n", UNKNOWN, "not from here"),
    (b"+PONG\r\n", UNKNOWN, "an answer to something else"),
    (b"+OKAY\r\n", UNKNOWN, "nearly the right answer"),
]


@pytest.mark.parametrize(("answer", "wanted", "why"), ANSWERS, ids=[case[-1] for case in ANSWERS])
def test_answers(answer: bytes, wanted: Status, why: str) -> None:
    """Answers that the real server does not give here."""
    with listening(begin(answer)) as port:
        around = f"redis://:{PASSWORD}@db.verify.test:{port}".encode()
        assert ask("redis", PASSWORD.encode(), around=around, named=(f"db.{DOMAIN}",)).status is wanted
