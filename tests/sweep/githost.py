"""A host of git repositories on loopback: smart HTTP by git's own `http-backend`, and the ways in which hosts fail."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

PACK = "/git-upload-pack"


class Host(ThreadingHTTPServer):
    """Serves the bare repositories below a folder; `fails` and `password` may change while it runs."""

    daemon_threads = True

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root = root
        self.fails: dict[str, str] = {}
        """What happens to the requests for a repository, by its path: a status, `hang`, `gate`, `cut`, `moved:PATH`;
        with `once-` before it, the first time only, and with `pack-`, to the request for objects."""
        self.password: str | None = None
        """What every request must bring, by basic authentication."""
        self.asked: Counter[str] = Counter()
        """Requests by path and kind, as `acme/shop refs` and `acme/shop pack`."""
        self.told: list[str] = []
        """The passwords that were sent."""
        self.gate = threading.Event()
        """What `gate` waits for, and then answers."""
        self.ending = threading.Event()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Host

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path = urlsplit(self.path).path
        name = path.strip("/").removesuffix("/info/refs").removesuffix(PACK)
        # Version 2 of the protocol asks for the refs with a POST of its own; what asks for objects says so.
        body = self._body()
        packs = b"command=fetch" in body or (b"want " in body)
        self.server.asked[f"{name} {'pack' if packs else 'refs'}"] += 1
        if not self._is_allowed():
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self._end(b"who are you?\n")
            return
        failure = self.server.fails.get(name, "")
        if failure.startswith("once-"):
            if not failure.startswith("once-pack-") or packs:
                del self.server.fails[name]
            failure = failure.removeprefix("once-")
        if failure.startswith("pack-"):
            failure = failure.removeprefix("pack-") if packs else ""
        if failure == "gate":
            self.server.gate.wait(60)
            failure = ""
        if failure == "hang":
            self.server.ending.wait(60)
        elif failure.startswith("moved:"):
            self.send_response(301)
            moved = failure.removeprefix("moved:")
            where = moved if "://" in moved else f"{self.server.url}/{moved}"
            self.send_header("Location", self.path.replace(f"/{name}", where, 1))
            self._end(b"")
        elif failure.isdigit():
            self.send_response(int(failure))
            self._end(b"no\n")
        else:
            self._backend(path, body, cut=failure == "cut")

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            body = b"".join(parts)
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Content-Encoding") == "gzip":
            import gzip

            body = gzip.decompress(body)
        return body

    def _is_allowed(self) -> bool:
        if self.server.password is None:
            return True
        scheme, _, word = (self.headers.get("Authorization") or "").partition(" ")
        if scheme != "Basic":
            return False
        _, _, password = base64.b64decode(word).decode().partition(":")
        self.server.told.append(password)
        return password == self.server.password

    def _backend(self, path: str, body: bytes, *, cut: bool) -> None:
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
            "PATH_INFO": path,
            "QUERY_STRING": urlsplit(self.path).query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        done = subprocess.run(["git", "http-backend"], input=body, capture_output=True, env=environment)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        status = 200
        headers = []
        for line in head.decode().split("\r\n"):
            key, _, value = line.partition(": ")
            if key == "Status":
                status = int(value.split()[0])
            elif key:
                headers.append((key, value))
        self.send_response(status)
        for key, value in headers:
            self.send_header(key, value)
        if cut:
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2])
            self.close_connection = True
            return
        self._end(content)

    def _end(self, content: bytes) -> None:
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def hosting(root: Path) -> Iterator[Host]:
    """Serve the repositories below `root` while the context lasts."""
    host = Host(root)
    thread = threading.Thread(target=host.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        host.ending.set()
        host.shutdown()
        host.server_close()
        thread.join()
