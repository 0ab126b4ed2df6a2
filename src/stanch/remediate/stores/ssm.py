"""AWS Systems Manager Parameter Store: a secret is a SecureString."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from stanch.remediate.names import STANDARD
from stanch.remediate.stores import Address, Held, Store, StoreError
from stanch.remediate.stores.aws import client, told


def opened(address: Address) -> Store:
    """Return the parameters of a region. Raises StoreError."""
    return Parameters(client("ssm", address), address.kms_key)


class Parameters:
    """The parameters of an account in a region; `key` encrypts new ones, None is the account's default key."""

    def __init__(self, client: Any, key: str | None) -> None:
        self._client = client
        self._key = key

    def get(self, name: str, version: str | None = None) -> Held | None:
        """Return a parameter's value; one that is not encrypted is refused."""
        with told(name, "ssm:GetParameter"):
            try:
                asked = f"{name}:{version}" if version else name
                found = self._client.get_parameter(Name=asked, WithDecryption=True)["Parameter"]
            except ClientError as error:
                if error.response["Error"]["Code"] in ("ParameterNotFound", "ParameterVersionNotFound"):
                    return None
                raise
        if found["Type"] != "SecureString":
            raise StoreError(f"{name} is there already, as plain {found['Type']}: delete it, or choose --app")
        return Held(found["Value"].encode(), str(found["Version"]), found.get("ARN", ""))

    def put(self, name: str, value: bytes, *, new: bool) -> None:
        """Put a value there; without `new` as the next version of what is there."""
        options: dict[str, Any] = {"KeyId": self._key} if self._key and new else {}
        tier = "Standard" if len(value) <= STANDARD else "Intelligent-Tiering"
        known = {
            "ParameterAlreadyExists": "somebody has just made it: run the command again",
            "InvalidKeyId": "AWS cannot use the key of --kms-key",
            "ParameterLimitExceeded": "the account has as many parameters as it may",
            "ParameterMaxVersionLimitExceeded": "it has as many versions as it may: an old one has a label",
        }
        with told(name, "ssm:PutParameter", **known):
            self._client.put_parameter(
                Name=name, Value=value.decode(), Type="SecureString", Overwrite=not new, Tier=tier, **options
            )
