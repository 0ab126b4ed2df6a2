"""Servers that do wrong, on loopback."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator

Behaviour = Callable[[socket.socket], None]


@contextlib.contextmanager
def listening(behaviour: Behaviour) -> Iterator[int]:
    """Run a server that treats each connection so, and yield its port."""
    server = socket.create_server(("127.0.0.1", 0))
    held: list[socket.socket] = []

    def treat(sock: socket.socket) -> None:
        with contextlib.suppress(OSError):
            behaviour(sock)
            sock.close()

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = server.accept()
                held.append(sock)
                threading.Thread(target=treat, args=(sock,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield server.getsockname()[1]
    finally:
        for sock in (server, *held):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()


def hang(sock: socket.socket) -> None:
    """Say nothing, ever."""
    while sock.recv(4096):
        pass


def reset(sock: socket.socket) -> None:
    """Tear the connection down."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def garbage(sock: socket.socket) -> None:
    """Say what no protocol knows."""
    sock.sendall(bytes(range(256)) * 8)
    hang(sock)


def zeros(sock: socket.socket) -> None:
    """Say nothing but zeros."""
    sock.sendall(bytes(4096))
    hang(sock)


def page(sock: socket.socket) -> None:
    """Answer as a web server does."""
    sock.recv(1)
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 20\r\n\r\n<title>Hello</title>")


def flood(sock: socket.socket) -> None:
    """Never stop."""
    while True:
        sock.sendall(b"S" * 65536)


def drip(sock: socket.socket) -> None:
    """Answer a byte now and then, so that no single wait is long."""
    stop = threading.Event()
    while not stop.wait(0.05):
        sock.sendall(b"2")


def begin(greeting: bytes) -> Behaviour:
    """Return a behaviour that greets, hears the client once, and ends."""

    def behave(sock: socket.socket) -> None:
        sock.sendall(greeting)
        sock.recv(4096)

    return behave


FAULTS: dict[str, Behaviour] = {
    "end": lambda sock: None,
    "hang": hang,
    "reset": reset,
    "garbage": garbage,
    "zeros": zeros,
    "page": page,
    "flood": flood,
    "drip": drip,
}
