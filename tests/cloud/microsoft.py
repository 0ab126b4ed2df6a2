"""A small Azure Resource Manager on loopback, over TLS, with function apps, and their deployment sites."""

from __future__ import annotations

import json
import re
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import trustme
from azure.core.credentials import AccessToken

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
PAGE = 2


class Credential:
    """Gives a token for anything."""

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        """Return one that says what it is for."""
        return AccessToken(f"token for {scopes[0]}", int(time.time()) + 3600)


@dataclass
class App:
    """A function app; a slot has a name `app/slot`."""

    name: str
    settings: dict[str, str] = field(default_factory=dict)
    strings: dict[str, str] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    """Statuses of references to Key Vault, by setting."""
    package: bytes | None = None
    kind: str = "functionapp,linux"
    group: str = "shop"
    flex: bool = False
    identity: dict[str, Any] | None = None
    reference_identity: str | None = None
    """The identity that follows references, where it is not the app's own."""
    kinds: dict[str, str] = field(default_factory=dict)
    """Types of connection strings; SQLAzure, where there is none."""


@dataclass
class Microsoft:
    """What is there."""

    place: str = ""
    """`localhost:PORT`."""
    apps: list[App] = field(default_factory=list)
    statuses: dict[str, list[int]] = field(default_factory=dict)
    """By a part of the path: what is answered to the next requests instead; the last one for good."""
    asked: list[str] = field(default_factory=list)
    tokens: list[tuple[str, str]] = field(default_factory=list)
    """The path of each request, and what its Authorization says."""
    blobs: dict[str, bytes] = field(default_factory=dict)
    meanwhile: Callable[[str, str], None] | None = None
    """Is called with method and path before a request is answered."""

    @property
    def url(self) -> str:
        """The endpoint."""
        return f"https://{self.place}"

    def answer(self, method: str, path: str, body: bytes = b"") -> tuple[int, Any]:
        """Return status and body."""
        if self.meanwhile:
            self.meanwhile(method, path)
        for part, statuses in self.statuses.items():
            if part in path and (status := statuses.pop(0) if len(statuses) > 1 else statuses[0]) != 200:
                return status, {"error": {"code": "Refused", "message": "s3cret"}}
        bare, _, query = path.partition("?")
        if bare in self.blobs:
            return 200, self.blobs[bare]
        if found := re.fullmatch(r"/kudu/(.+)/api/zip/site/wwwroot/", bare):
            package = self._app(found[1]).package
            return (200, package) if package is not None else (404, {})
        prefix = rf"/subscriptions/{SUBSCRIPTION}(?:/resourceGroups/(?P<group>[^/]+))?/providers/Microsoft.Web/sites"
        found = re.fullmatch(
            prefix + r"(?:/(?P<app>[^/]+))?(?:/slots(?:/(?P<slot>[^/]+))?)?(?P<rest>/config/.*)?", bare
        )
        if not found:
            return 404, {}
        if "/slots" in bare and not found["slot"]:
            slots = [app for app in self.apps if app.name.startswith(f"{found['app']}/")]
            return 200, {"value": [self._site(app) for app in slots]}
        if not found["app"]:
            sites = [app for app in self.apps if "/" not in app.name and found["group"] in (None, app.group)]
            return 200, self._page(path, sites, int((re.search(r"skip=(\d+)", query) or ["", "0"])[1]))
        app = self._app("/".join(filter(None, (found["app"], found["slot"]))))
        if not found["rest"]:
            return 200, self._site(app)
        return self._put(app, found["rest"], body) if method == "PUT" else self._config(app, method, found["rest"])

    def _put(self, app: App, rest: str, body: bytes) -> tuple[int, Any]:
        """Replace all settings, as Azure does."""
        sent = json.loads(body)["properties"]
        if rest == "/config/appsettings":
            app.settings = sent
        elif rest == "/config/connectionstrings":
            app.strings = {name: pair["value"] for name, pair in sent.items()}
            app.kinds = {name: pair["type"] for name, pair in sent.items()}
        else:
            return 404, {}
        return 200, {"properties": sent}

    def _config(self, app: App, method: str, rest: str) -> tuple[int, Any]:
        answers: dict[tuple[str, str], dict[str, Any]] = {
            ("POST", "/config/appsettings/list"): {"properties": app.settings},
            ("POST", "/config/connectionstrings/list"): {
                "properties": {
                    name: {"value": value, "type": app.kinds.get(name, "SQLAzure")}
                    for name, value in app.strings.items()
                }
            },
            ("GET", "/config/configreferences/connectionstrings"): {
                "value": [
                    {"name": n, "properties": {"status": app.references.get(n, "SecretNotFound")}} for n in app.strings
                ]
            },
            ("GET", "/config/configreferences/appsettings"): {
                "value": [{"name": n, "properties": {"status": status}} for n, status in app.references.items()]
            },
        }
        found = answers.get((method, rest))
        return (200, found) if found is not None else (404, {})

    def _app(self, name: str) -> App:
        return next(app for app in self.apps if app.name == name)

    def _page(self, path: str, apps: list[App], first: int) -> dict[str, Any]:
        page: dict[str, Any] = {"value": [self._site(app) for app in apps[first : first + PAGE]]}
        if first + PAGE < len(apps):
            page["nextLink"] = f"{self.url}{path.partition('?')[0]}?api-version=2024-11-01&skip={first + PAGE}"
        return page

    def _site(self, app: App) -> dict[str, Any]:
        where = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{app.group}/providers/Microsoft.Web/sites"
        hosts = [{"name": f"{self.place}/kudu/{app.name}", "hostType": "Repository", "sslState": "Disabled"}]
        properties: dict[str, Any] = {"hostNameSslStates": hosts if app.package is not None else []}
        properties["keyVaultReferenceIdentity"] = app.reference_identity
        if app.flex:
            properties["functionAppConfig"] = {"deployment": {}}
        return {
            "id": f"{where}/{app.name.replace('/', '/slots/')}", "name": app.name, "kind": app.kind,
            "location": "north", "type": "Microsoft.Web/sites", "properties": properties, "identity": app.identity,
        }  # fmt: skip


@contextmanager
def microsoft(folder: Path) -> Iterator[tuple[Microsoft, Path]]:
    """Run it; give the file of the authority that its certificate is from."""
    running = Microsoft()
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)

    class Handler(BaseHTTPRequestHandler):
        """Answers."""

        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """Answer."""
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            running.asked.append(f"{self.command} {self.path}")
            running.tokens.append((self.path, self.headers.get("Authorization", "")))
            status, said = running.answer(self.command, self.path, sent)
            body = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/zip" if isinstance(said, bytes) else "application/json")
            self.send_header("Content-Length", str(len(body)))
            if status == 429:
                self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_PUT = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("localhost", 0), Handler)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    running.place = f"localhost:{server.server_port}"
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield running, folder / "ca.pem"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
