"""What the stores of AWS have in common: a client, and what its errors mean."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError, PartialCredentialsError

from stanch.remediate.stores import Address, StoreError

_DENIED = frozenset({"AccessDeniedException", "AccessDenied", "UnauthorizedOperation"})
_BAD = frozenset(
    {"UnrecognizedClientException", "InvalidClientTokenId", "ExpiredTokenException", "InvalidSignatureException"}
)
_SLOW = frozenset({"ThrottlingException", "TooManyUpdates", "RequestLimitExceeded"})
ATTEMPTS = 6
"""How often the SDK asks in all where AWS says that it was too often."""


def client(service: str, address: Address) -> Any:
    """Return a client of a service. Raises StoreError where region or profile are missing."""
    try:
        session: Any = boto3.session.Session(profile_name=address.profile, region_name=address.region)
        retries = Config(
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS}, connect_timeout=10, read_timeout=30
        )
        return session.client(service, endpoint_url=address.endpoint, config=retries)
    except NoRegionError as error:
        raise StoreError("AWS: no region is set: --region, or AWS_REGION") from error
    except BotoCoreError as error:
        raise StoreError(f"AWS: {error}") from error


@contextmanager
def told(name: str, action: str, **known: str) -> Iterator[None]:
    """Turn the SDK's errors into StoreError, in words; `known` has words for codes of the service.

    The service's own text is passed on only where it cannot repeat what it was sent.
    """
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        raise StoreError(f"{name}: {known.get(code) or _words(code, action)}") from None
    except (NoCredentialsError, PartialCredentialsError):
        raise StoreError(f"{name}: no AWS credentials are found: --profile, or what the AWS CLI uses") from None
    except BotoCoreError as error:
        raise StoreError(f"{name}: AWS cannot be asked: {type(error).__name__}") from None


def _words(code: str, action: str) -> str:
    if code in _DENIED:
        return f"AWS does not allow you {action}; `stanch fix --policies` prints the policy that does"
    if code in _BAD:
        return "AWS does not know these credentials, or they have expired: sign in again"
    if code in _SLOW:
        return "AWS says that it was asked too often; wait a minute and run the command again"
    return f"AWS refuses {action}: {code or 'no reason given'}"
