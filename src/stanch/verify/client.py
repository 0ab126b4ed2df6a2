"""The network as checks see it: bounded, patient, logged, and only to the hosts that may be asked."""

from __future__ import annotations

import asyncio
import json
import math
import os
import random
import ssl
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from pathlib import Path

import httpcore
import httpx

from stanch import __version__
from stanch.errors import UsageError
from stanch.verify.answers import Answer
from stanch.verify.asked import Address, Request, Unanswered
from stanch.verify.connecting import Proxy, Transport
from stanch.verify.hosts import HTTPS, Hosts

LARGEST = 256 << 10
"""Bytes of a body. A longer one is no answer."""
GIVEN_UP = 24
"""After so many requests in a row without an answer that says anything, a host is not asked any more."""
DRY = "dry run"
"""Why there is no answer where requests are only shown."""
RETRIED = 2
"""How often a request is sent again after a rate limit or a server's error."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much, and how long. Times are in seconds."""

    timeout: float = 10.0
    """For one request, from the resolution of its host's name to the end of the answer."""
    per_host: int = 8
    overall: int = 32
    pause: float = 0.5
    """Before a request is sent again, where the answer does not say when; the next time twice as long."""
    patience: float = 30.0
    """The longest wait that a server may ask for; one that asks for more is not asked again."""
    budget: int | None = None
    """Requests in all."""


class Log:
    """The audit log: a line of JSON for each request, without secrets."""

    def __init__(self, path: Path | None) -> None:
        """Raises UsageError when the file cannot be opened."""
        self._file = None
        try:
            if path is not None:
                flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
                self._file = open(os.open(path, flags, 0o600), "w", encoding="utf-8", buffering=1)  # noqa: SIM115
        except OSError as error:
            raise UsageError(f"--verify-log {path}: cannot be written: {error.strerror}") from error

    def write(self, rule: str, method: str, url: str, status: int | None, seconds: float, why: str | None) -> None:
        """Add a line."""
        if self._file is None:
            return
        said = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"), "rule": rule, "method": method, "url": url,
            "status": status, "ms": round(seconds * 1000), "why": why,
        }  # fmt: skip
        self._file.write(json.dumps({key: value for key, value in said.items() if value is not None}) + "\n")

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()


@dataclass
class _Server:
    """What is known of a host: how many ask it at once, and before when it is not to be asked."""

    turns: asyncio.Semaphore
    rest: float = 0.0
    failed: int = 0
    """How many requests in a row it has not answered, or not in time."""


@dataclass
class Network:
    """What all checks of a run share."""

    hosts: Hosts
    trusted: Callable[[], ssl.SSLContext]
    """Makes what certificates are checked with."""
    limits: Limits = field(default_factory=Limits)
    log: Log = field(default_factory=lambda: Log(None))
    proxy: Proxy | None = None
    rehearsed: Callable[[str, Request | Address], None] | None = None
    """Of a dry run: is told of each rule's request, and nothing is sent."""
    sent: int = 0
    """Requests so far, and connections of checks in code."""

    def __post_init__(self) -> None:
        self._turns = asyncio.Semaphore(self.limits.overall)
        self._servers: defaultdict[tuple[str, int], _Server] = defaultdict(
            lambda: _Server(asyncio.Semaphore(self.limits.per_host))
        )
        self._http = httpx.AsyncClient(
            transport=Transport(self.hosts, self.proxy, self.trusted()),
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(self.limits.timeout, connect=self.limits.timeout / 2, pool=None),
            headers={"User-Agent": f"stanch/{__version__}", "Accept-Encoding": "identity"},
        )

    @cached_property
    def tls(self) -> ssl.SSLContext:
        """What certificates are checked with where no HTTP is spoken.

        It is not shared with httpcore, which makes its own offer HTTP: PostgreSQL 17 and some FTP servers refuse that.
        """
        return self.trusted()

    async def close(self) -> None:
        """Close all connections, and the log."""
        await self._http.aclose()
        self.log.close()

    def spend(self) -> None:
        """Count one request. Raises Unanswered when the budget is spent."""
        if self.limits.budget is not None and self.sent >= self.limits.budget:
            raise Unanswered("budget: --verify-budget is spent")
        self.sent += 1

    @asynccontextmanager
    async def turn(self, place: tuple[str, int]) -> AsyncIterator[None]:
        """Wait for a turn with a host; a host's first, so that one which is slow keeps no turns from the others."""
        server = self._servers[place]
        async with server.turns:
            while (left := server.rest - time.monotonic()) > 0:
                await asyncio.sleep(left)
            async with self._turns:
                yield

    async def send(self, rule: str, request: Request, url: httpx.URL, place: tuple[str, int]) -> Answer:
        """Return the answer to a request, sent again while its server is too busy or in trouble.

        A server that has answered none of the last requests is not asked again in this run.
        """
        server = self._servers[place]
        for attempt in range(RETRIED + 1):
            async with self.turn(place):
                if server.failed >= GIVEN_UP:
                    raise Unanswered(f"network: given up on this host after {GIVEN_UP} requests without an answer")
                answer = await self._logged(rule, request, url, place)
            if answer.status != 429 and answer.status < 500:
                server.failed = 0
                return answer
            why = "rate limit" if answer.status == 429 else "server error"
            wait = asked_to_wait(answer.headers.get("retry-after"))
            if wait is None:
                wait = self.limits.pause * 2**attempt * random.uniform(0.5, 1)  # noqa: S311  # no secret
            if attempt == RETRIED or wait > self.limits.patience:
                break
            if answer.status in (429, 503):
                server.rest = max(server.rest, time.monotonic() + wait)
            await asyncio.sleep(wait)
        raise Unanswered(f"{why}: status {answer.status}")

    async def _logged(self, rule: str, request: Request, url: httpx.URL, place: tuple[str, int]) -> Answer:
        self.spend()
        self._servers[place].failed += 1  # until it answers
        began, status, why = time.monotonic(), None, None
        try:
            answer = await self._once(request, url)
            status = answer.status
        except Unanswered as error:
            why = str(error)
            raise
        finally:
            shown = request.shown or f"https://{_place(place)}/…"
            self.log.write(rule, request.method, shown, status, time.monotonic() - began, why)
        return answer

    async def _once(self, request: Request, url: httpx.URL) -> Answer:
        """Send a request once. Raises Unanswered, whose text never holds what a library says: that may be a URL."""
        try:
            async with (
                asyncio.timeout(self.limits.timeout),
                self._http.stream(
                    request.method, url, headers=dict(request.headers), content=request.body or None
                ) as answer,
            ):
                if answer.headers.get("content-encoding", "identity") != "identity":
                    raise Unanswered("unexpected answer: it is compressed, which was not asked for")
                body = bytearray()
                async for part in answer.aiter_raw():
                    body += part
                    if len(body) > LARGEST:
                        raise Unanswered(f"unexpected answer: more than {LARGEST >> 10} KB")
                return Answer(answer.status_code, dict(answer.headers), bytes(body))
        except TimeoutError:
            raise Unanswered(f"network: no answer in {self.limits.timeout:g} seconds") from None
        except (httpcore.TimeoutException, httpx.TimeoutException):
            raise Unanswered("network: no answer in time") from None
        except (httpcore.ConnectError, httpx.ConnectError) as error:
            raise Unanswered(f"network: {refused(error)}") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpx.HTTPError, httpx.StreamError, OSError):
            raise Unanswered("network: the connection broke, or what came was no HTTP") from None
        except (httpx.InvalidURL, ValueError, TypeError):
            raise Unanswered("unsupported: no request can be made of it") from None


def refused(error: BaseException) -> str:
    """Say why there is no connection: a certificate that is not trusted is worth telling apart."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return "the server's certificate is not trusted"
        if isinstance(cause, ssl.SSLError):
            return "no TLS with the server"
        cause = cause.__cause__ or cause.__context__
    return "no connection"


def asked_to_wait(value: str | None) -> float | None:
    """Return the seconds of a `Retry-After` (RFC 9110, section 10.2.3): a number or a date; None for neither."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            at = parsedate_to_datetime(value)
        except ValueError:
            return None
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
        seconds = (at - datetime.now(UTC)).total_seconds()
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _place(place: tuple[str, int]) -> str:
    host = f"[{place[0]}]" if ":" in place[0] else place[0]
    return host if place[1] == HTTPS else f"{host}:{place[1]}"


class Client:
    """The network as the check of one rule sees it: with the hosts that the rule names."""

    def __init__(self, network: Network, rule: str, hosts: Iterable[str]) -> None:
        self._network, self._rule, self._declared = network, rule, tuple(hosts)
        self.asked: set[tuple[str, int]] = set()
        """The hosts and ports that were asked."""

    async def send(self, request: Request) -> Answer:
        """Return the answer to a request. Raises Unanswered when there is none that says anything."""
        try:
            url = httpx.URL(request.url)
        except (httpx.InvalidURL, ValueError, TypeError):
            raise Unanswered("unsupported: no URL can be made of it") from None
        if url.scheme != "https" or url.userinfo or not url.raw_host or url.fragment:
            raise Unanswered("host not allowed: a request needs https:// and a host, and no user")
        host, port = url.raw_host.decode("ascii"), url.port or HTTPS
        place = self._admit(host, port)
        if self._network.rehearsed is not None:
            shown = request.shown or f"https://{_place(place)}/…"
            self._network.rehearsed(self._rule, replace(request, shown=shown))
            raise Unanswered(DRY)
        return await self._network.send(self._rule, request, url, place)

    async def address(self, host: str, port: int) -> Address:
        """Return where to connect for a host; a check in code that speaks no HTTP does. Raises Unanswered.

        It counts as a request, and is logged as one.
        """
        place = self.admit(host, port)
        self._network.spend()
        began, why = time.monotonic(), None
        try:
            async with asyncio.timeout(self._network.limits.timeout):
                return (await self._network.hosts.addresses(host, port))[0]
        except TimeoutError:
            why = "network: its host's name is not resolved in time"
            raise Unanswered(why) from None
        except Unanswered as error:
            why = str(error)
            raise
        finally:
            self._network.log.write(self._rule, "CONNECT", _place(place), None, time.monotonic() - began, why)

    def admit(self, host: str, port: int) -> tuple[str, int]:
        """Return the host, as it is compared, and the port. Raises Unanswered for one that may not be asked.

        A check in code whose host's name leads to others calls this before it looks them up.
        """
        place = self._admit(host, port)
        if self._network.rehearsed is not None:
            self._network.rehearsed(self._rule, Address("", port, place[0]))
            raise Unanswered(DRY)
        return place

    def turn(self, address: Address) -> AbstractAsyncContextManager[None]:
        """Return what waits for a turn with an address: so many ask one host at once, and so many all hosts."""
        return self._network.turn((address.host, address.port))

    @property
    def timeout(self) -> float:
        """Seconds that a check in code may take for one exchange."""
        return self._network.limits.timeout

    @property
    def tls(self) -> ssl.SSLContext:
        """What certificates are checked with where no HTTP is spoken."""
        return self._network.tls

    def _admit(self, host: str, port: int) -> tuple[str, int]:
        self._network.hosts.admit(host, port, self._declared)
        place = self._network.hosts.check_admitted(host, port), port
        self.asked.add(place)
        return place
