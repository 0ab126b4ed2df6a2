"""Checks in code, for what one request with its conditions cannot say: each is a module, imported when it is asked.

A check is a coroutine of what is asked and of the client, and returns a verdict. It raises `Unanswered` for whatever
says nothing about the credential. It never raises anything else, and no text of a driver's goes into a verdict: that
may hold the secret.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import TYPE_CHECKING, cast

from stanch.model import Status, Verdict
from stanch.values import replace

if TYPE_CHECKING:
    from stanch.verify.asked import Asked
    from stanch.verify.client import Client

    Check = Callable[[Asked, Client], Awaitable[Verdict]]

CHECKS: dict[str, str] = {
    "aws-sts": "aws_sts:check",
    "azure-sas": "azure_sas:check",
    "azure-storage-key": "azure_storage_key:check",
    "basic-auth": "basic_auth:check",
    "entra-client": "entra_client:check",
    "ftp": "ftp:check",
    "google-service-account": "google_service_account:check",
    "jdbc": "jdbc:check",
    "jwt": "jwt:check",
    "kraken": "kraken:check",
    "mongodb": "mongodb:check",
    "mysql": "mysql:check",
    "postgresql": "postgresql:check",
    "private-key": "private_key:check",
    "redis": "redis:check",
    "smtp": "smtp:check",
}
"""The names that a rule's `by` gives, and where each check is: `module:function`."""

OFFLINE = frozenset({"jwt", "private-key"})
"""What asks nobody, and so needs no control."""

CONTROLS: dict[str, str] = {
    "google-service-account": "google_service_account:control",
    **dict.fromkeys(("basic-auth", "ftp", "jdbc", "mongodb", "mysql", "postgresql", "redis", "smtp"), "places:wrong"),
}
"""Where a wrong secret of the same shape is not drawn from the rule's expression: a function of none, to bytes."""

AROUND = "around"
"""Among the parts of what is asked: the text around the secret, as the rule's `around` wants it."""


def load(by: str) -> Check:
    """Return the check with this name. Raises KeyError for a name that is not in `CHECKS`."""
    return cast("Check", _function(CHECKS[by]))


def control(by: str) -> bytes | None:
    """Return a wrong secret for a check; None where one drawn from the rule's expression will do."""
    return cast(bytes, _function(CONTROLS[by])()) if by in CONTROLS else None


def joined(verdicts: list[Verdict]) -> Verdict:
    """Return what the verdicts at several places say together: live at one is live, dead is dead at all."""
    for status in (Status.LIVE, Status.UNKNOWN):
        found = [verdict for verdict in verdicts if verdict.status is status]
        if found:
            identities = dict.fromkeys(verdict.identity for verdict in found if verdict.identity)
            return replace(found[0], identity=", ".join(identities) or None)
    return verdicts[0]


def _function(place: str) -> Callable[..., object]:
    module, _, name = place.partition(":")
    return cast("Callable[..., object]", getattr(import_module(f"{__name__}.{module}"), name))
