"""AWS Secrets Manager: a secret's SecretString is the value itself, not a JSON object."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from stanch.remediate.stores import Address, Held, Store, StoreError
from stanch.remediate.stores.aws import client, told

_DELETED = "it is there and marked for deletion: restore it, or wait until it is gone, or choose --app"


def opened(address: Address) -> Store:
    """Return the secrets of a region. Raises StoreError."""
    return Secrets(client("secretsmanager", address), address.kms_key)


class Secrets:
    """The secrets of an account in a region; `key` encrypts new ones, None is the account's default key."""

    def __init__(self, client: Any, key: str | None) -> None:
        self._client = client
        self._key = key

    def get(self, name: str, version: str | None = None) -> Held | None:
        """Return a secret's value."""
        with told(name, "secretsmanager:GetSecretValue", InvalidRequestException=_DELETED):
            try:
                asked = {"VersionId": version} if version else {}
                found = self._client.get_secret_value(SecretId=name, **asked)
            except ClientError as error:
                if error.response["Error"]["Code"] == "ResourceNotFoundException":
                    return None
                raise
        if "SecretString" not in found:
            raise StoreError(f"{name} is there already, and holds bytes in place of text: choose --app")
        return Held(found["SecretString"].encode(), found["VersionId"], found["ARN"])

    def put(self, name: str, value: bytes, *, new: bool) -> None:
        """Make a secret, or without `new` the next version of one."""
        if not new:
            with told(name, "secretsmanager:PutSecretValue", InvalidRequestException=_DELETED):
                self._client.put_secret_value(SecretId=name, SecretString=value.decode())
            return
        options = {"KmsKeyId": self._key} if self._key else {}
        known = {
            "ResourceExistsException": "somebody has just made it: run the command again",
            "InvalidRequestException": _DELETED,
            "EncryptionFailure": "AWS cannot use the key of --kms-key",
            "LimitExceededException": "the account has as many secrets as it may",
        }
        with told(name, "secretsmanager:CreateSecret", **known):
            self._client.create_secret(Name=name, SecretString=value.decode(), **options)
