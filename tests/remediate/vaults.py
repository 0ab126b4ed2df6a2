"""A small Azure Key Vault on loopback, over TLS, that keeps the real one's rules for secrets."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from azure.core.credentials import AccessToken
from azure.keyvault.secrets import SecretClient

from stanch.remediate.stores.keyvault import Vault
from verify.servers import Reply, Seen, authority, of_json, serving

LARGEST = 25_600


class Credential:
    """Gives a token for anything."""

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        """Return one."""
        return AccessToken("a token", int(time.time()) + 3_600)


class Fake:
    """What the vault holds, and how it answers."""

    def __init__(self) -> None:
        self.url = ""
        self.held: dict[str, list[str]] = {}
        """By name, in lower case, all versions."""
        self.asked: list[str] = []
        """The names of secrets that were given."""
        self.deleted: set[str] = set()
        self.disabled: set[str] = set()
        self.denied: str | None = None
        """A method that nobody may use."""
        self.busy = 0
        """How many requests are answered by 429."""

    def answer(self, seen: Seen) -> Reply:
        """Answer a request as Azure does: who does not show a token is told where to get one."""
        if "authorization" not in seen.headers:
            where = 'Bearer authorization="https://login.microsoftonline.com/t", resource="https://vault.azure.net"'
            return Reply(401, b"", {"www-authenticate": where})
        if self.busy:
            self.busy -= 1
            return _error(429, "Throttled", **{"retry-after": "0"})
        if self.denied == seen.method:
            return _error(403, "Forbidden")
        found = re.fullmatch(r"/secrets/([^/?]*)/?([^/?]*)\?api(?:-|%2D)version=.*", seen.target)
        if not found or not re.fullmatch(r"[0-9A-Za-z-]{1,127}", found[1]):
            return _error(400, "BadParameter")
        name, version = found[1].lower(), found[2]
        return self._put(name, json.loads(seen.body)["value"]) if seen.method == "PUT" else self._get(name, version)

    def _put(self, name: str, value: str) -> Reply:
        if name in self.deleted:
            return _error(409, "Conflict")
        if len(value.encode()) > LARGEST:
            return _error(400, "BadParameter")
        self.held.setdefault(name, []).append(value)
        return self._get(name, "")

    def _get(self, name: str, version: str) -> Reply:
        versions = self.held.get(name, [])
        number = int(version, 16) if version else len(versions)
        if not 0 < number <= len(versions):
            return _error(404, "SecretNotFound")
        if name in self.disabled:
            return _error(403, "Forbidden", text="Operation get is not allowed on a disabled secret.")
        self.asked.append(name)
        return of_json(200, {"value": versions[number - 1], "id": f"{self.url}/secrets/{name}/{number:032x}"})


def _error(status: int, code: str, *, text: str = "No.", **headers: str) -> Reply:
    return of_json(status, {"error": {"code": code, "message": text}}, **headers)


@contextmanager
def vault(folder: Path, host: str = "localhost") -> Iterator[tuple[Fake, Path]]:
    """Run a vault, as `host`; yield it, and the file with the certificate of its authority."""
    fake = Fake()
    certificate = folder / "authority.pem"
    authority().cert_pem.write_to_path(str(certificate))
    with serving(fake.answer, host) as server:
        fake.url = f"https://{host}:{server.port}"
        yield fake, certificate


def opened(fake: Fake, certificate: Path) -> Vault:
    """Return the store that stanch has for a vault, by the real SDK."""
    client = SecretClient(
        fake.url, Credential(), connection_verify=str(certificate), verify_challenge_resource=False, retry_total=2,
        retry_backoff_factor=0.01,
    )  # fmt: skip
    return Vault(client)
