"""A subscription of Azure: the client of its web apps, downloads, and what its errors say."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from stanch.cloud.packages import Unfetched
from stanch.cloud.refusals import DENIED
from stanch.errors import UsageError
from stanch.model import Fault

if TYPE_CHECKING:
    from azure.core.pipeline.policies import HTTPPolicy

ENDPOINT = "https://management.azure.com"
CONNECT, READ = 10, 60
"""Seconds to connect, and to wait for the next bytes."""
AGAIN: dict[str, Any] = {"retry_on_methods": frozenset({"GET", "POST"})}
"""For every call: ARM lists settings with POST, which the SDK would not repeat by itself."""


class Subscription:
    """What a credential opens of one subscription."""

    def __init__(self, id: str | None, endpoint_url: str | None) -> None:
        """Raises UsageError where there is no SDK, or no subscription is named."""
        self.id = id or os.environ.get("AZURE_SUBSCRIPTION_ID", "")
        if not self.id:
            raise UsageError("Azure: give --subscription, or set AZURE_SUBSCRIPTION_ID; `az account show` names it")
        try:
            from azure.core.exceptions import AzureError, ClientAuthenticationError
            from azure.mgmt.web import WebSiteManagementClient
        except ImportError as error:
            raise UsageError(
                "Azure is asked through its SDK, which is not there: pip install 'stanch[azure]'"
            ) from error
        self.errors, self._unknown = AzureError, ClientAuthenticationError
        self.scope = f"{(endpoint_url or ENDPOINT).rstrip('/')}/.default"
        self._credential = credential()
        client = WebSiteManagementClient(
            self._credential, self.id, endpoint_url or ENDPOINT, policies=self._policies(),
            connection_timeout=CONNECT, read_timeout=READ,
        )  # fmt: skip
        self.web_apps: Any = client.web_apps

    def _policies(self, *, authenticated: bool = True) -> list[HTTPPolicy[Any, Any]]:
        """Return what each request goes through. The SDK's own list would register providers, which is no reading."""
        from azure.core.pipeline.policies import ContentDecodePolicy, RetryPolicy, UserAgentPolicy
        from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy

        found: list[Any] = [UserAgentPolicy(sdk_moniker="stanch"), ContentDecodePolicy(), RetryPolicy()]
        return [*found, ARMChallengeAuthenticationPolicy(self._credential, self.scope)] if authenticated else found

    def pieces(self, url: str, *, authenticated: bool) -> Iterator[bytes]:
        """Yield what a URL leads to, without following it elsewhere. Raises Unfetched."""
        from azure.core import PipelineClient
        from azure.core.rest import HttpRequest

        policies = [policy for policy in self._policies(authenticated=authenticated) if not _decodes(policy)]
        with PipelineClient[Any, Any](url, policies=policies, connection_timeout=CONNECT, read_timeout=READ) as client:
            try:
                asked = HttpRequest("GET", url, headers={"Accept-Encoding": "identity"})
                with client.send_request(asked, stream=True) as answer:
                    if answer.status_code != 200:
                        raise _refused(answer.status_code, authenticated=authenticated)
                    yield from answer.iter_raw()
            except self.errors as error:
                raise Unfetched(
                    "cloud-failed", f"the download broke off ({type(error).__name__})", again=True
                ) from None

    def fault(self, error: Exception, target: str, action: str, scope: str) -> Fault:
        """Return the fault that an error of the SDK is; it names the action, and the role that would allow it."""
        status = getattr(error, "status_code", None)
        if status == 403:
            return Fault(target, DENIED, allow([action], scope))
        said = f"status {status}" if status else type(error).__name__
        if status == 401 or (status is None and isinstance(error, self._unknown)):
            said = f"there are no credentials that are accepted, `az login` makes some ({said})"
        return Fault(target, "cloud-failed", f"{action}: {'throttled, ' if status == 429 else ''}{said}")


def credential() -> Any:
    """Return what the SDK finds: the environment, a managed identity, `az login`."""
    from azure.identity import DefaultAzureCredential

    return DefaultAzureCredential()


def allow(actions: Iterable[str], scope: str) -> str:
    """Return words that say what is not allowed, with the custom role that allows it."""
    actions = list(actions)
    role = {"Name": "stanch", "IsCustom": True, "Actions": actions, "AssignableScopes": [scope]}
    return f"{' and '.join(actions)} is not allowed; allow {json.dumps(role)}"


def _refused(status: int, *, authenticated: bool) -> Unfetched:
    kind = DENIED if status in (401, 403) and authenticated else "cloud-failed"
    return Unfetched(kind, f"the download ended with status {status}", again=status == 429 or status >= 500)


def _decodes(policy: Any) -> bool:
    return type(policy).__name__ == "ContentDecodePolicy"
