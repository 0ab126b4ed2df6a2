"""Talking to a server that speaks no HTTP: over a socket to the pinned address, in its own thread, within a time limit.

Drivers are synchronous and may wait for ever, or fail with texts that hold the password. So each talk has a thread that
nobody waits for longer than the limit, a socket that is shut then, and a bound on what is read; and of what it raises
only the kind goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from stanch.verify.asked import Address, Unanswered
from stanch.verify.client import Client

MOST = 1 << 20
"""How many bytes a server may answer in one talk: a login has some hundreds."""

_Said = TypeVar("_Said")


class Line:
    """A connection as drivers take it: a socket, plain or with TLS, of which a bounded number of bytes can be read."""

    def __init__(self, sock: socket.socket, context: ssl.SSLContext, name: str) -> None:
        self.sock = sock
        self.encrypted = False
        self._context, self._name = context, name
        self._left = MOST

    def encrypt(self) -> None:
        """Go on with TLS, checked against the server's name. Raises ssl.SSLError when that fails."""
        self.sock = self._context.wrap_socket(self.sock, server_hostname=self._name)
        self.encrypted = True

    def wrap_socket(self, _: Any, server_hostname: str) -> Line:
        """Go on with TLS, as a driver asks a context to. The name is the one that was connected to."""
        self.encrypt()
        return self

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Return up to `size` bytes, none at the end. Raises OSError once there were too many."""
        found = self.sock.recv(min(size, self._left) or 1, flags)
        if len(found) > self._left:
            raise OSError("the answer is too long")
        self._left -= len(found)
        return found

    def recv_into(self, buffer: Any) -> int:
        """Read into a buffer, as buffered readers do."""
        found = self.recv(len(memoryview(buffer)))
        memoryview(buffer)[: len(found)] = found
        return len(found)

    def exactly(self, size: int) -> bytes:
        """Return that many bytes. Raises EOFError when the server ends before."""
        found = b""
        while len(found) < size:
            found += self.recv(size - len(found)) or _end()
        return found

    def until(self, end: bytes, most: int = 4096) -> bytes:
        """Return what comes until `end`, with it. Raises EOFError when the server ends before, OSError at `most`."""
        found = b""
        while not found.endswith(end):
            found += self.exactly(1)
            if len(found) > most:
                raise OSError("the answer is too long")
        return found

    def sendall(self, data: bytes) -> None:
        """Send all of it."""
        self.sock.sendall(data)

    def makefile(self, mode: str = "rb", buffering: int = -1) -> Any:
        """Return a file that reads, and one that reads and writes for `rwb`."""
        reader = io.BufferedReader(_Reading(self))
        return io.BufferedRWPair(_Reading(self), _Writing(self)) if "w" in mode else reader

    def settimeout(self, _: float | None) -> None:
        """Nothing: the whole talk has its limit."""

    def shutdown(self, how: int) -> None:
        """End it, so that whoever waits for it wakes up."""
        with contextlib.suppress(OSError):  # it has ended
            self.sock.shutdown(how)

    def close(self) -> None:
        """End it."""
        with contextlib.suppress(OSError):  # it has ended
            self.sock.close()


class _Reading(io.RawIOBase):
    def __init__(self, line: Line) -> None:
        self._line = line

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._line.recv_into(buffer)


class _Writing(io.RawIOBase):
    def __init__(self, line: Line) -> None:
        self._line = line

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._line.sendall(bytes(data))
        return len(data)


def _end() -> bytes:
    raise EOFError


async def talk(client: Client, address: Address, said: Callable[[Line], _Said], *, what: str) -> _Said:
    """Return what `said` makes of a fresh connection to the address; `what` it is, for errors.

    Raises Unanswered, without any text of the server's or the driver's, when there is no connection, no answer in
    time, or none that such a server gives.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[_Said] = loop.create_future()
    line: list[Line] = []

    def settle(set: Callable[[Any], None], value: Any) -> None:
        if not future.done():
            set(value)

    def run() -> None:
        try:
            with socket.create_connection((address.ip, address.port), timeout=client.timeout) as sock:
                line.append(Line(sock, client.tls, address.host))
                result = said(line[0])
        except Unanswered as error:
            outcome: tuple[Any, Any] = (future.set_exception, error)
        except Exception as error:  # whatever a driver makes of an answer that is none
            outcome = (future.set_exception, Unanswered(trouble(error, what)))
        else:
            outcome = (future.set_result, result)
        finally:
            for each in line:
                each.close()
        with contextlib.suppress(RuntimeError):  # nobody waits any more: the loop is closed
            loop.call_soon_threadsafe(settle, *outcome)

    async with client.turn(address):
        threading.Thread(target=run, daemon=True, name=f"stanch {what}").start()
        try:
            return await asyncio.wait_for(future, client.timeout)
        except TimeoutError:
            raise Unanswered(f"network: no answer in {client.timeout:g} seconds") from None
        finally:
            for each in line:
                each.shutdown(socket.SHUT_RDWR)


def trouble(error: BaseException, what: str) -> str:
    """Return in words why there was no answer, by the error's kind alone."""
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in causes:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__
    for kind, words in _TROUBLES:
        if any(isinstance(one, kind) for one in causes):
            return words
    return f"unexpected answer: not that of {what}"


_TROUBLES: tuple[tuple[type[BaseException], str], ...] = (
    (ssl.SSLCertVerificationError, "network: the server's certificate is not trusted for its name"),
    (ssl.SSLError, "network: no TLS with the server"),
    (ConnectionRefusedError, "network: connection refused"),
    (TimeoutError, "network: no answer in time"),
    (ConnectionError, "network: connection lost"),
    (EOFError, "network: connection ended early"),
    (OSError, "network: no connection"),
)
