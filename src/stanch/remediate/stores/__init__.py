"""Stores: where a secret is put and read back. Their SDKs are imported when one is opened."""

from __future__ import annotations

import hmac
from importlib import import_module
from typing import NamedTuple, Protocol

from stanch.errors import StanchError


class StoreError(StanchError):
    """A store that cannot be used, or refuses; the text says what to do, and holds no value."""


class Address(NamedTuple):
    """Which store, as the user names it; also what a journal keeps of it."""

    store: str
    """A key of STORES."""
    region: str | None = None
    profile: str | None = None
    endpoint: str | None = None
    """Where to find AWS in its place, as in a test."""
    vault: str | None = None
    kms_key: str | None = None


class Held(NamedTuple):
    """What a store has under a name."""

    value: bytes
    version: str
    arn: str
    """How the store calls it in full."""

    def __repr__(self) -> str:
        return f"Held({self.version!r}, {self.arn!r})"


class Store(Protocol):
    """Puts values under names and reads them back. All methods raise StoreError."""

    def get(self, name: str, version: str | None = None) -> Held | None:
        """Return what is under the name, in that version of it; None when nothing is."""

    def put(self, name: str, value: bytes, *, new: bool) -> None:
        """Put a value under a name; with `new` only where there is none yet, as far as the store can tell."""


STORES = {
    "ssm": "stanch.remediate.stores.ssm",
    "secretsmanager": "stanch.remediate.stores.secretsmanager",
    "keyvault": "stanch.remediate.stores.keyvault",
}
"""The stores, and the module with the function `opened(address)` of each."""
EXTRAS = {"ssm": "aws", "secretsmanager": "aws", "keyvault": "azure"}


def opened(address: Address) -> Store:
    """Return the store at an address. Raises StoreError when its SDK is not installed, or has no credentials."""
    try:
        store: Store = import_module(STORES[address.store]).opened(address)
    except ModuleNotFoundError as error:
        extra = EXTRAS[address.store]
        raise StoreError(f"{error.name} is not installed: pip install 'stanch[{extra}]'") from error
    return store


def stored(store: Store, name: str, value: bytes, *, overwrite: bool) -> Held:
    """Make sure that `name` holds `value`, and return what was read back.

    What is there and the same stays. Raises StoreError for what is there and differs, unless `overwrite`, and where
    what comes back is not what was put.
    """
    there = store.get(name)
    if there is None or not hmac.compare_digest(there.value, value):
        if there is not None and not overwrite:
            raise StoreError(
                f"{name} is there already, with another value: --overwrite replaces it, --app gives other names"
            )
        store.put(name, value, new=there is None)
        there = store.get(name)
    if there is None or not hmac.compare_digest(there.value, value):
        raise StoreError(f"{name}: what was read back is not what was stored; no file was changed")
    return there
