"""Verdicts: what each kind of answer makes of a credential, and how often a provider is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable
from dataclasses import replace
from random import Random

import pytest

from stanch.examples import example
from stanch.model import Status, Verdict
from stanch.verify.verdicts import MOST
from verify.runs import ASKS, QUICK, RULE, companion, finding, rule, verdict, verified
from verify.servers import PAGE, Behaviour, Reply, Seen, hang, of_json, reset, serving

DENIED = of_json(401, {"error": "bad token"})


def secret(number: int = 1) -> bytes:
    """Return a credential of the rule, the same for the same number."""
    return example(RULE, Random(number))[1]


def knows(*secrets: bytes) -> Behaviour:
    """Return a provider that knows these credentials and no others."""
    known = {f"Bearer {one.decode()}" for one in secrets}
    return lambda seen: (
        of_json(200, {"login": "me", "email": "me@verify.test"}) if seen.headers["authorization"] in known else DENIED
    )


def always(reply: Reply) -> Behaviour:
    """Return a provider that gives one answer to anything."""
    return lambda _: reply


def then(*behaviours: Behaviour) -> Behaviour:
    """Return a provider that behaves so for the first request, so for the second, and as the last for all others."""
    left = list(behaviours)
    return lambda seen: (left.pop(0) if len(left) > 1 else left[0])(seen)


LIVE = knows(secret())
BUSY = always(Reply(429, headers={"retry-after": "0"}))
LONG_AGO = "Sun, 06 Nov 1994 08:49:37 GMT"
TABLE = [
    # what it shows, how the provider behaves, the status, the detail
    ("a live credential", LIVE, Status.LIVE, None),
    ("a dead one", always(DENIED), Status.DEAD, "refused by api.verify.test"),
    ("a rate limit, then live", then(BUSY, LIVE), Status.LIVE, None),
    ("a rate limit and a date", then(always(Reply(429, headers={"retry-after": LONG_AGO})), LIVE), Status.LIVE, None),
    ("an error, then live", then(always(Reply(502)), LIVE), Status.LIVE, None),
    ("an error, then dead", then(always(Reply(503)), always(DENIED)), Status.DEAD, "refused by api.verify.test"),
    ("rate limits only", BUSY, Status.UNKNOWN, "rate limit: status 429"),
    ("a longer wait than we have", always(Reply(429, headers={"retry-after": "3600"})), Status.UNKNOWN, "rate limit"),
    ("errors only", always(Reply(500, b'{"login": "me"}')), Status.UNKNOWN, "server error: status 500"),
    ("another status", always(of_json(404, {})), Status.UNKNOWN, "unexpected answer: status 404"),
    ("no right, which says nothing", always(of_json(403, {})), Status.UNKNOWN, "unexpected answer: status 403"),
    ("another shape", always(of_json(200, {"user": "me"})), Status.UNKNOWN, "unexpected answer: status 200"),
    ("HTML instead of JSON", always(PAGE), Status.UNKNOWN, "unexpected answer: status 200"),
    ("malformed JSON", always(Reply(200, b'{"login": "me"', {"content-type": "application/json"})), Status.UNKNOWN,
     "unexpected answer: status 200"),
    ("a redirect", always(Reply(302, headers={"location": "https://evil.verify.test/"})), Status.UNKNOWN,
     "unexpected answer: status 302"),
    ("a huge body", always(of_json(200, {"login": "x" * 300_000})), Status.UNKNOWN, "unexpected answer: more than 256"),
    ("a compressed body", always(of_json(200, {"login": "me"}, **{"content-encoding": "gzip"})), Status.UNKNOWN,
     "unexpected answer: it is compressed"),
    ("a reset", reset, Status.UNKNOWN, "network: the connection broke"),
    ("half an answer", always(Reply(200, b'{"login": "me"}', cut=1)), Status.UNKNOWN, "network: the connection broke"),
    ("200 to anything", always(of_json(200, {"login": "me"})), Status.UNKNOWN, "a made-up credential is live too"),
    ("live, then trouble", then(LIVE, reset), Status.UNKNOWN, "a made-up credential is unknown (network"),
    ("live, then no answer that fits", then(LIVE, always(of_json(403, {}))), Status.UNKNOWN, "is unknown (unexpected"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "behaviour", "status", "detail"), TABLE)
def test_verdict(what: str, behaviour: Behaviour, status: Status, detail: str | None) -> None:
    """Only an answer that fits makes `live` or `dead`; everything else is `unknown`, with why."""
    with serving(behaviour) as server:
        said = verdict(secret(), rule(), server.url())
    assert said.status is status, what
    assert said.checked_at is not None
    assert (detail is None and said.detail is None) or detail in (said.detail or ""), what
    assert (said.identity == "me, me@verify.test") == (status is Status.LIVE)


def test_elsewhere() -> None:
    """What may be for another host is not dead where one refuses it, unless the user says that this is the one."""
    with serving(knows(secret(1))) as server:
        of = rule(request={"url": f"{server.url()}/v1/me", "bearer": True}, elsewhere=True)
        found = [finding(secret(1), of), finding(secret(2), of)]
        live, refused = (one.verdict for one in verified(found, [of], named=["api.verify.test"]))
        named = verdict(secret(2), of, server.url())
    assert live.status is Status.LIVE
    assert (refused.status, refused.detail) == (
        Status.UNKNOWN, "elsewhere: refused by api.verify.test; --endpoint acme=URL asks another",
    )  # fmt: skip
    assert named.status is Status.DEAD


def test_hang() -> None:
    """A provider that does not answer is given up after the time limit."""
    with serving(hang) as server:
        said = verdict(secret(), rule(), server.url(), limits=type(QUICK)(timeout=0.3))
    assert (said.status, said.detail) == (Status.UNKNOWN, "network: no answer in 0.3 seconds")


def test_nobody_listens() -> None:
    """A refused connection is a network's fault."""
    with serving(LIVE) as server:
        url = server.url()
    said = verdict(secret(), rule(), url)
    assert (said.status, said.detail) == (Status.UNKNOWN, "network: no connection")


def test_another_certificate() -> None:
    """A certificate for another name is not trusted, and nothing is sent."""
    with serving(LIVE, "other.test") as server:
        said = verdict(secret(), rule(), server.url())
    assert (said.status, said.detail) == (Status.UNKNOWN, "network: the server's certificate is not trusted")
    assert server.seen == []


def test_no_redirect_is_followed() -> None:
    """The place that a redirect names is not asked, whatever the method and the status."""
    with serving(LIVE) as other:
        for status in (301, 302, 303, 307, 308):
            with serving(always(Reply(status, headers={"location": other.url()}))) as server:
                assert verdict(secret(), rule(), server.url()).status is Status.UNKNOWN
    assert other.connections == 0


def test_cookies_are_not_kept() -> None:
    """What one answer sets is not sent with the next request."""
    cookie = {"set-cookie": "session=abc; Path=/"}
    with serving(always(of_json(401, {}, **cookie))) as server:
        rules = [rule()]
        verified([finding(secret(number)) for number in range(20)], rules, endpoints={"acme": server.url()})
    assert len(server.seen) == 20
    assert not any("cookie" in seen.headers for seen in server.seen)


def test_once_for_each_secret() -> None:
    """However many places and findings hold a secret, its provider is asked once, and once more as a control."""
    secrets = [secret(number) for number in range(50)]
    with serving(knows(*secrets[:25])) as server:
        findings = [finding(secrets[number % 50]) for number in range(10_000)]
        found = verified(findings, [rule()], endpoints={"acme": server.url()})
    assert len(server.seen) == 50 + 1
    assert Counter(one.verdict.status for one in found) == {Status.LIVE: 5_000, Status.DEAD: 5_000}


IDS = [
    # how many ids stand beside a secret, which one it goes with, the status
    (1, 0, Status.LIVE),
    (3, 2, Status.LIVE),
    (3, None, Status.DEAD),
    (MOST, None, Status.DEAD),
    (MOST + 1, None, Status.UNKNOWN),
    (MOST + 1, 0, Status.LIVE),
]


@pytest.mark.parametrize(("count", "right", "status"), IDS)
def test_several_ids(count: int, right: int | None, status: Status) -> None:
    """A secret that goes with one of the ids beside it is live; dead only if it goes with none, and all were tried."""
    ids = replace(RULE, id="acme-id", pairs_with=RULE.id)
    own = rule(request={**ASKS["request"], "query": {"id": "{acme-id}"}})

    def behave(seen: Seen) -> Awaitable[Reply] | Reply:
        return LIVE(seen) if seen.target.endswith(f"id={right}") else DENIED

    beside = tuple(companion(ids, str(number).encode()) for number in range(count))
    with serving(behave) as server:
        [found] = verified([finding(secret(), companions=beside)], [own, ids], endpoints={"acme": server.url()})
    assert found.verdict.status is status


def test_a_missing_part() -> None:
    """What goes with a secret and was not found is named, and nobody is asked."""
    own = rule(request={**ASKS["request"], "query": {"id": "{acme-id}"}})
    with serving(LIVE) as server:
        said = verdict(secret(), own, server.url())
    assert (said.status, said.detail) == (Status.UNKNOWN, "needs another part: acme-id")
    assert server.connections == 0


def test_a_secret_that_does_not_fit() -> None:
    """A value that would begin another header is not sent."""
    with serving(LIVE) as server:
        said = verdict(b"acm_1\r\nX-Evil: 1", rule(), server.url())
    assert (said.status, said.detail) == (Status.UNKNOWN, "unsupported: it cannot stand in a header")
    assert server.connections == 0


def test_what_is_not_checked() -> None:
    """A rule without a verification, a finding that was dropped and one without its secret stay as they are."""
    plain = replace(RULE, id="plain", verify=None)
    with serving(LIVE) as server:
        found = verified(
            [finding(secret(), plain), finding(secret(), dropped="allowed"), finding(b"")],
            [rule(), plain], endpoints={"acme": server.url()},
        )  # fmt: skip
    assert {one.verdict for one in found} == {Verdict()}
    assert server.connections == 0


def test_a_provider_that_repeats_the_secret() -> None:
    """What a provider says is not told if it holds the secret."""
    echo = then(always(of_json(200, {"login": f"user of {secret().decode()}"})), always(DENIED))
    with serving(echo) as server:
        said = verdict(secret(), rule(), server.url())
    assert (said.status, said.identity) == (Status.LIVE, None)


def test_a_control_for_each_host() -> None:
    """A host that answers 200 to anything is found out although another one of the rule has passed its control."""
    shop = replace(RULE, id="acme-shop", pairs_with=RULE.id)

    def behave(seen: Seen) -> Awaitable[Reply] | Reply:
        return of_json(200, {"login": "me"}) if seen.host == "b.verify.test" else LIVE(seen)

    with serving(behave) as server:
        place = f"verify.test:{server.port}"
        own = rule(
            request={"url": f"https://{{acme-shop}}.{place}/me", "hosts": [f"*.{place}"], "bearer": True},
        )
        both = [finding(secret(), companions=(companion(shop, name),)) for name in (b"a", b"b")]
        good, bad = verified(both, [own, shop], named=["a.verify.test", "b.verify.test"])
    assert good.verdict.status is Status.LIVE
    assert bad.verdict.status is Status.UNKNOWN
    assert [seen.host for seen in server.seen].count("b.verify.test") == 2
