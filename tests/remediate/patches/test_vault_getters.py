"""Getters of Key Vault in JavaScript and Python, with the real Azure SDK, against a vault on loopback.

The vault is called as Azure's are, which the SDKs insist on; only where that name leads is bent, in front of the
program. Who runs it is shown by a managed identity of App Service, whose endpoint is on loopback too:
https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from remediate.vaults import Fake, vault
from scans import token
from stanch.remediate.patches import patch

from .projects import apply, place, reference

HOST = "shop.vault.azure.net"
HEADER = "shown to the endpoint"
SECRET = token(7)
PACKAGES = ("@azure/keyvault-secrets@4", "@azure/identity@4")
NODE, NPM = shutil.which("node"), shutil.which("npm")

_JAVASCRIPT = (
    "const githubCred = 'Basic ' + 'user:{}';\nconst get = async () => githubCred;\nmodule.exports = { get };\n"
)
_CALL = """\
const dns = require('dns');
const lookup = dns.lookup;
dns.lookup = (name, ...more) => lookup(name === 'HOST' ? '127.0.0.1' : name, ...more);
const { get } = require('./index.js');
get().then(get).then((auth) => console.log(JSON.stringify(auth)));
""".replace("HOST", HOST)
_PYTHON = "AUTH = 'Basic ' + 'user:{}'\n"
_IMPORT = """\
import json, os, socket
lookup = socket.getaddrinfo
def bent(host, port, *more):
    return lookup("127.0.0.1", os.environ["PORT"], *more) if host == "HOST" else lookup(host, port, *more)
socket.getaddrinfo = bent
import app
print(json.dumps([app.AUTH, app.fetch_vault_secret("github-cred")]))
""".replace("HOST", HOST)


class Identity(BaseHTTPRequestHandler):
    """The endpoint of a managed identity."""

    def do_GET(self) -> None:
        """Give a token for the vault to who shows the header."""
        allowed = self.headers.get("X-IDENTITY-HEADER") == HEADER and "vault.azure.net" in self.path
        body = {"access_token": "a token", "expires_on": str(int(time.time()) + 3600), "token_type": "Bearer"}
        content = json.dumps({**body, "resource": "https://vault.azure.net"} if allowed else {}).encode()
        self.send_response(200 if allowed else 401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def identity() -> Iterator[str]:
    """Run the endpoint; yield its URL."""
    with HTTPServer(("127.0.0.1", 0), Identity) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/msi/token"
        server.shutdown()
        thread.join()


@pytest.fixture
def function(tmp_path: Path) -> Iterator[tuple[Fake, dict[str, str]]]:
    """Run a vault that holds the secret, and an identity; give it, and the environment of a program that uses them."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AZURE_", "MSI_", "IDENTITY_"))}
    with vault(tmp_path, HOST) as (fake, certificate), identity() as endpoint:
        fake.held["github-cred"] = [SECRET.decode()]
        trusted = dict.fromkeys(("NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"), str(certificate))
        shown = {"IDENTITY_ENDPOINT": endpoint, "IDENTITY_HEADER": HEADER, "NO_PROXY": f"127.0.0.1,{HOST}"}
        yield fake, {**kept, **trusted, **shown, "no_proxy": shown["NO_PROXY"], "KEY_VAULT_URL": fake.url}


def _made(path: str, text: str, folder: Path) -> None:
    """Write a program whose secret is moved to the vault."""
    data = text.replace("{}", SECRET.decode()).encode()
    start = data.index(SECRET)
    files = {path: data}
    made = patch(
        place(path, data, start, start + len(SECRET)), reference("GITHUB_CRED", "keyvault"), root_files=files.get
    )
    apply(files, made.edits)
    assert SECRET not in files[path]
    (folder / path).write_bytes(files[path])


def _run(command: list[str], environment: dict[str, str], folder: Path) -> object:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


@pytest.mark.slow
def test_python(function: tuple[Fake, dict[str, str]], tmp_path: Path) -> None:
    """A module of Python has its secret, and has asked for it once, though it is called for twice."""
    fake, environment = function
    _made("app.py", _PYTHON, tmp_path)
    more = {"PYTHONPATH": "", "KEY_VAULT_URL": f"https://{HOST}", "PORT": fake.url.rpartition(":")[2]}
    answer = _run([sys.executable, "-W", "ignore", "-c", _IMPORT], environment | more, tmp_path)
    assert answer == [f"Basic user:{SECRET.decode()}", SECRET.decode()]
    assert fake.asked == ["github-cred"]


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install Azure's SDK for JavaScript, which takes ten seconds and 60 MB."""
    folder = tmp_path_factory.mktemp("packages")
    if NODE is None or NPM is None:
        pytest.skip("node and npm are not installed")
    command = [NPM, "install", "--no-audit", "--no-fund", "--ignore-scripts", *PACKAGES]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=180, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("npm's registry does not answer")
    if done.returncode:
        pytest.skip("npm's registry cannot be reached")
    return folder / "node_modules"


@pytest.mark.slow
def test_javascript(function: tuple[Fake, dict[str, str]], packages: Path, tmp_path: Path) -> None:
    """A module of node has its secret each time, and has asked for it the first time only."""
    fake, environment = function
    (tmp_path / "node_modules").symlink_to(packages)
    _made("index.js", _JAVASCRIPT, tmp_path)
    assert _run([str(NODE), "-e", _CALL], environment, tmp_path) == f"Basic user:{SECRET.decode()}"
    assert fake.asked == ["github-cred"]
