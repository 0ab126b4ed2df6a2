"""Stores, through their real SDKs: what is put is read back, and what they refuse is said in words."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from remediate import vaults
from remediate.projects import password
from remediate.servers import REGION, address
from remediate.vaults import Fake
from stanch.remediate import names
from stanch.remediate.stores import Address, Store, StoreError, opened, stored
from stanch.remediate.stores.secretsmanager import Secrets
from stanch.remediate.stores.ssm import Parameters

NAMES = {"ssm": "/shop/DB_PASSWORD", "secretsmanager": "shop/DB_PASSWORD", "keyvault": "shop-db-password"}


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[tuple[Fake, Path]]:
    """Run a vault."""
    with vaults.vault(tmp_path) as running:
        yield running


@pytest.fixture(params=list(NAMES))
def store(request: pytest.FixtureRequest) -> tuple[str, Store]:
    """Give each store in turn, empty, with a name for it."""
    if request.param == "keyvault":
        return NAMES[request.param], vaults.opened(*request.getfixturevalue("vault"))
    return NAMES[request.param], opened(address(request.getfixturevalue("aws"), request.param))


# a value, why
VALUES = [
    (b"x", "one byte"),
    ("pässwörd 🔑".encode(), "any letters"),
    (b"-----BEGIN\nx\r\ny\n-----END\n", "lines, with their ends"),
    (b"https://example.org/?a=b&c", "an address is not fetched"),
    (b'{"a": "b"}', "JSON is a text"),
    (b" blank at both ends ", "blanks stay"),
    (password(1, 4_096), "the largest standard parameter"),
    (password(1, 8_192), "the largest advanced parameter"),
]


@pytest.mark.parametrize(("value", "why"), VALUES, ids=[why for _, why in VALUES])
def test_what_is_put_is_read_back(store: tuple[str, Store], value: bytes, why: str) -> None:
    """To the byte, and by its version too."""
    name, there = store
    held = stored(there, name, value, overwrite=False)
    assert held.value == value, why
    assert there.get(name, held.version) == held
    assert len(value) < 4 or value.decode() not in repr(held)  # a letter may stand in any name


@pytest.mark.parametrize("store", ["secretsmanager", "keyvault"], indirect=True)
def test_the_largest_value(store: tuple[str, Store]) -> None:
    """As large as the names' module says."""
    name, there = store
    value = password(1, 65_536 if "/" in name else vaults.LARGEST)
    assert stored(there, name, value, overwrite=False).value == value


def test_nothing_is_there(store: tuple[str, Store]) -> None:
    """That is no error, neither for a name nor for a version of one."""
    name, there = store
    assert there.get(name) is None
    there.put(name, b"value", new=True)
    assert there.get(name, "9" if name.startswith("/") else "0" * 31 + "9") is None


def test_the_same_value_stays(store: tuple[str, Store]) -> None:
    """No new version is made."""
    name, there = store
    first = stored(there, name, b"value", overwrite=False)
    assert stored(there, name, b"value", overwrite=True) == first


def test_another_value_is_not_overwritten(store: tuple[str, Store]) -> None:
    """Only where the user wants that; the version before can still be read."""
    name, there = store
    first = stored(there, name, b"first", overwrite=False)
    with pytest.raises(StoreError, match="--overwrite"):
        stored(there, name, b"second", overwrite=False)
    assert there.get(name) == first
    second = stored(there, name, b"second", overwrite=True)
    assert (second.value, there.get(name, first.version)) == (b"second", first)


@pytest.mark.parametrize("store", ["ssm", "secretsmanager"], indirect=True)
def test_nobody_else_is_overwritten_in_between(store: tuple[str, Store]) -> None:
    """Somebody made it after it was looked for: the store itself refuses."""
    name, there = store
    there.put(name, b"theirs", new=True)
    with pytest.raises(StoreError, match="somebody has just made it"):
        there.put(name, b"ours", new=True)


def test_a_parameter_that_is_not_encrypted(aws: str) -> None:
    """It is not taken for a secret."""
    boto3.client("ssm", REGION, endpoint_url=aws).put_parameter(Name="/shop/X", Value="x", Type="String")
    with pytest.raises(StoreError, match="plain String"):
        opened(address(aws)).get("/shop/X")


def test_a_secret_that_is_to_be_deleted(aws: str) -> None:
    """Its name is not free yet."""
    there = opened(address(aws, "secretsmanager"))
    there.put("shop/X", b"x", new=True)
    boto3.client("secretsmanager", REGION, endpoint_url=aws).delete_secret(SecretId="shop/X")
    with pytest.raises(StoreError, match="marked for deletion"):
        there.get("shop/X")


def test_a_key_of_ones_own(aws: str) -> None:
    """What is stored is encrypted with it."""
    key = boto3.client("kms", REGION, endpoint_url=aws).create_key()["KeyMetadata"]["KeyId"]
    stored(opened(address(aws, kms_key=key)), "/shop/X", b"x", overwrite=False)
    (found,) = boto3.client("ssm", REGION, endpoint_url=aws).describe_parameters()["Parameters"]
    assert (found["KeyId"], found["Type"]) == (key, "SecureString")


# service, method, AWS's code, a word of what is said
REFUSALS = [
    ("ssm", "put_parameter", "AccessDeniedException", "--policies"),
    ("ssm", "put_parameter", "ExpiredTokenException", "sign in again"),
    ("ssm", "put_parameter", "ThrottlingException", "too often"),
    ("ssm", "put_parameter", "ParameterLimitExceeded", "as many parameters"),
    ("ssm", "put_parameter", "ParameterMaxVersionLimitExceeded", "as many versions"),
    ("ssm", "put_parameter", "InvalidKeyId", "--kms-key"),
    ("ssm", "put_parameter", "ValidationException", "ValidationException"),
    ("ssm", "get_parameter", "AccessDeniedException", "ssm:GetParameter"),
    ("secretsmanager", "create_secret", "AccessDeniedException", "secretsmanager:CreateSecret"),
    ("secretsmanager", "create_secret", "LimitExceededException", "as many secrets"),
    ("secretsmanager", "create_secret", "EncryptionFailure", "--kms-key"),
    ("secretsmanager", "get_secret_value", "AccessDeniedException", "secretsmanager:GetSecretValue"),
]


@pytest.mark.parametrize(("service", "method", "code", "word"), REFUSALS)
def test_what_aws_refuses(service: str, method: str, code: str, word: str) -> None:
    """It is said what to do; AWS's own text, which may repeat what was sent, is not passed on."""
    client: Any = boto3.client(service, REGION, aws_access_key_id="x", aws_secret_access_key="x")  # type: ignore[call-overload]  # noqa: S106
    there: Store = Parameters(client, None) if service == "ssm" else Secrets(client, None)
    secret = password()
    with Stubber(client) as stubber:
        stubber.add_client_error(method, code, f"cannot take {secret.decode()}", 400)
        with pytest.raises(StoreError, match=word) as raised:
            there.get("/shop/X") if method.startswith("get") else there.put("/shop/X", secret, new=True)
    assert secret.decode() not in str(raised.value)


# what the vault does, what is said
VAULT_REFUSALS = [
    ({"denied": "GET"}, "does not let you read secrets"),
    ({"denied": "PUT"}, "does not let you write secrets"),
    ({"deleted": {"shop-db-password"}}, "a deleted secret still has this name"),
    ({"busy": 9}, "asked too often"),
]


@pytest.mark.parametrize(("state", "word"), VAULT_REFUSALS)
def test_what_a_vault_refuses(vault: tuple[Fake, Path], state: dict[str, Any], word: str) -> None:
    """It is said what to do, without the value."""
    vars(vault[0]).update(state)
    with pytest.raises(StoreError, match=word) as raised:
        stored(vaults.opened(*vault), "shop-db-password", password(), overwrite=False)
    assert password().decode() not in str(raised.value)


def test_a_disabled_secret(vault: tuple[Fake, Path]) -> None:
    """It is there, and cannot be read."""
    there = vaults.opened(*vault)
    there.put("x", b"x", new=True)
    vault[0].disabled.add("x")
    with pytest.raises(StoreError, match="disabled"):
        there.get("x")


def test_a_busy_vault_is_asked_again(vault: tuple[Fake, Path]) -> None:
    """The SDK waits, and goes on."""
    vault[0].busy = 1
    assert stored(vaults.opened(*vault), "x", b"x", overwrite=False).value == b"x"


@pytest.mark.parametrize("size", [vaults.LARGEST, vaults.LARGEST + 1])
def test_what_a_vault_takes_is_what_names_say(vault: tuple[Fake, Path], size: int) -> None:
    """The limit is checked before anything is sent, and it is the vault's."""
    value = password(1, size)
    there = vaults.opened(*vault)
    if names.why_not_value("keyvault", value) is None:
        assert stored(there, "x", value, overwrite=False).value == value
    else:
        with pytest.raises(StoreError, match="BadParameter"):
            there.put("x", value, new=True)


def test_a_vault_that_is_not_there() -> None:
    """It is said so."""
    fake = Fake()
    fake.url = "https://localhost:1"
    with pytest.raises(StoreError, match="cannot be reached"):
        vaults.opened(fake, Path(sys.executable)).get("x")


@pytest.mark.parametrize(
    ("missing", "store", "extra"), [("boto3", "ssm", "aws"), ("azure.identity", "keyvault", "azure")]
)
def test_an_sdk_that_is_not_installed(monkeypatch: pytest.MonkeyPatch, missing: str, store: str, extra: str) -> None:
    """It is said which extra brings it."""
    for name in [name for name in sys.modules if name.startswith("stanch.remediate.stores.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(StoreError, match=rf"stanch\[{extra}\]"):
        opened(Address(store, vault="https://v1.vault.azure.net"))


def test_no_region_and_no_credentials(monkeypatch: pytest.MonkeyPatch, aws: str) -> None:
    """It is said what is missing."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(StoreError, match="--region"):
        opened(Address("ssm"))
    with pytest.raises(StoreError, match="no AWS credentials"):
        opened(address(aws)).get("/shop/X")
    with pytest.raises(StoreError, match="nowhere"):
        opened(Address("ssm", REGION, profile="nowhere"))
