"""The client: time limits, retries, turns, budgets, the log, proxies."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from stanch.errors import UsageError
from stanch.examples import example
from stanch.model import Status
from stanch.verify.asked import Address, Endpoints, Request, Unanswered
from stanch.verify.checks.dialogues import Line, talk
from stanch.verify.client import GIVEN_UP, Client, Limits, Log
from stanch.verify.connecting import Proxy, proxy
from verify.checks.faulty import listening
from verify.runs import QUICK, RULE, finding, network, rule, verdict, verified
from verify.servers import DOMAIN, Reply, Seen, authority, ended_with_all, of_json, serving

DENIED = of_json(401, {})
SECRETS = [example(RULE, Random(number))[1] for number in range(40)]


def test_a_host_is_given_up() -> None:
    """A host that answers nothing costs so many requests, not its time limit for each secret; one answer counts."""
    with serving(lambda _: Reply(503)) as server:
        found = verified([finding(secret) for secret in SECRETS], [rule()], endpoints={"acme": server.url()})
    assert len(server.seen) < GIVEN_UP + QUICK.per_host
    assert {one.verdict.status for one in found} == {Status.UNKNOWN}
    assert any("given up on this host" in (one.verdict.detail or "") for one in found)
    with serving(lambda seen: DENIED if len(server.seen) % 3 == 0 else Reply(503)) as server:
        found = verified([finding(secret) for secret in SECRETS], [rule()], endpoints={"acme": server.url()})
    assert not any("given up" in (one.verdict.detail or "") for one in found)


def test_turns() -> None:
    """No more than so many requests are under way with one host at once."""
    lock, now, most = threading.Lock(), 0, 0

    async def behave(_: Seen) -> Reply:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        await asyncio.sleep(0.02)
        now -= 1
        return DENIED

    with serving(behave) as server:
        findings = [finding(secret) for secret in SECRETS]
        found = verified(
            findings, [rule()], endpoints={"acme": server.url()}, limits=Limits(timeout=30, per_host=3, overall=2)
        )
        assert most <= 2
        most = 0
        verified(findings, [rule()], endpoints={"acme": server.url()}, limits=Limits(timeout=30, per_host=3))
    assert {one.verdict.status for one in found} == {Status.DEAD}
    assert most == 3


def test_a_host_that_asks_to_wait_is_left_alone() -> None:
    """After a Retry-After nobody asks that host before; the wait is that of the answer."""
    times: list[float] = []
    until: list[float] = []

    def behave(_: Seen) -> Reply:
        times.append(time.monotonic())
        if not until:
            until.append(times[-1] + 1)
            return Reply(429, headers={"retry-after": "1"})
        return DENIED

    with serving(behave) as server:
        findings = [finding(secret) for secret in SECRETS[:6]]
        found = verified(findings, [rule()], endpoints={"acme": server.url()}, limits=Limits(timeout=30, per_host=1))
    assert {one.verdict.status for one in found} == {Status.DEAD}
    assert len(times) == 7
    assert min(times[1:]) >= until[0] - 0.01


def test_a_wait_until_a_date() -> None:
    """A Retry-After may be a date; one that is too far away is not waited for."""
    far = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    with serving(lambda _: Reply(503, headers={"retry-after": far})) as server:
        said = verdict(SECRETS[0], rule(), server.url())
    assert (said.status, said.detail) == (Status.UNKNOWN, "server error: status 503")
    assert len(server.seen) == 1


@pytest.mark.parametrize("value", ["soon", "", "nan", "inf", "-5", "Mon, 99 Foo 2026"])
def test_a_wait_that_is_none(value: str) -> None:
    """A Retry-After that says nothing is as good as none."""
    with serving(lambda _: Reply(429, headers={"retry-after": value})) as server:
        assert verdict(SECRETS[0], rule(), server.url()).detail == "rate limit: status 429"
    assert len(server.seen) == 3


def test_what_is_sent() -> None:
    """We say who asks, want no compression, and send nothing that the rule does not say."""
    with serving(lambda _: DENIED) as server:
        verdict(SECRETS[0], rule(), server.url())
    [seen] = server.seen
    assert seen.headers["user-agent"].startswith("stanch/")
    assert seen.headers["accept-encoding"] == "identity"
    assert seen.headers["authorization"] == f"Bearer {SECRETS[0].decode()}"
    assert set(seen.headers) == {"host", "user-agent", "accept-encoding", "authorization", "accept", "connection"}


CALLS: list[tuple[str, bytes, dict[str, str], dict[str, Any]]] = [
    # target, body, headers, request; S is the secret
    ("/v1?k=S&a%20b=c%26d", b"", {}, {"query": {"k": "{secret}", "a b": "c&d"}}),
    ("/v1/S/me?x=S", b"", {}, {"url": "https://api.verify.test/v1/{secret}/me?x={secret}"}),
    ("/v1", b"t=S&u=a%20b", {"content-type": "application/x-www-form-urlencoded"},
     {"method": "POST", "form": {"t": "{secret}", "u": "a b"}}),
    ("/v1", b'{"q": "{ me }", "v": ["S", 1, true]}', {"content-type": "application/json"},
     {"method": "POST", "json": {"q": "{{ me }}", "v": ["{secret}", 1, True]}}),
    ("/v1", b"<k>S</k>", {"content-type": "text/xml"},
     {"method": "POST", "body": "<k>{secret}</k>", "headers": {"Content-Type": "text/xml"}}),
    ("/v1", b"", {"authorization": "Basic B"}, {"basic": ["{secret}", ""]}),
    ("/v1", b"", {"x-key": "k=S"}, {"headers": {"X-Key": "k={secret}"}}),
]  # fmt: skip


@pytest.mark.parametrize(("target", "body", "headers", "call"), CALLS)
def test_calls(target: str, body: bytes, headers: dict[str, str], call: dict[str, Any]) -> None:
    """A request is as its rule says, with the values where they belong."""
    secret = SECRETS[0]
    own = rule(request={"url": "https://api.verify.test/v1", **call})
    with serving(lambda _: DENIED) as server:
        assert verdict(secret, own, server.url()).status is Status.DEAD
    [seen] = server.seen
    basic = base64.b64encode(secret + b":").decode()

    def real(text: str) -> str:
        return text.replace("S", secret.decode()).replace("Basic B", f"Basic {basic}")

    assert seen.target == real(target)
    assert seen.body == real(body.decode()).encode()
    assert {name: seen.headers.get(name) for name in headers} == {name: real(text) for name, text in headers.items()}


def test_only_http_is_offered_to_who_speaks_it() -> None:
    """Once httpx has asked somebody, a database must not be offered HTTP (ALPN): PostgreSQL 17 hangs up on that."""
    offered: list[str | None] = []
    chosen = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    chosen.set_alpn_protocols(["http/1.1"])
    authority().issue_cert(f"db.{DOMAIN}").configure_cert(chosen)

    def database(sock: socket.socket) -> None:
        with chosen.wrap_socket(sock, server_side=True) as safe:
            offered.append(safe.selected_alpn_protocol())
            safe.sendall(b"hello")

    def greeted(line: Line) -> bytes:
        line.encrypt()
        return line.exactly(5)

    async def run(url: str, port: int) -> bytes:
        net = network(named=(f"api.{DOMAIN}", f"db.{DOMAIN}"))
        client = Client(net, "a-rule", ())
        try:
            await client.send(Request("GET", url))
            return await talk(client, await client.address(f"db.{DOMAIN}", port), greeted, what="a database")
        finally:
            await net.close()

    with serving(lambda _: DENIED) as server, listening(database) as port:
        assert asyncio.run(run(server.url(), port)) == b"hello"
    assert offered == [None]


def test_budget() -> None:
    """Retries and controls are requests too."""
    with serving(lambda _: Reply(500)) as server:
        findings = [finding(secret) for secret in SECRETS]
        found = verified(
            findings, [rule()], endpoints={"acme": server.url()}, limits=Limits(timeout=30, pause=0.01, budget=7)
        )
    assert len(server.seen) == 7
    assert {(one.verdict.status, one.verdict.detail) for one in found} <= {
        (Status.UNKNOWN, "budget: --verify-budget is spent"),
        (Status.UNKNOWN, "server error: status 500"),
    }


def test_log(tmp_path: Path) -> None:
    """The log says when, which rule, how, where, what came and how long it took; no secret, whatever went wrong."""
    path = tmp_path / "log"
    own = rule(request={"url": "https://api.verify.test/v1/{secret}", "query": {"k": "{secret}"}})
    answers = [Reply(500), Reply(500, b"x" * 300_000), DENIED]
    with serving(lambda _: answers.pop(0)) as server:
        log = Log(path)
        verdict(SECRETS[0], own, server.url(), log=log)
        url = server.url()
    verdict(SECRETS[0], own, url, log=Log(path))
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line.get("status") for line in lines] == [500, None, None]
    assert [line.get("why") for line in lines[1:]] == [
        "unexpected answer: more than 256 KB", "network: no connection"
    ]  # fmt: skip
    assert all({"time", "rule", "method", "url", "ms"} <= line.keys() for line in lines)
    assert SECRETS[0].decode() not in path.read_text()
    assert lines[0]["url"].endswith("/v1/acm…" + SECRETS[0][-3:].decode() + "?k=acm…" + SECRETS[0][-3:].decode())


def test_nothing_prints() -> None:
    """Neither a request's representation nor an error's text has the secret in it."""
    secret = SECRETS[0].decode()
    request = Request("GET", f"https://a.test/{secret}", {"X": secret}, secret.encode())
    assert repr(request) == "Request(method='GET')"

    async def ask(url: str) -> str:
        net = network(named=["a.verify.test"])
        try:
            await Client(net, "r", ()).send(Request("GET", url, {"X": "a\r\nb"}))
        except Unanswered as error:
            return f"{error}{error.__cause__}{error.__suppress_context__}"
        finally:
            await net.close()
        return ""

    urls = [f"https://a.verify.test/{secret}", f"https://{secret}:x/", f"http://{secret}/", f"https://[{secret}/"]
    for url in urls:
        said = asyncio.run(ask(url))
        assert said
        assert secret not in said


def test_address(tmp_path: Path) -> None:
    """A check in code gets an address that was checked; it counts as a request, and is logged."""
    log = Log(tmp_path / "log")

    async def ask() -> Address:
        net = network(named=["db.verify.test"], limits=Limits(budget=1), log=log)
        try:
            client = Client(net, "acme-db", ())
            with pytest.raises(Unanswered, match="it comes from scanned text"):
                await client.address("other.test", 5432)
            found = await client.address("DB.verify.test", 5432)
            with pytest.raises(Unanswered, match="budget"):
                await client.address("db.verify.test", 5432)
            assert client.asked == {("db.verify.test", 5432)}
            return found
        finally:
            await net.close()

    assert asyncio.run(ask()) == Address("127.0.0.1", 5432, "db.verify.test")
    [line] = [json.loads(text) for text in (tmp_path / "log").read_text().splitlines()]
    assert (line["method"], line["url"], line["rule"]) == ("CONNECT", "db.verify.test:5432", "acme-db")


ENDPOINTS = [
    # url, where it is asked
    ("https://api.github.com/user", "https://ghe.test/api/v3/user"),
    ("https://api.github.com?x=1", "https://ghe.test/api/v3?x=1"),
    ("https://api.github.com:8443/user", "https://ghe.test/api/v3/user"),
    ("/user", "https://ghe.test/api/v3/user"),
]


@pytest.mark.parametrize(("url", "asked"), ENDPOINTS)
def test_endpoint(url: str, asked: str) -> None:
    """An endpoint stands for scheme and host of what its rule asks."""
    assert Endpoints({"github": "https://ghe.test/api/v3"}, "github").at(url) == asked
    assert Endpoints({"other": "https://ghe.test"}, "github").at("https://a.test/x") == "https://a.test/x"


def test_an_endpoint_that_must_be_named() -> None:
    """A rule without a host asks nobody until one is named."""
    own = rule(request={"url": "/v1/me", "bearer": True}, endpoint="acme")
    [found] = verified([finding(SECRETS[0])], [own])
    assert found.verdict.detail == "host not allowed: no host is known; --endpoint acme=URL names one"
    with serving(lambda _: DENIED) as server:
        assert verdict(SECRETS[0], own, server.url()).status is Status.DEAD


def test_places_of_an_endpoint() -> None:
    """Of several places a named endpoint stands for the first one."""
    places = [("https://a.test/x", 1), ("https://b.test/x", 2)]
    assert Endpoints({}, "acme").over(places) == places
    assert Endpoints({"acme": "https://own.test"}, "acme").over(places) == [("https://own.test/x", 1)]


class Tunnels:
    """A proxy for HTTPS on loopback, which connects every name to one port."""

    def __init__(self, port: int, refuse: bytes = b"") -> None:
        self.port, self._target, self._refuse = 0, port, refuse
        self.asked: list[tuple[str, dict[str, str]]] = []

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().rstrip("\r\n").split("\r\n")
            fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
            self.asked.append((head[0], fields))
            if self._refuse:
                writer.write(self._refuse)
                await writer.drain()
                writer.close()
                return
            far, onward = await asyncio.open_connection("127.0.0.1", self._target)
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await asyncio.gather(_copy(reader, onward), _copy(far, writer))

    async def serve(self, started: threading.Event, ended: asyncio.Event) -> None:
        """Run until ended."""
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        await ended.wait()
        await ended_with_all(server)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while part := await reader.read(65536):
        writer.write(part)
        await writer.drain()
    writer.close()


@contextlib.contextmanager
def tunnelling(port: int, refuse: bytes = b"") -> Iterator[Tunnels]:
    """Run a proxy while the context lasts."""
    loop, started, ended = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    running = Tunnels(port, refuse)
    thread = threading.Thread(target=lambda: loop.run_until_complete(running.serve(started, ended)))
    thread.start()
    assert started.wait(10)
    try:
        yield running
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)
        loop.close()


def test_through_a_proxy() -> None:
    """A provider's name goes to the proxy, which resolves it; the proxy's password goes to it alone."""
    own = rule(request={"url": "https://api.verify.test/v1/me", "bearer": True})

    async def nobody(_host: str, _port: int) -> list[str]:
        raise AssertionError("nothing is resolved here")

    with serving(lambda _: DENIED) as server, tunnelling(server.port) as tunnels:
        known = Proxy("127.0.0.1", tunnels.port, tls=False, credentials="dTpw")
        [found] = verified([finding(SECRETS[0], own)], [own], proxy=known, lookup=nobody)
    assert found.verdict.status is Status.DEAD
    [(line, fields)] = tunnels.asked
    assert line == "CONNECT api.verify.test:443 HTTP/1.1"
    assert fields["proxy-authorization"] == "Basic dTpw"
    assert "authorization" not in fields
    assert "proxy-authorization" not in server.seen[0].headers


def test_a_found_host_through_a_proxy() -> None:
    """A host that scanned text names is resolved and checked here, and the proxy is given the address."""

    async def outside(_host: str, _port: int) -> list[str]:
        return ["8.8.8.8"]

    async def inside(_host: str, _port: int) -> list[str]:
        return ["10.0.0.1"]

    own = rule(request={"url": "https://api.verify.test/v1/me", "hosts": ["other.example.com"], "bearer": True})
    with serving(lambda _: DENIED) as server, tunnelling(server.port) as tunnels:
        known = Proxy("127.0.0.1", tunnels.port, tls=False)
        [found] = verified([finding(SECRETS[0], own)], [own], proxy=known, lookup=outside, found=True)
        assert found.verdict.status is Status.DEAD
        assert tunnels.asked[0][0] == "CONNECT 8.8.8.8:443 HTTP/1.1"
        [refused] = verified([finding(SECRETS[1], own)], [own], proxy=known, lookup=inside, found=True)
        assert refused.verdict.detail == "host not allowed: it is a private address"
    assert len(tunnels.asked) == 1


@pytest.mark.parametrize("said", [b"HTTP/1.1 407 No\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\nmore", b"junk\r\n\r\n", b"x"])
def test_a_proxy_that_refuses(said: bytes) -> None:
    """A proxy that opens no tunnel is a network's fault."""
    with serving(lambda _: DENIED) as server, tunnelling(server.port, said) as tunnels:
        known = Proxy("127.0.0.1", tunnels.port, tls=False)
        [found] = verified([finding(SECRETS[0])], [rule()], proxy=known)
    assert found.verdict.status is Status.UNKNOWN
    assert (found.verdict.detail or "").startswith("network: the proxy")
    assert server.connections == 0


PROXIES: list[tuple[dict[str, str], Proxy | None]] = [
    # environment, proxy
    ({}, None),
    ({"HTTP_PROXY": "http://p.test:1"}, None),
    ({"HTTPS_PROXY": "http://p.test:3128"}, Proxy("p.test", 3128, False, "", {"no": ""})),
    ({"https_proxy": "p.test:3128"}, Proxy("p.test", 3128, False, "", {"no": ""})),
    ({"ALL_PROXY": "https://p.test", "NO_PROXY": "a.test"}, Proxy("p.test", 443, True, "", {"no": "a.test"})),
    ({"HTTPS_PROXY": "http://u:%40@p.test"}, Proxy("p.test", 80, False, "dTpA", {"no": ""})),
]


@pytest.mark.parametrize(("environment", "expected"), PROXIES)
def test_proxy(environment: dict[str, str], expected: Proxy | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """HTTPS_PROXY, ALL_PROXY and NO_PROXY count, in either case."""
    for name in ("https_proxy", "http_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert proxy() == expected
    if expected:
        assert expected.serves("b.test")
        assert expected.serves("a.test") is ("NO_PROXY" not in environment)
        assert "dTpA" not in repr(expected)


@pytest.mark.parametrize("url", ["socks5://p.test:1", "http://:1", "http://p.test:x"])
def test_no_proxy(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of another kind is an error, and is not passed by."""
    monkeypatch.setenv("HTTPS_PROXY", url)
    with pytest.raises(UsageError, match=r"^HTTPS_PROXY: must be"):
        proxy()


def test_time_runs_out() -> None:
    """When its seconds are over a verification ends, and what is not answered is unknown."""

    async def slow(_: Seen) -> Reply:
        await asyncio.sleep(60)
        return DENIED

    with serving(slow) as server:
        began = time.monotonic()
        findings = [finding(secret) for secret in SECRETS]
        found = verified(findings, [rule()], endpoints={"acme": server.url()}, seconds=0.3, limits=Limits(timeout=120))
        assert time.monotonic() - began < 50
    assert {(one.verdict.status, one.verdict.detail) for one in found} == {
        (Status.UNKNOWN, "stopped before it was answered")
    }
