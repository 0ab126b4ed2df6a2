"""Function apps of Azure and their slots: settings, connection strings, references to Key Vault, code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from stanch.cloud import azure, places
from stanch.cloud.packages import Allowance, Download, PackageShard, Unfetched
from stanch.cloud.refusals import DENIED
from stanch.errors import UsageError
from stanch.model import Detection, Fault, Result, Shard
from stanch.runtimes import Runtime
from stanch.values import dataclass

TARGET = "azure-functions:"
SETTINGS, STRINGS = "settings", "connection-strings"
READ = "Microsoft.Web/sites/read"
LIST = "Microsoft.Web/sites/config/list/action"
LIST_SLOT = "Microsoft.Web/sites/slots/config/list/Action"
REFERENCES = "Microsoft.Web/sites/config/read"
PUBLISH = "Microsoft.Web/sites/publish/Action"
_GROUP = re.compile(r"/resourceGroups/([^/]+)/", re.IGNORECASE)
_BLOBS = re.compile(r"[a-z0-9]+\.blob\.(?:core\.windows\.net|core\.usgovcloudapi\.net|core\.chinacloudapi\.cn)")
"""Where the packages of function apps lie: Azure's public, US government and Chinese clouds."""
_KUDU = re.compile(
    r"[a-z0-9-]+\.scm\.(?:[a-z0-9-]+\.)*(?:azurewebsites\.(?:net|us)|chinacloudsites\.cn|appserviceenvironment\.net)",
    re.IGNORECASE,
)
_PACKAGE = "WEBSITE_RUN_FROM_PACKAGE"


@dataclass(frozen=True, slots=True)
class Asked:
    """What to scan of a subscription, and how to get there."""

    subscription: str | None = None
    """None: what AZURE_SUBSCRIPTION_ID says."""
    group: str | None = None
    app: str | None = None
    endpoint_url: str | None = None
    code: bool = True
    max_download: int = 20 << 30
    max_size: int | None = None
    archives: bool = True


class _App(NamedTuple):
    """A function app, or a slot of one."""

    group: str
    name: str
    slot: str | None
    id: str
    site: Any

    @property
    def target(self) -> str:
        return f"{TARGET}{self.group}/{self.name}" + (f":{self.slot}" if self.slot else "")


class AzureFunctions:
    """The source: all function apps of a subscription, of a resource group, or one."""

    def __init__(self, asked: Asked) -> None:
        """Raises UsageError where there is no SDK, or no subscription is named."""
        self._asked = asked
        self._subscription = azure.Subscription(asked.subscription, asked.endpoint_url)
        self._allowance = Allowance(asked.max_download)
        self.notes: list[str] = []

    def shards(self) -> Iterator[Shard | Fault]:
        """Yield the settings and the packages. Raises UsageError for an app that there is not."""
        found = troubled = False
        for app in self._apps():
            if isinstance(app, Fault):
                troubled = True
                yield app
                continue
            found = True
            yield from self._app(app)
        if not found and not troubled:
            if self._asked.app:
                raise UsageError(f"--app {self._asked.app}: there is no such function app")
            self.notes.append("azure-functions: there are no function apps")

    def everywhere(self, detections: Iterable[Detection]) -> Iterator[Detection]:
        """Yield the detections as reports name them."""
        return places.everywhere(detections, {}, TARGET, Runtime.AZURE_FUNCTIONS)

    def concluded(self, result: Result) -> Result:
        """Return the result as it is."""
        return result

    def _apps(self) -> Iterator[_App | Fault]:
        """Yield the apps that are asked for, each followed by its slots."""
        apps, group = self._subscription.web_apps, self._asked.group
        scope = f"/subscriptions/{self._subscription.id}" + (f"/resourceGroups/{group}" if group else "")
        try:
            listed = apps.list_by_resource_group(group, **azure.AGAIN) if group else apps.list(**azure.AGAIN)
            for site in listed:
                if "functionapp" not in (site.kind or "").lower() or (self._asked.app or site.name) != site.name:
                    continue
                own = _GROUP.search(site.id or "")
                app = _App(own[1] if own else group or "", site.name, None, site.id, site)
                yield app
                yield from self._slots(app)
        except self._subscription.errors as error:
            yield self._subscription.fault(error, f"{TARGET}{group or ''}", READ, scope)

    def _slots(self, app: _App) -> Iterator[_App | Fault]:
        try:
            for site in self._subscription.web_apps.list_slots(app.group, app.name, **azure.AGAIN):
                yield app._replace(slot=site.name.rpartition("/")[2], site=site)
        except self._subscription.errors as error:
            yield self._subscription.fault(error, app.target, "Microsoft.Web/sites/slots/read", app.id)

    def _app(self, app: _App) -> Iterator[Shard | Fault]:
        settings: Mapping[str, str] = {}
        strings: Mapping[str, str] = {}
        action = LIST_SLOT if app.slot else LIST
        try:
            settings = self._call("list_application_settings", app).properties or {}
            yield places.settings(app.target, SETTINGS, settings)
            pairs = self._call("list_connection_strings", app).properties or {}
            strings = {name: pair.value or "" for name, pair in pairs.items()}
            yield places.settings(app.target, STRINGS, strings)
        except self._subscription.errors as error:
            yield self._subscription.fault(error, app.target, action, app.id)
        for group, values, method in (
            (SETTINGS, settings, "get_app_settings_key_vault_references"),
            (STRINGS, strings, "get_site_connection_string_key_vault_references"),
        ):
            if any("@Microsoft.KeyVault(" in value for value in values.values()):
                yield from self._references(app, group, method)
        if self._asked.code:
            yield from self._code(app, settings)

    def _call(self, method: str, app: _App) -> Any:
        apps = self._subscription.web_apps
        if app.slot:
            return getattr(apps, f"{method}_slot")(app.group, app.name, app.slot, **azure.AGAIN)
        return getattr(apps, method)(app.group, app.name, **azure.AGAIN)

    def _references(self, app: _App, group: str, method: str) -> Iterator[Fault]:
        """Note the references to Key Vault that the platform could not follow: their text is the app's value then."""
        try:
            for one in self._call(method, app):
                status = _word(one.properties and one.properties.status)
                if status.lower() != "resolved":
                    place = f"{app.target}/{group}/{(one.name or '').rpartition('/')[2]}"
                    said = "its reference to Key Vault is not resolved, and the app is given its text"
                    self.notes.append(f"{place}: {said} ({status})")
        except self._subscription.errors as error:
            yield self._subscription.fault(error, app.target, REFERENCES, app.id)

    def _code(self, app: _App, settings: Mapping[str, str]) -> Iterator[Shard | Fault]:
        """Yield the package of an app, or why there is none to be had."""
        url = settings.get(_PACKAGE, "")
        if "container" in (app.site.kind or "").lower():
            detail = "a container image, which is not scanned; its settings are: pull it, `docker save` it, scan that"
            yield Fault(app.target, "not-scanned", detail)
        elif getattr(app.site, "function_app_config", None) is not None:
            detail = "code on the Flex Consumption plan, which is not downloaded: scan the blob that it was deployed to"
            yield Fault(app.target, "not-scanned", detail)
        elif "://" in url:
            parts = urlsplit(url)
            if parts.scheme == "https" and _BLOBS.fullmatch(parts.netloc):
                yield self._package(app, url, authenticated=False)
            else:
                detail = f"its package lies at {parts.hostname}, which is no storage of Azure: not downloaded"
                yield Fault(app.target, "not-scanned", detail)
        elif host := self._kudu(app):
            yield self._package(app, f"https://{host}/api/zip/site/wwwroot/", authenticated=True)
        else:
            yield Fault(app.target, "not-scanned", "it names no deployment site to download its code from")

    def _kudu(self, app: _App) -> str | None:
        """Return the host of an app's deployment site; only one of Azure's is given a token."""
        for state in app.site.host_name_ssl_states or ():
            name = state.name or ""
            if _word(state.host_type).lower() == "repository" and _KUDU.fullmatch(name):
                return str(name)
        return None

    def _package(self, app: _App, url: str, *, authenticated: bool) -> PackageShard:
        def fetch() -> Download:
            return Download(self._checked(app, partial(self._subscription.pieces, url, authenticated=authenticated)))

        asked = self._asked
        return PackageShard(app.target, fetch, self._allowance, 0, asked.max_size, asked.archives)

    def _checked(self, app: _App, pieces: Any) -> Iterator[bytes]:
        """Yield a download; where it is refused, say what would allow it."""
        try:
            yield from pieces()
        except Unfetched as failed:
            if failed.kind != DENIED:
                raise
            raise Unfetched(DENIED, azure.allow([PUBLISH], app.id)) from None


def _word(value: Any) -> str:
    """Return the word that a member of one of the SDK's enumerations stands for, which may be a text as well."""
    return str(getattr(value, "value", value) or "unknown")
