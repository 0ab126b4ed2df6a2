"""Passwords in https URLs: three requests to a real HTTPS server tell whether they open the page."""

from __future__ import annotations

import base64

import pytest

from stanch.model import Status
from verify.checks.asking import PASSWORD, WRONG, ask
from verify.servers import DOMAIN, PAGE, Behaviour, Reply, Seen, serving

LIVE, DEAD, UNKNOWN = Status.LIVE, Status.DEAD, Status.UNKNOWN
CLOSED = Reply(401, b"", {"www-authenticate": 'Basic realm="x"'})


def guarded(seen: Seen) -> Reply:
    """Answer as a page does that a password opens."""
    right = base64.b64encode(f"app:{PASSWORD}".encode()).decode()
    return PAGE if seen.headers.get("authorization") == f"Basic {right}" else CLOSED


CASES: list[tuple[Behaviour, str, Status, str]] = [
    (guarded, PASSWORD, LIVE, "open with it alone"),
    (guarded, WRONG, DEAD, "closed with it too"),
    (lambda _: PAGE, PASSWORD, UNKNOWN, "open to anybody"),
    (lambda seen: Reply(403) if "authorization" in seen.headers else CLOSED, PASSWORD, UNKNOWN, "forbidden with it"),
    (lambda seen: Reply(302) if "authorization" in seen.headers else CLOSED, PASSWORD, UNKNOWN, "leads elsewhere"),
    (lambda _: Reply(404), PASSWORD, UNKNOWN, "not there"),
]


@pytest.mark.parametrize(("behaviour", "password", "wanted", "why"), CASES, ids=[case[-1] for case in CASES])
def test_verdicts(behaviour: Behaviour, password: str, wanted: Status, why: str) -> None:
    """The page must be closed without the password and open with it."""
    with serving(behaviour) as server:
        around = f"https://app:{password}@api.verify.test:{server.port}/repo.git?build=now#top".encode()
        verdict = ask("basic-auth", password.encode(), around=around, named=(f"api.{DOMAIN}",))
        assert {seen.target for seen in server.seen} == {"/repo.git"}, "what is asked for has no query"
        assert {seen.method for seen in server.seen} == {"GET"}
    assert verdict.status is wanted, verdict
    assert verdict.identity == ("app@api.verify.test" if wanted is LIVE else None)


def test_without_tls_nothing_is_sent() -> None:
    """A password is not sent over plain HTTP."""
    around = f"http://app:{PASSWORD}@api.verify.test/".encode()
    verdict = ask("basic-auth", PASSWORD.encode(), around=around, named=(f"api.{DOMAIN}",))
    assert (verdict.status, verdict.detail) == (
        UNKNOWN,
        "unsupported: the URL has no TLS, so its host is given no password",
    )
