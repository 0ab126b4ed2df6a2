"""Which hosts are asked, at which addresses: the tricks with which a scanned text could lead a secret astray."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from stanch.model import Status
from stanch.verify.asked import Request, Unanswered
from stanch.verify.client import Client
from stanch.verify.hosts import Hosts, canonical, split, unfit
from verify.runs import RULE, finding, network, rule, verified
from verify.servers import of_json, serving

UNFIT = [
    # address, what it is
    ("127.0.0.1", "loopback"),
    ("127.255.255.254", "loopback"),
    ("0.0.0.0", "unspecified"),  # noqa: S104
    ("10.0.0.1", "private"),
    ("172.16.0.1", "private"),
    ("192.168.1.1", "private"),
    ("169.254.169.254", "link-local"),
    ("100.64.0.1", "no address of the internet"),
    ("192.0.2.1", "private"),
    ("198.18.0.1", "private"),
    ("224.0.0.1", "multicast"),
    ("255.255.255.255", "private"),
    ("240.0.0.1", "private"),
    ("::", "no address of the internet"),
    ("::1", "no address of the internet"),
    ("fe80::1", "link-local"),
    ("fe80::1%eth0", "link-local"),
    ("fc00::1", "private"),
    ("fd12:3456::1", "private"),
    ("fec0::1", "no address of the internet"),
    ("ff02::1", "multicast"),
    ("2001:db8::1", "private"),
    ("100::1", "no address of the internet"),
    ("::ffff:127.0.0.1", "loopback"),
    ("::ffff:7f00:1", "loopback"),
    ("::ffff:169.254.169.254", "link-local"),
    ("::127.0.0.1", "no address of the internet"),
    ("2002:7f00:1::", "loopback"),
    ("2002:a9fe:a9fe::1", "link-local"),
    ("64:ff9b::7f00:1", "loopback"),
    ("64:ff9b::10.0.0.1", "private"),
    ("64:ff9b:1::8.8.8.8", "no address of the internet"),
    ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "no address of the internet"),
    ("2606:4700::5efe:10.0.0.1", "private"),
    ("nonsense", "no address"),
]
FIT = ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]


@pytest.mark.parametrize(("address", "what"), UNFIT)
def test_unfit(address: str, what: str) -> None:
    """Nothing is sent to an address that is not one of the internet's, however it is written or wrapped."""
    assert what in (unfit(address) or "")


@pytest.mark.parametrize("address", FIT)
def test_fit(address: str) -> None:
    """An address of the internet is one, also inside of another one."""
    assert unfit(address) is None


CANONICAL = [
    ("API.Example.com", "api.example.com"),
    ("api.example.com.", "api.example.com"),
    ("bücher.example", "xn--bcher-kva.example"),
    ("ｅｘａｍｐｌｅ.com", "example.com"),  # noqa: RUF001
    ("127.0.0.1", "127.0.0.1"),
    ("１２７.0.0.1", "127.0.0.1"),  # noqa: RUF001
    ("127。0。0。1", "127.0.0.1"),
    ("[::1]", "::1"),
    ("0:0:0:0:0:0:0:1", "::1"),
    ("_dmarc.example.com", "_dmarc.example.com"),
]
NO_HOST = [
    "2130706433", "0x7f000001", "0x7f.1", "127.1", "0177.0.0.1", "017700000001", "127.0.0.0x1", "1.2.3.4.5", "",
    ".", "..", "a..b", "a b", "a/b", "a@b", "a:b", "-a.b", "a" * 64 + "." * 250, "[::1", "::1]", "[evil]", "a\\b",
    "a%00b", "xn--\u0000", "\u2028",
]  # fmt: skip


@pytest.mark.parametrize(("host", "form"), CANONICAL)
def test_canonical(host: str, form: str) -> None:
    """Names are compared in one form, and so are addresses."""
    assert canonical(host) == form


@pytest.mark.parametrize("host", NO_HOST)
def test_no_host(host: str) -> None:
    """What programs read in different ways is no host."""
    with pytest.raises(Unanswered, match="no host's name"):
        canonical(host)


NAMED = [
    ("a.example.com", ("a.example.com", None)),
    ("a.example.com:8443", ("a.example.com", 8443)),
    ("[::1]:5432", ("::1", 5432)),
    ("::1", ("::1", None)),
    ("127.0.0.1", ("127.0.0.1", None)),
]


@pytest.mark.parametrize(("text", "meant"), NAMED)
def test_named(text: str, meant: tuple[str, int | None]) -> None:
    """A user names a host, for all ports or for one."""
    assert split(text) == meant


@pytest.mark.parametrize("text", ["", "https://a.b", "a.b/c", "u@a.b", "a.b:0", "a.b:x", "a.b:99999", "2130706433"])
def test_not_named(text: str) -> None:
    """Anything else is an error."""
    with pytest.raises(ValueError, match="write HOST or HOST:PORT"):
        split(text)


def resolving(*addresses: str) -> Callable[[str, int], Awaitable[list[str]]]:
    """Return a resolver that knows one answer."""

    async def lookup(_host: str, _port: int) -> list[str]:
        return list(addresses)

    return lookup


DECLARED = ("api.example.com", "*.example.org")
MAYBE = [
    # host, port, named, found hosts?, what it resolves to, why not (None: it may be asked)
    ("api.example.com", 443, (), False, "8.8.8.8", None),
    ("x.example.org", 443, (), False, "8.8.8.8", None),
    ("api.example.com", 8443, (), False, "8.8.8.8", "it comes from scanned text"),
    ("api.example.com", 22, (), False, "8.8.8.8", "it comes from scanned text"),
    ("example.org", 443, (), False, "8.8.8.8", "it comes from scanned text"),
    ("api.example.com.evil.test", 443, (), False, "8.8.8.8", "it comes from scanned text"),
    ("evil.test", 443, (), False, "8.8.8.8", "it comes from scanned text"),
    ("evil.test", 443, ("other.test",), False, "8.8.8.8", "it comes from scanned text"),
    ("git.corp.test", 443, ("git.corp.test",), False, "10.0.0.1", None),
    ("git.corp.test", 443, ("git.corp.test:443",), False, "10.0.0.1", None),
    ("git.corp.test", 22, ("git.corp.test:443",), False, "10.0.0.1", "it comes from scanned text"),
    ("found.test", 443, (), True, "8.8.8.8", None),
    ("found.test", 443, (), True, "10.0.0.1", "private"),
    ("found.test", 443, (), True, "127.0.0.1", "loopback"),
    ("found.test", 443, (), True, "169.254.169.254", "link-local"),
    ("found.test", 443, (), True, "::ffff:10.0.0.1", "private"),
    ("found.test", 443, ("10.0.0.1",), True, "10.0.0.1", None),
    ("found.test", 443, ("10.0.0.1",), False, "10.0.0.1", "it comes from scanned text"),
    ("127.0.0.1", 443, (), True, "", "loopback"),
    ("127.0.0.1", 443, ("127.0.0.1",), False, "", None),
    ("localhost", 443, (), True, "127.0.0.1", "loopback"),
    ("api.example.com", 443, (), False, "10.0.0.1", "private"),
    ("api.example.com", 443, (), False, "", "network: its host's name has no address"),
]


@pytest.mark.parametrize(("host", "port", "named", "found", "resolved", "why"), MAYBE)
def test_may_be_asked(
    host: str, port: int, named: tuple[str, ...], found: bool, resolved: str, why: str | None
) -> None:
    """A rule's hosts and the user's may be asked, those of scanned text only if the user says so, and never inside."""

    async def ask() -> list[str]:
        hosts = Hosts(named, found=found, lookup=resolving(*filter(None, [resolved])))
        hosts.admit(host, port, DECLARED)
        return [address.ip for address in await hosts.addresses(host, port)]

    if why is None:
        assert asyncio.run(ask()) == [resolved or host]
    else:
        with pytest.raises(Unanswered, match=why):
            asyncio.run(ask())


def test_one_bad_address_is_enough() -> None:
    """A name with an address outside and one inside is not asked at all."""

    async def ask() -> None:
        hosts = Hosts((), found=True, lookup=resolving("8.8.8.8", "127.0.0.1"))
        hosts.admit("two.test", 443, ())
        await hosts.addresses("two.test", 443)

    with pytest.raises(Unanswered, match="loopback"):
        asyncio.run(ask())


def test_rebinding() -> None:
    """A name is resolved once in a run: what it resolves to later is not asked."""
    answers = [["8.8.8.8"], ["127.0.0.1"], ["10.0.0.1"]]

    async def lookup(_host: str, _port: int) -> list[str]:
        return answers.pop(0)

    async def ask() -> set[str]:
        hosts = Hosts((), found=True, lookup=lookup)
        hosts.admit("rebind.test", 443, ())
        found = await asyncio.gather(*(hosts.addresses("rebind.test", 443) for _ in range(5)))
        found.append(await hosts.addresses("REBIND.test.", 443))
        return {address.ip for listed in found for address in listed}

    assert asyncio.run(ask()) == {"8.8.8.8"}
    assert len(answers) == 2


TRICKS = [
    # url, why it is not asked
    ("http://api.example.com/", "a request needs https"),
    ("ftp://api.example.com/", "a request needs https"),
    ("https://api.example.com@evil.test/", "no user"),
    ("https://u:p@api.example.com/", "no user"),
    ("https://evil.test\\@api.example.com/", "no"),
    ("https://evil.test#@api.example.com/", "a request needs https"),
    ("https://api.example.com#evil", "a request needs https"),
    ("https://evil.test?@api.example.com/", "it comes from scanned text"),
    ("https://api.example.com.evil.test/", "it comes from scanned text"),
    ("https://evil-api.example.com/", "it comes from scanned text"),
    ("https://2130706433/", "no host's name"),
    ("https://0x7f.1/", "no host's name"),
    ("https://0177.0.0.1/", "no URL can be made of it"),
    ("https://127.0.0.1/", "it comes from scanned text"),
    ("https://[::1]/", "it comes from scanned text"),
    ("https://[::ffff:127.0.0.1]/", "it comes from scanned text"),
    ("https://localhost/", "it comes from scanned text"),
    ("https://api.example.com:22/", "it comes from scanned text"),
    ("https:///x", "unsupported|needs https"),
    ("//evil.test/", "needs https"),
    ("", "needs https"),
    ("https://api.example.com:port/", "unsupported"),
]


@pytest.mark.parametrize(("url", "why"), TRICKS)
def test_tricks(url: str, why: str) -> None:
    """What a URL of scanned text could look like to one program and be to another is asked of nobody."""

    async def ask() -> None:
        net = network(lookup=resolving("8.8.8.8"))
        try:
            await Client(net, "r", DECLARED).send(Request("GET", url))
        finally:
            await net.close()
        assert net.sent == 0

    with pytest.raises(Unanswered, match=why):
        asyncio.run(ask())


def test_the_connection_goes_to_the_checked_address() -> None:
    """The name is in SNI, in the certificate that is demanded and in Host; the address is the one that was checked."""
    asked: list[str] = []

    async def lookup(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    with serving(lambda _: of_json(401, {})) as server:
        place = f"only.verify.test:{server.port}"
        own = rule(request={"url": f"https://{place}/me", "bearer": True})
        [found] = verified([finding(b"acm_" + b"a" * 24, own)], [own], named=[place], lookup=lookup)
    assert found.verdict.status is Status.DEAD
    assert [seen.headers["host"] for seen in server.seen] == [place]
    assert asked == ["only.verify.test"]


def test_a_host_from_scanned_text() -> None:
    """A webhook elsewhere than at its provider gets nothing, until the user names its host."""
    hook = replace(
        RULE, id="acme-hook", keywords=("https://",), pattern=r"(?P<secret>https://[a-z.]+:\d+/hook/[a-z0-9]{8})",
        verify={
            "request": {"url": "{secret}", "hosts": ["hooks.example.com"]},
            "live": {"status": [200], "has": ["/login"]},
            "dead": {"status": [401]},
        },
    )  # fmt: skip
    with serving(lambda _: of_json(401, {})) as server:
        secret = f"https://mine.verify.test:{server.port}/hook/{'ab12' * 2}".encode()
        [alone] = verified([finding(secret, hook)], [hook])
        assert alone.verdict.detail == "host not allowed: it comes from scanned text; --verify-host HOST names it"
        [inside] = verified([finding(secret, hook)], [hook], found=True)
        assert inside.verdict.detail == "host not allowed: it is a loopback address"
        assert server.connections == 0
        [named] = verified([finding(secret, hook)], [hook], named=["mine.verify.test"])
    assert named.verdict.status is Status.DEAD
    assert server.seen[0].target == "/hook/ab12ab12"
