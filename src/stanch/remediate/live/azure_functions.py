"""Settings and connection strings of Azure's function apps, read whole and put back whole.

Azure Resource Manager has no ETag for them, so they are read once more right before they are written, and compared
afterwards: between that reading and the writing nothing guards against somebody else. Names that stay with a slot are
a resource of their own, which is not touched.

Sources: Azure REST API reference, Web Apps, "Update Application Settings", "Update Connection Strings"; Azure App
Service, "Use Key Vault references".
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Mapping
from typing import Any

from stanch.cloud import azure
from stanch.cloud.azure_functions import LIST, LIST_SLOT, READ, REFERENCES, STRINGS
from stanch.remediate.journal import Access
from stanch.remediate.live import Broken, Functions, Held, LiveError, Stale
from stanch.remediate.model import Setting

WRITE = "Microsoft.Web/sites/config/write"
WRITE_SLOT = "Microsoft.Web/sites/slots/config/write"
READ_SLOT = "Microsoft.Web/sites/slots/read"
REFERENCES_SLOT = "Microsoft.Web/sites/slots/config/read"
PATIENCE = 60.0
"""How long it is waited for Azure to say whether it can follow a reference, in seconds."""
PAUSE = 3.0
"""Seconds between two looks, and before what was throttled is tried again."""
_FOLLOWED = "resolved"
_UNDECIDED = frozenset({"initialized", "unknown", "fetchtimedout"})
"""What Azure says of a reference before it has tried, or while it will try again."""
_STALE = frozenset({409, 412, 429, 503})


def opened(access: Access) -> Functions:
    """Return the function apps of a subscription. Raises UsageError."""
    return Apps(azure.Subscription(access.subscription, access.endpoint))


def identifying(setting: Setting) -> str:
    """Return the command that gives an app, or a slot, an identity of its own."""
    slot = f" --slot {shlex.quote(setting.slot)}" if setting.slot else ""
    app = f"--name {shlex.quote(setting.function)} --resource-group {shlex.quote(setting.where)}{slot}"
    return f"az functionapp identity assign {app}"


class Apps:
    """The function apps of a subscription, with their slots."""

    def __init__(self, subscription: azure.Subscription) -> None:
        self._subscription = subscription

    def read(self, setting: Setting) -> Held:
        """Return the app settings, or the connection strings."""
        found = self._called(setting, f"list_{_plural(setting)}", LIST_SLOT if setting.slot else LIST, **azure.AGAIN)
        if found.properties is None:
            raise LiveError("Azure does not show its settings, so writing them would lose them")
        if setting.group != STRINGS:
            return Held(dict(found.properties), "")
        pairs = found.properties.items()
        return Held(
            {name: pair.value or "" for name, pair in pairs}, "", {name: _word(pair.type) for name, pair in pairs}
        )

    def fits(self, setting: Setting, values: Mapping[str, str]) -> None:
        """A reference is short."""

    def prepared(self, setting: Setting) -> None:
        """The app must have an identity that follows references, and Azure must be allowed to say whether it does."""
        site = self._called(setting, "get", READ_SLOT if setting.slot else READ, **azure.AGAIN)
        kinds = _word(site.identity and site.identity.type).lower()
        own = (site.key_vault_reference_identity or "SystemAssigned").lower()
        if "assigned" not in kinds:
            raise LiveError(f"its app has no managed identity, which would read the vault: `{identifying(setting)}`")
        if own == "systemassigned" and own not in kinds:
            raise LiveError("its app has no identity of its own, and its keyVaultReferenceIdentity names no other")
        self._status(setting)

    def write(self, setting: Setting, before: Held, values: Mapping[str, str]) -> None:
        """Replace the settings, if they are still those that were read before."""
        if self.read(setting) != before:
            raise Stale
        body: Any = {"properties": dict(values)}
        if setting.group == STRINGS:
            kinds = before.kinds
            body = {"properties": {name: {"value": value, "type": kinds[name]} for name, value in values.items()}}
        # What is sent twice by the SDK would be the older state the second time.
        self._called(setting, f"update_{_plural(setting)}", WRITE_SLOT if setting.slot else WRITE, body, retry_total=0)

    def settled(self, setting: Setting, reference: str | None) -> str:
        """Ask until Azure has tried to follow the reference."""
        until = time.monotonic() + PATIENCE
        while reference:
            status = self._status(setting)
            if status.lower() == _FOLLOWED:
                break
            if status.lower() not in _UNDECIDED:
                raise Broken(f"Azure cannot follow the reference ({status})")
            if time.monotonic() > until:
                return f"Azure has not said yet whether it can follow the reference ({status}): look again"
            time.sleep(PAUSE)
        return ""

    def aliases(self, setting: Setting) -> Mapping[str, str]:
        """An app has no versions."""
        return {}

    def _status(self, setting: Setting) -> str:
        """Return what Azure says of the reference in a setting."""
        strings = setting.group == STRINGS
        method = f"get_{'site_connection_string' if strings else 'app_settings'}_key_vault_references"
        action = REFERENCES_SLOT if setting.slot else REFERENCES
        found = self._called(setting, method, action, listed=True, **azure.AGAIN)
        named = (one for one in found if (one.name or "").rpartition("/")[2] == setting.name)
        return next((_word(one.properties and one.properties.status) for one in named), "unknown")

    def _called(self, setting: Setting, method: str, action: str, *body: Any, listed: bool = False, **more: Any) -> Any:
        """Return the answer of Azure about an app or a slot. Raises Stale and LiveError."""
        asked: Callable[..., Any] = getattr(self._subscription.web_apps, method + ("_slot" if setting.slot else ""))
        slot = [setting.slot] if setting.slot else []
        try:
            found = asked(setting.where, setting.function, *slot, *body, **more)
            return list(found) if listed else found
        except self._subscription.errors as error:
            status = getattr(error, "status_code", None)
            if body and (status is None or status in _STALE):
                time.sleep(PAUSE if status in (429, 503) else 0)
                raise Stale from None
            if status == 404:
                raise LiveError("there is no such function app any more") from None
            scope = f"/subscriptions/{self._subscription.id}/resourceGroups/{setting.where}"
            fault = self._subscription.fault(error, setting.target, action, scope)
            raise LiveError(fault.detail) from None


def _plural(setting: Setting) -> str:
    return "connection_strings" if setting.group == STRINGS else "application_settings"


def _word(value: Any) -> str:
    """Return the word that a member of one of the SDK's enumerations stands for, which may be a text as well."""
    return str(getattr(value, "value", value) or "unknown")
