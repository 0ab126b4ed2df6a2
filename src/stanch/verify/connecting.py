"""Connections to addresses that were checked, through a proxy where the environment names one."""

from __future__ import annotations

import base64
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]

import httpcore
import httpx

from stanch.errors import UsageError
from stanch.verify.asked import Unanswered
from stanch.verify.hosts import Hosts

_LONGEST = 16 << 10
"""Bytes of a proxy's answer."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy for HTTPS."""

    host: str
    port: int
    tls: bool
    credentials: str = field(default="", repr=False)
    """What its `Proxy-Authorization` says; empty without."""
    bypassed: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What `NO_PROXY` says, as `urllib.request` keeps it."""

    def serves(self, host: str) -> bool:
        """Is it asked for this host?"""
        return not proxy_bypass_environment(host, dict(self.bypassed))


def proxy() -> Proxy | None:
    """Return what HTTPS_PROXY, or else ALL_PROXY, names. Raises UsageError for what is no proxy's URL."""
    named = getproxies_environment()
    url = named.get("https") or named.get("all")
    if not url:
        return None
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    if not host or parts.scheme not in ("http", "https"):
        raise UsageError("HTTPS_PROXY: must be http://HOST:PORT or https://HOST:PORT")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    credentials = base64.b64encode(f"{user}:{password}".encode()).decode() if user else ""
    tls = parts.scheme == "https"
    return Proxy(host, port or (443 if tls else 80), tls, credentials, {"no": named.get("no", "")})


class Backend(httpcore.AsyncNetworkBackend):
    """Opens connections for httpcore; only to what `hosts` has admitted, at the address that it has checked."""

    def __init__(self, hosts: Hosts, proxied: Proxy | None, tls: ssl.SSLContext) -> None:
        self._hosts, self._proxy, self._tls = hosts, proxied, tls
        self._tcp = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Return a connection to a host. Raises Unanswered, and httpcore's errors."""
        if self._proxy is not None and self._proxy.serves(host):
            return await self._tunnel(self._proxy, host, port, timeout)
        error: Exception = Unanswered("network: no connection")
        for address in (await self._hosts.addresses(host, port))[:4]:
            try:
                return await self._tcp.connect_tcp(address.ip, port, timeout, socket_options=socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                error = failed
        raise error

    async def _tunnel(self, proxied: Proxy, host: str, port: int, timeout: float | None) -> httpcore.AsyncNetworkStream:
        """Return a connection through a proxy (RFC 9110, section 9.3.6).

        The proxy resolves the names of providers. A host that scanned text names is resolved and checked here, and
        the proxy is given the address.
        """
        self._hosts.check_admitted(host, port)
        if self._hosts.is_from_text(host, port):
            host = (await self._hosts.addresses(host, port))[0].ip
        stream = await self._tcp.connect_tcp(proxied.host, proxied.port, timeout)
        try:
            if proxied.tls:
                stream = await stream.start_tls(self._tls, proxied.host, timeout)
            place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
            lines += [f"Proxy-Authorization: Basic {proxied.credentials}"] if proxied.credentials else []
            await stream.write("\r\n".join([*lines, "", ""]).encode("ascii"), timeout)
            await _opened(stream, timeout)
        except BaseException:
            await stream.aclose()
            raise
        return stream

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        """Raise Unanswered: nothing is asked through one."""
        raise Unanswered("host not allowed")

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._tcp.sleep(seconds)


async def _opened(stream: httpcore.AsyncNetworkStream, timeout: float | None) -> None:
    """Read a proxy's answer to CONNECT. Raises Unanswered when that is no tunnel."""
    said = b""
    while b"\r\n\r\n" not in said:
        part = await stream.read(4096, timeout)
        said += part
        if not part or len(said) > _LONGEST:
            raise Unanswered("network: the proxy gave no answer")
    words = said.split(b"\r\n", 1)[0].split(b" ", 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or words[1] != b"200" or not said.endswith(b"\r\n\r\n"):
        raise Unanswered("network: the proxy opened no connection")


class Transport(httpx.AsyncBaseTransport):
    """Sends httpx's requests over connections of `Backend`. Cookies that a server sets are not passed on.

    Each host has a pool of its own: one of httpcore's looks through all its connections again and again.
    """

    def __init__(self, hosts: Hosts, proxied: Proxy | None, tls: ssl.SSLContext) -> None:
        self._tls, self._backend = tls, Backend(hosts, proxied, tls)
        self._pools: dict[tuple[bytes, int | None], httpcore.AsyncConnectionPool] = {}

    def _pool(self, host: bytes, port: int | None) -> httpcore.AsyncConnectionPool:
        if (host, port) not in self._pools:
            self._pools[host, port] = httpcore.AsyncConnectionPool(
                ssl_context=self._tls, max_connections=None, keepalive_expiry=5, network_backend=self._backend
            )
        return self._pools[host, port]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and return the answer, its body yet to be read. Raises httpcore's errors, and Unanswered."""
        url = request.url
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        sent = httpcore.Request(
            request.method, target, headers=request.headers.raw, content=request.stream, extensions=request.extensions
        )
        answer = await self._pool(url.raw_host, url.port).handle_async_request(sent)
        kept = [(name, value) for name, value in answer.headers if name.lower() != b"set-cookie"]
        return httpx.Response(answer.status, headers=kept, stream=_Body(answer.stream))

    async def aclose(self) -> None:
        """Close all connections."""
        for pool in self._pools.values():
            await pool.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        parts: AsyncIterable[bytes] = self._stream
        async for part in parts:
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()
