"""Whatever a server does wrong, a check that speaks to it says neither live nor dead, and in time."""

from __future__ import annotations

import sys

import pytest

import scans
from stanch.model import Status
from verify.checks import daemons
from verify.checks.asking import PASSWORD, ask
from verify.checks.faulty import FAULTS, listening
from verify.servers import DOMAIN

URLS = {
    "postgresql": "postgres://app:{}@db.verify.test:{}/things",
    "mysql": "mysql://app:{}@db.verify.test:{}/things",
    "redis": "redis://app:{}@db.verify.test:{}",
    "mongodb": "mongodb://app:{}@db.verify.test:{}/things",
    "smtp": "smtp://app:{}@db.verify.test:{}",
    "ftp": "ftp://app:{}@db.verify.test:{}",
    "basic-auth": "https://app:{}@db.verify.test:{}/things",
}


def _asked(by: str, port: int, **options: object) -> tuple[Status, str]:
    around = URLS[by].format(PASSWORD, port).encode()
    verdict = ask(by, PASSWORD.encode(), around=around, named=(f"db.{DOMAIN}",), **options)  # type: ignore[arg-type]
    assert PASSWORD not in repr(verdict)
    return verdict.status, verdict.detail or ""


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("by", URLS)
def test_a_fault_is_unknown(by: str, fault: str) -> None:
    """The verdict is unknown and says why, and a server that hangs or drips costs the limit, not for ever."""
    with listening(FAULTS[fault]) as port:
        status, detail = _asked(by, port, seconds=0.6)
    assert status is Status.UNKNOWN
    assert detail.startswith(("network: ", "unexpected answer: ", "unsupported: "))


@pytest.mark.parametrize("by", URLS)
def test_a_closed_port_is_unknown(by: str) -> None:
    """Nobody listens: nothing is said about the password."""
    status, detail = _asked(by, daemons.free_port())
    assert status is Status.UNKNOWN
    assert detail.startswith("network")


@pytest.mark.parametrize("by", URLS)
def test_a_host_from_scanned_text_is_not_asked(by: str) -> None:
    """Nobody has named the host, so no connection is made."""
    connections = []
    with listening(lambda sock: connections.append(sock)) as port:
        around = URLS[by].format(PASSWORD, port).encode()
        verdict = ask(by, PASSWORD.encode(), around=around)
    assert verdict.status is Status.UNKNOWN
    assert (verdict.detail or "").startswith("host not allowed")
    assert not connections


@pytest.mark.parametrize("by", [*URLS, "jdbc", "azure-sas", "entra-client", "google-service-account"])
def test_what_is_missing_around_it_is_said(by: str) -> None:
    """Without the text around it there is no place to ask."""
    verdict = ask(by, PASSWORD.encode())
    assert verdict.status is Status.UNKNOWN
    assert (verdict.detail or "").startswith("needs another part: ")


MISSING = [
    ("postgresql", "pg8000.core", "databases"),
    ("mysql", "pymysql.connections", "databases"),
    ("mongodb", "bson", "databases"),
    ("aws-sts", "botocore.auth", "aws"),
    ("google-service-account", "cryptography.hazmat.primitives.hashes", "keys"),
    ("private-key", "cryptography.x509", "keys"),
]


@pytest.mark.parametrize(("by", "module", "extra"), MISSING)
def test_a_missing_extra_is_named(by: str, module: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without what a check needs it says what to install, and asks nobody."""
    monkeypatch.setitem(sys.modules, module, None)
    around = URLS.get(by, '{{"client_email": "robot@p.iam.gserviceaccount.com"}}').format(PASSWORD, 1).encode()
    ids = {"aws-access-key-id": scans.token(1, "aws-access-key-id")}
    verdict = ask(by, PASSWORD.encode(), ids, around=around, named=(f"db.{DOMAIN}",))
    assert (verdict.status, verdict.detail) == (Status.UNKNOWN, f"unsupported: install stanch[{extra}]")
