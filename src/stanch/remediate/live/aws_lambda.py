"""Environments of AWS Lambda, read whole and put back whole, guarded by the revision that was read.

Sources: AWS Lambda API reference, UpdateFunctionConfiguration, GetFunctionConfiguration; AWS Lambda developer guide,
"Working with Lambda environment variables".
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from stanch.cloud import aws
from stanch.remediate.journal import Access
from stanch.remediate.live import Broken, Functions, Held, LiveError, Stale
from stanch.remediate.model import Setting

READ = "lambda:GetFunctionConfiguration"
WRITE = "lambda:UpdateFunctionConfiguration"
ALIASES = "lambda:ListAliases"
LARGEST = 4096
"""Bytes of all variables together; as Lambda measures them, which it says when it refuses some: as a JSON object."""
PATIENCE = 120.0
"""How long an update of a function is waited for, in seconds."""
PAUSE = 1.0
"""Seconds between two looks at it."""
_STALE = frozenset({"PreconditionFailedException", "ResourceConflictException"})


def opened(access: Access) -> Functions:
    """Return the functions that a profile opens. Raises UsageError."""
    return Lambdas(aws.Account(access.profile, access.endpoint))


class Lambdas:
    """The functions of an account, in all regions."""

    def __init__(self, account: aws.Account) -> None:
        self._account = account

    def read(self, setting: Setting) -> Held:
        """Return the environment of the unpublished version, once no update is under way."""
        found = self._configuration(setting)
        environment = found.get("Environment") or {}
        if trouble := environment.get("Error"):
            key = found.get("KMSKeyArn") or "the key of its environment"
            raise LiveError(
                f"its environment cannot be read ({trouble.get('ErrorCode')}), so writing it would"
                f" lose it: allow kms:Decrypt on {key}"
            )
        if not found.get("RevisionId"):
            raise LiveError("Lambda names no revision, so a change in between could not be told")
        return Held(environment.get("Variables") or {}, found["RevisionId"])

    def fits(self, setting: Setting, values: Mapping[str, str]) -> None:
        """Lambda takes 4 KB in all."""
        size = len(json.dumps(dict(values), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))
        if size > LARGEST:
            raise LiveError(f"its environment would have {size:,} bytes, and Lambda takes {LARGEST:,}")

    def prepared(self, setting: Setting) -> None:
        """Nothing in an environment is followed by Lambda itself."""

    def write(self, setting: Setting, before: Held, values: Mapping[str, str]) -> None:
        """Replace the environment of that revision. All else stays, its key too: what is not given is not changed."""
        self.fits(setting, values)
        asked = {
            "FunctionName": setting.function, "Environment": {"Variables": dict(values)}, "RevisionId": before.revision
        }  # fmt: skip
        self._asked(setting, "update_function_configuration", WRITE, asked)

    def settled(self, setting: Setting, reference: str | None) -> str:
        """Wait for the end of the update."""
        found = self._configuration(setting)
        if found.get("LastUpdateStatus") == "Failed":
            why = found.get("LastUpdateStatusReasonCode") or "no reason given"
            raise Broken(f"Lambda could not put the change into effect: {why}")
        return ""

    def aliases(self, setting: Setting) -> Mapping[str, str]:
        """Return the aliases with their versions; one that is being shifted leads to two."""
        found: dict[str, str] = {}
        asked = {"FunctionName": setting.function}
        while True:
            page = self._asked(setting, "list_aliases", ALIASES, asked)
            for alias in page.get("Aliases", ()):
                more = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
                found[alias["Name"]] = ", ".join([alias["FunctionVersion"], *more])
            if not page.get("NextMarker"):
                return found
            asked = {**asked, "Marker": page["NextMarker"]}

    def _configuration(self, setting: Setting) -> Mapping[str, Any]:
        """Return a function's configuration while no update of it is under way. Raises LiveError."""
        until = time.monotonic() + PATIENCE
        while True:
            found = self._asked(setting, "get_function_configuration", READ, {"FunctionName": setting.function})
            if found.get("LastUpdateStatus") != "InProgress":
                return found
            if time.monotonic() > until:
                raise LiveError(f"an update of it has not ended in {PATIENCE:.0f} seconds")
            time.sleep(PAUSE)

    def _asked(self, setting: Setting, method: str, action: str, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the answer to a call. Raises Stale and LiveError; Lambda's own words may repeat what it was sent."""
        client = self._account.client("lambda", setting.where)
        try:
            answer: Mapping[str, Any] = getattr(client, method)(**asked)
        except self._account.errors as error:
            said = aws.code(error)
            if said in _STALE and "RevisionId" in asked:
                raise Stale from None
            if said == "ResourceNotFoundException":
                raise LiveError("there is no such function any more") from None
            if said.startswith("KMS"):
                raise LiveError(f"{said}: the key of its environment cannot be used") from None
            arn = self._account.arn(setting.where, f"function:{setting.function}")
            raise LiveError(self._account.fault(error, setting.target, action, (arn,)).detail) from None
        return answer
