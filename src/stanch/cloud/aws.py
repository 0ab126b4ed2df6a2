"""An account of AWS: sessions, clients, regions, downloads, and what its errors say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from stanch.cloud.packages import Download, Unfetched
from stanch.cloud.refusals import DENIED, allow
from stanch.errors import UsageError
from stanch.model import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

ATTEMPTS = 8
"""How often the SDK tries a call that is throttled or fails, with waits that double, of at most 20 seconds."""
CONNECT, READ = 10, 60
"""Seconds to connect, and to wait for the next bytes."""
_PIECE = 128 << 10
_REFUSED = frozenset({
    "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "NotAuthorized",
    "KMSAccessDeniedException",
})  # fmt: skip
_UNKNOWN = frozenset({
    "UnrecognizedClientException", "InvalidClientTokenId", "ExpiredToken", "ExpiredTokenException",
    "InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure", "InvalidToken",
})  # fmt: skip
_ACTION = re.compile(
    r"not authorized to perform: (?P<action>[a-z0-9-]+:[A-Za-z]+)(?: on resource: (?P<resource>arn:\S+))?"
)
_BUSY = frozenset({"TooManyRequestsException", "Throttling", "ThrottlingException", "RequestLimitExceeded"})


class Account:
    """What a profile of the SDK opens."""

    def __init__(self, profile: str | None, endpoint_url: str | None) -> None:
        """Raises UsageError where there is no SDK, no such profile or no credentials."""
        try:
            import botocore.session
            from botocore.exceptions import BotoCoreError, ClientError
            from botocore.parsers import ResponseParserError
        except ImportError as error:
            raise UsageError("AWS is asked through its SDK, which is not there: pip install 'stanch[aws]'") from error
        self.errors = (ClientError, BotoCoreError, ResponseParserError)
        self.troubled = False
        """Was there an error? Then what was not found may be there."""
        self._endpoint = endpoint_url
        self._clients: dict[tuple[str, str], Any] = {}
        self._session: Any = botocore.session.Session(profile=profile)
        try:
            found = self._session.get_credentials()
        except self.errors as error:
            raise UsageError(f"AWS: {error}") from error
        if found is None:
            raise UsageError("AWS: there are no credentials; `aws configure` or `aws sso login` makes some")

    def key_id(self) -> str | None:
        """Return the id of the access key that everything is asked with."""
        found: str | None = self._session.get_credentials().access_key
        return found

    def region(self) -> str:
        """Return the region of the profile or the environment. Raises UsageError where neither names one."""
        found = self._session.get_config_variable("region")
        if not found:
            raise UsageError("AWS: no region is known; give --region or --all-regions")
        return str(found)

    def client(self, service: str, region: str) -> Any:
        """Return the SDK's client of a service; it repeats what is throttled. Raises UsageError for a bad region."""
        if (service, region) not in self._clients:
            from botocore.config import Config

            retries: Any = {"mode": "standard", "total_max_attempts": ATTEMPTS}
            config = Config(retries=retries, connect_timeout=CONNECT, read_timeout=READ, user_agent_extra="stanch")
            try:
                made = self._session.create_client(service, region, endpoint_url=self._endpoint, config=config)
            except (*self.errors, ValueError) as error:
                raise UsageError(f"AWS: {error}") from error
            self._clients[service, region] = made
        return self._clients[service, region]

    def all_regions(self, service: str) -> tuple[list[str], Fault | None]:
        """Return the regions that the account has enabled; where they may not be asked for, all, and the fault."""
        known = self._session.get_available_regions(service)
        first = self._session.get_config_variable("region") or "us-east-1"
        try:
            found = self.client("ec2", first).describe_regions()["Regions"]
        except self.errors as error:
            return known, self.fault(error, f"aws-lambda:{first}", "ec2:DescribeRegions", ("*",))
        return sorted(region["RegionName"] for region in found), None

    def arn(self, region: str, resource: str, service: str = "lambda") -> str:
        """Return the ARN of a resource, of whichever account."""
        return f"arn:{self._session.get_partition_for_region(region)}:{service}:{region}:*:{resource}"

    def fault(self, error: Exception, target: str, action: str, resources: Sequence[str]) -> Fault:
        """Return the fault that an error of the SDK is; it names the action, and what would allow it."""
        self.troubled = True
        said = code(error)
        if said in _REFUSED:
            other = _ACTION.search(str(error))
            if other and other["action"].lower() != action.lower():  # the key that a package is encrypted with
                action, resources = other["action"], (other["resource"] or "*",)
            return Fault(target, DENIED, allow(action, resources))
        if said in _UNKNOWN:
            return Fault(target, "cloud-failed", f"{action}: the credentials are not accepted here ({said})")
        if said in _BUSY:
            return Fault(target, "cloud-failed", f"{action}: throttled, {ATTEMPTS} times ({said})")
        return Fault(target, "cloud-failed", f"{action}: {said}")

    def download(self, url: str | None, sha256: str | None) -> Download:
        """Begin to download what a presigned URL leads to, which counts for ten minutes. Raises Unfetched."""
        if not url or urlsplit(url).scheme not in ("https", *([] if self._encrypted() else ["http"])):
            raise Unfetched("cloud-failed", "the service names no place to download it from")
        return Download(self._pieces(url), sha256)

    def _encrypted(self) -> bool:
        """Is AWS asked through TLS? Only an endpoint that the user names may be without."""
        return self._endpoint is None or self._endpoint.startswith("https:")

    def _pieces(self, url: str) -> Iterator[bytes]:
        """Yield what a URL leads to, without following it elsewhere. Raises Unfetched."""
        from botocore.awsrequest import AWSRequest
        from botocore.httpsession import URLLib3Session
        from botocore.utils import get_environ_proxies
        from urllib3.exceptions import HTTPError

        bundle = self._session.get_config_variable("ca_bundle")
        waits: Any = (CONNECT, READ)  # as botocore itself gives it
        http = URLLib3Session(verify=bundle or True, proxies=get_environ_proxies(url), timeout=waits)
        asked = AWSRequest("GET", url, headers={"Accept-Encoding": "identity"}, stream_output=True).prepare()
        try:
            answer: Any = http.send(asked)
            if answer.status_code != 200:
                again = answer.status_code in (403, 429) or answer.status_code >= 500
                raise Unfetched("cloud-failed", f"the download ended with status {answer.status_code}", again=again)
            yield from answer.raw.stream(_PIECE)
        except (*self.errors, HTTPError, OSError) as error:
            raise Unfetched("cloud-failed", f"the download broke off ({type(error).__name__})", again=True) from None
        finally:
            http.close()


def code(error: Exception) -> str:
    """Return the word that AWS has for an error, or the SDK's."""
    response: Any = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code") or type(error).__name__)
