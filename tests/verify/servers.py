"""A real HTTPS server on loopback, with certificates of an authority of its own, that behaves as a test wants."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import trustme

DOMAIN = "verify.test"


@dataclass(frozen=True)
class Seen:
    """A request as the server saw it."""

    method: str
    target: str
    headers: Mapping[str, str]
    """By lower-case names."""
    body: bytes

    @property
    def host(self) -> str:
        """What its Host header says, without the port."""
        return self.headers["host"].partition(":")[0]


@dataclass(frozen=True)
class Reply:
    """What the server answers."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int = 0
    """So many bytes of the body are left out, and the connection ends."""


def of_json(status: int, value: Any, **headers: str) -> Reply:
    """Return an answer of JSON."""
    return Reply(status, json.dumps(value).encode(), {"content-type": "application/json", **headers})


PAGE = Reply(200, b"<!DOCTYPE html><title>Welcome</title>" + b"<p>hello" * 50, {"content-type": "text/html"})


class Reset(Exception):
    """Raised by a behaviour: the connection is torn down."""


Behaviour = Callable[[Seen], Awaitable[Reply] | Reply]


@cache
def authority() -> trustme.CA:
    """Return the certificate authority of this run."""
    return trustme.CA()


def trusting() -> ssl.SSLContext:
    """Return a client's context that trusts the authority, and nobody else."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority().configure_trust(context)
    return context


async def hang(_: Seen) -> Reply:
    """Answer never."""
    await asyncio.sleep(3600)
    return Reply()


def reset(_: Seen) -> Reply:
    """Tear the connection down."""
    raise Reset


async def ended_with_all(server: asyncio.Server) -> None:
    """End a server, and all else that runs in its loop."""
    server.close()
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
    await asyncio.sleep(0.01)  # connections that are cut in their handshake end with the loop's next turns


class Server:
    """The server: what it saw, and how it behaves. Runs in a thread of its own."""

    def __init__(self, behaviour: Behaviour, *names: str) -> None:
        self.behaviour = behaviour
        self.seen: list[Seen] = []
        self.connections = 0
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        names = names or (f"*.{DOMAIN}", DOMAIN, "localhost", "127.0.0.1")
        authority().issue_cert(*names).configure_cert(self._context)
        self._tasks: set[asyncio.Task[None]] = set()

    def url(self, name: str = "api") -> str:
        """Return the URL of a name in the server's domain."""
        return f"https://{name}.{DOMAIN}:{self.port}"

    async def _serve(self, started: threading.Event, ended: asyncio.Event) -> None:
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0, ssl=self._context, backlog=512)
        self.port = server.sockets[0].getsockname()[1]
        self._ended = ended
        started.set()
        await ended.wait()
        await ended_with_all(server)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while await self._exchange(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, asyncio.CancelledError, Reset):
            writer.transport.abort()
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip("\r\n").split("\r\n")
        method, target, _ = first.split(" ")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        seen = Seen(method, target, headers, await reader.readexactly(int(headers.get("content-length", "0"))))
        self.seen.append(seen)
        answer = self.behaviour(seen)
        reply = answer if isinstance(answer, Reply) else await answer
        size = {} if reply.status == 204 else {"content-length": str(len(reply.body))}
        fields = {**size, **reply.headers}
        written = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        body = b"" if method == "HEAD" or reply.status == 204 else reply.body[: len(reply.body) - reply.cut]
        writer.write(f"HTTP/1.1 {reply.status} X\r\n{written}\r\n".encode() + body)
        await writer.drain()
        return not reply.cut


@contextlib.contextmanager
def serving(behaviour: Behaviour, *names: str) -> Iterator[Server]:
    """Run a server while the context lasts."""
    server = Server(behaviour, *names)
    started = threading.Event()
    ended = asyncio.Event()
    thread = threading.Thread(target=lambda: server._loop.run_until_complete(server._serve(started, ended)))
    thread.start()
    assert started.wait(10)
    try:
        yield server
    finally:
        server._loop.call_soon_threadsafe(ended.set)
        thread.join(10)
        server._loop.close()
