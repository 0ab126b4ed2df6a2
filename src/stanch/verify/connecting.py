"""Connections to addresses that were checked, through a proxy where the environment names one."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
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


def trusting(ca_bundle: Path | None) -> ssl.SSLContext:
    """Return what certificates are checked with: the usual authorities and those of a file. Raises UsageError."""
    tls = httpx.create_ssl_context()
    if ca_bundle is not None:
        try:
            tls.load_verify_locations(ca_bundle)
        except (OSError, ssl.SSLError) as error:
            raise UsageError(f"--ca-bundle {ca_bundle}: holds no certificates that can be read") from error
    return tls


class Stream(httpcore.AsyncNetworkStream):
    """A connection, for httpcore, which has one of its own: that takes twice the time to do what asyncio does."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def connected(cls, host: str, port: int, timeout: float | None) -> Stream:
        """Return a connection to an address. Raises httpcore's errors."""
        with _named(httpcore.ConnectError, httpcore.ConnectTimeout):
            async with asyncio.timeout(timeout):
                return cls(*await asyncio.open_connection(host, port))

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what has come, of at most so many bytes; nothing at the end."""
        with _named(httpcore.ReadError, httpcore.ReadTimeout):
            async with asyncio.timeout(timeout):
                return await self._reader.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of it."""
        if not buffer:
            return
        with _named(httpcore.WriteError, httpcore.WriteTimeout):
            async with asyncio.timeout(timeout):
                self._writer.write(buffer)
                await self._writer.drain()

    async def aclose(self) -> None:
        """End the connection, without waiting for the other side's word on that."""
        self._writer.transport.abort()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        """Go on with TLS. Raises httpcore's errors."""
        try:
            with _named(httpcore.ConnectError, httpcore.ConnectTimeout):
                async with asyncio.timeout(timeout):
                    await self._writer.start_tls(ssl_context, server_hostname=server_hostname)
        except BaseException:
            await self.aclose()
            raise
        return self

    def get_extra_info(self, info: str) -> Any:
        """Return what httpcore asks: the TLS object; and whether there is something to read, which means an end."""
        if info == "ssl_object":
            return self._writer.get_extra_info("ssl_object")
        if info == "is_readable":
            return self._reader.at_eof() or self._writer.is_closing()
        return None


@contextmanager
def _named(error: type[Exception], late: type[Exception]) -> Iterator[None]:
    """Raise what asyncio raises as httpcore's errors."""
    try:
        yield
    except TimeoutError as raised:
        raise late from raised
    except (OSError, EOFError) as raised:  # ssl.SSLError is an OSError
        raise error from raised


class Backend(httpcore.AsyncNetworkBackend):
    """Opens connections for httpcore; only to what `hosts` has admitted, at the address that it has checked."""

    def __init__(self, hosts: Hosts, proxied: Proxy | None, tls: ssl.SSLContext) -> None:
        self._hosts, self._proxy, self._tls = hosts, proxied, tls

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
                return await Stream.connected(address.ip, port, timeout)
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
        stream: httpcore.AsyncNetworkStream = await Stream.connected(proxied.host, proxied.port, timeout)
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
        await asyncio.sleep(seconds)


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
