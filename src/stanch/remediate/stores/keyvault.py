"""Azure Key Vault: a secret with versions, the last of which counts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.identity import DefaultAzureCredential
from azure.keyvault.secrets import SecretClient

from stanch.remediate.stores import Address, Held, Store, StoreError

_OWN = frozenset({"localhost", "127.0.0.1", "::1"})


def opened(address: Address) -> Store:
    """Return the secrets of a vault, for whoever is signed in to Azure. Raises StoreError."""
    if not address.vault:
        raise StoreError("Azure Key Vault: name the vault with --vault")
    # A token is for Azure's own vaults alone: the SDK checks it, but for one on this machine.
    is_azure = urlsplit(address.vault).hostname not in _OWN
    try:
        return Vault(SecretClient(address.vault, DefaultAzureCredential(), verify_challenge_resource=is_azure))
    except ValueError as error:
        raise StoreError(f"{address.vault}: {error}") from error


class Vault:
    """The secrets of one vault."""

    def __init__(self, client: SecretClient) -> None:
        self._client = client

    def get(self, name: str, version: str | None = None) -> Held | None:
        """Return a secret's value."""
        with _told(name, "read"):
            try:
                found = self._client.get_secret(name, version)
            except ResourceNotFoundError:
                return None
        return Held((found.value or "").encode(), found.properties.version or "", found.id or "")

    def put(self, name: str, value: bytes, *, new: bool) -> None:
        """Put a value there, as the next version where there is one: a vault cannot be told to take a new one only."""
        with _told(name, "write"):
            self._client.set_secret(name, value.decode())


@contextmanager
def _told(name: str, what: str) -> Iterator[None]:
    """Turn the SDK's errors into StoreError, in words that hold nothing of what was sent."""
    try:
        yield
    except ClientAuthenticationError:
        raise StoreError(f"{name}: Azure does not know who you are: `az login`") from None
    except HttpResponseError as error:
        raise StoreError(f"{name}: {_words(error, what)}") from None
    except (ServiceRequestError, ServiceResponseError) as error:
        raise StoreError(f"{name}: the vault cannot be reached: {type(error).__name__}") from None


def _words(error: HttpResponseError, what: str) -> str:
    code = error.error.code if error.error else None
    if error.status_code == 403:
        if "disabled" in (error.message or "").lower():
            return "it is there and disabled: enable it, or choose --app"
        return f"the vault does not let you {what} secrets; `stanch fix --policies` prints the role that does"
    if error.status_code == 409:
        return "a deleted secret still has this name: recover or purge it, or choose --app"
    if error.status_code == 429:
        return "the vault says that it was asked too often; wait a minute and run the command again"
    return f"the vault refuses to {what} it: {code or error.status_code}"
