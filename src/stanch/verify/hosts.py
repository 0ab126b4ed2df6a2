"""Which host may be asked, and at which address: names are resolved once, checked, and connected to as checked."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network
from urllib.parse import urlsplit

import idna

from stanch.verify.asked import Address, Unanswered
from stanch.verify.declared import names_host

Lookup = Callable[[str, int], Awaitable[list[str]]]
"""Resolves a name to addresses. Raises OSError."""

HTTPS = 443
_NAT64 = IPv6Network("64:ff9b::/96")
"""RFC 6052: the last 32 bits are an IPv4 address."""
_UNFIT = tuple(map(IPv6Network, ("::/96", "64:ff9b:1::/48", "2001::/32", "fec0::/10", "100::/64")))
"""IPv4-compatible, local NAT64 (RFC 8215), Teredo, site-local and discard-only addresses."""
_ISATAP = (0x00005EFE, 0x02005EFE)
"""RFC 5214: bits 64 to 95 of an address whose last 32 bits are an IPv4 address."""
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)")
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*")


async def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a name, as the system resolves it."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return [str(place[0]) for *_, place in found]


def canonical(host: str) -> str:
    """Return a host as it is compared: lower case, ASCII, no final dot; an address in its one form, without brackets.

    Raises Unanswered for what is neither a name nor an address in its usual form: `0x7f.1` and `2130706433` are
    addresses to some programs and names to others.
    """
    if host.startswith("[") and host.endswith("]") and ":" in host:
        host = host[1:-1]
    if address := _address(host):
        return str(address)
    try:
        name = idna.encode(host, uts46=True).decode("ascii") if not host.isascii() else host
    except (idna.IDNAError, UnicodeError):
        raise Unanswered("host not allowed: it is no host's name") from None
    name = name.lower().removesuffix(".")
    if address := _address(name):
        return str(address)
    if len(name) > 253 or not _NAME.fullmatch(name) or _NUMBER.fullmatch(name.rpartition(".")[2]):
        raise Unanswered("host not allowed: it is no host's name")
    return name


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def unfit(text: str) -> str | None:
    """Return why nothing is sent to an address, or None. It must be one of the internet's, and so must one in it."""
    address = _address(text)
    if address is None:
        return "it is no address"
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return "it is a link-local address"
        inner = _inner(address)
        if inner is not None:
            return unfit(str(inner))
        if any(address in network for network in _UNFIT):
            return "it is no address of the internet"
    for what in ("unspecified", "loopback", "link_local", "multicast", "private", "reserved"):
        if getattr(address, f"is_{what}"):
            return f"it is a {what.replace('_', '-')} address"
    return None if address.is_global else "it is no address of the internet"


def _inner(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that packets to an IPv6 address end up at."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in _NAT64 or (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


class Hosts:
    """What the user allows: `named` are `HOST` or `HOST:PORT`; with `found`, hosts from scanned text too."""

    def __init__(self, named: Iterable[str], *, found: bool, lookup: Lookup = resolve) -> None:
        """Raises ValueError for a name that is none."""
        self._named = frozenset(map(split, named))
        self._found = found
        self._lookup = lookup
        self._addresses: dict[tuple[str, int], asyncio.Future[list[str]]] = {}
        self._admitted: set[tuple[str, int]] = set()
        self._checked: set[tuple[str, int]] = set()

    def admit(self, host: str, port: int, declared: Iterable[str]) -> None:
        """Allow to connect to a host that its rule declares or the user allows. Raises Unanswered for any other."""
        name = canonical(host)
        if self.is_named(name, port) or names_host(declared, name if port == HTTPS else f"{name}:{port}"):
            self._admitted.add((name, port))
        elif self._found:
            self._admitted.add((name, port))
            self._checked.add((name, port))
        else:
            raise Unanswered("host not allowed: it comes from scanned text; --verify-host HOST names it")

    def is_named(self, name: str, port: int) -> bool:
        """Has the user named this host, for this port or for all?"""
        return not self._named.isdisjoint({(name, port), (name, None)})

    def is_from_text(self, host: str, port: int) -> bool:
        """Does nothing but scanned text name this host?"""
        return (canonical(host), port) in self._checked

    def check_admitted(self, host: str, port: int) -> str:
        """Return the name of an admitted host. Raises Unanswered for any other."""
        name = canonical(host)
        if (name, port) not in self._admitted:
            raise Unanswered("host not allowed")
        return name

    async def addresses(self, host: str, port: int) -> list[Address]:
        """Return where to connect for an admitted host; the same addresses for a whole run.

        Raises Unanswered when it was not admitted, has no address, or one that nothing is sent to.
        """
        name = self.check_admitted(host, port)
        asked = self._addresses.get((name, port))
        if asked is None:
            asked = self._addresses[name, port] = asyncio.ensure_future(self._resolved(name, port))
            asked.add_done_callback(_looked_at)
        return [Address(ip, port, name) for ip in await asyncio.shield(asked)]

    async def _resolved(self, name: str, port: int) -> list[str]:
        try:
            found = [name] if _address(name) else list(dict.fromkeys(await self._lookup(name, port)))
        except (OSError, UnicodeError):
            found = []
        if not found:
            raise Unanswered("network: its host's name has no address")
        for ip in found if not self.is_named(name, port) else ():
            if not self.is_named(canonical(ip), port) and (why := unfit(ip)):
                raise Unanswered(f"host not allowed: {why}")
        return found


def _looked_at(done: asyncio.Future[list[str]]) -> None:
    """Take note of an error that nobody waits for any more, since all who did have run out of time."""
    if not done.cancelled():
        done.exception()


def split(text: str) -> tuple[str, int | None]:
    """Return the host and the port, None where there is none, that `HOST` or `HOST:PORT` says. Raises ValueError."""
    bare = _address(text.removeprefix("[").removesuffix("]"))
    try:
        parts = urlsplit(f"//[{bare}]" if isinstance(bare, IPv6Address) else f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.path or parts.query or parts.fragment or "@" in text or port == 0:
        raise ValueError(f"{text!r} is no host; write HOST or HOST:PORT")
    try:
        return canonical(host), port
    except Unanswered:
        raise ValueError(f"{text!r} is no host; write HOST or HOST:PORT") from None


def place_of(url: str) -> str:
    """Return `HOST:PORT` of an https URL."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{host}:{parts.port or HTTPS}"
