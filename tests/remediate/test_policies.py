"""Who may read a secret, and what stanch itself needs: no more than that."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stanch.remediate import policies
from stanch.remediate.model import Policy, Reference
from stanch.remediate.policies import Account

SSM = Reference("DB_PASSWORD", "ssm", "/shop/DB_PASSWORD", None)
SECRET = Reference("DB_PASSWORD", "secretsmanager", "shop/DB_PASSWORD", None)
VAULT = Reference("DB_PASSWORD", "keyvault", "shop-db-password", "https://v1.vault.azure.net")
KEY = "0f9e8d7c-0000-4000-8000-0123456789ab"
HERE = Account("eu-west-1", "111122223333")
OWN_KEY = HERE._replace(kms_key=KEY)
PARAMETER = "arn:aws:ssm:eu-west-1:111122223333:parameter/shop/DB_PASSWORD"
KEY_ARN = f"arn:aws:kms:eu-west-1:111122223333:key/{KEY}"


def read(reference: Reference, account: Account, arn: str = "") -> Policy:
    """Return the policy, which there is."""
    policy = policies.reading(reference, account, arn)
    assert policy is not None
    return policy


def statements(policy: Policy) -> list[dict[str, Any]]:
    """Return the statements of an IAM policy."""
    assert policy.document["Version"] == "2012-10-17"
    found: list[dict[str, Any]] = policy.document["Statement"]
    return found


def test_one_parameter_and_nothing_else() -> None:
    """The name's own slash is the one in the ARN; no path, no list, no key that is not the account's own to give."""
    policy = read(SSM, HERE)
    assert statements(policy) == [{"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": PARAMETER}]
    assert any("default key" in note for note in policy.notes)


def test_a_key_of_ones_own_is_bound_to_the_parameter() -> None:
    """Decrypting is allowed with that key, through the store, for that parameter; and the advice is taken."""
    policy = read(SSM, OWN_KEY)
    assert statements(policy)[1] == {
        "Effect": "Allow",
        "Action": "kms:Decrypt",
        "Resource": KEY_ARN,
        "Condition": {
            "StringEquals": {
                "kms:ViaService": "ssm.eu-west-1.amazonaws.com",
                "kms:EncryptionContext:PARAMETER_ARN": PARAMETER,
            }
        },
    }
    assert policy.notes == ()


def test_a_secret_is_named_with_its_ending_once_that_is_known() -> None:
    """Before it is stored any six characters stand for it, and a condition must be one that knows wildcards."""
    before = statements(read(SECRET, OWN_KEY))
    assert before[0]["Resource"] == "arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/DB_PASSWORD-??????"
    assert before[1]["Condition"]["StringLike"] == {"kms:EncryptionContext:SecretARN": before[0]["Resource"]}
    full = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/DB_PASSWORD-aB3dE6"
    after = statements(read(SECRET, OWN_KEY, full))
    assert after[0]["Resource"] == full
    assert after[1]["Condition"]["StringEquals"]["kms:EncryptionContext:SecretARN"] == full


@pytest.mark.parametrize(
    ("region", "partition", "via"),
    [
        ("cn-north-1", "aws-cn", "ssm.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov", "ssm.us-gov-west-1.amazonaws.com"),
        ("ap-southeast-2", "aws", "ssm.ap-southeast-2.amazonaws.com"),
    ],
)
def test_other_parts_of_aws(region: str, partition: str, via: str) -> None:
    """ARNs and services are called otherwise in China and for the government."""
    first, second = statements(read(SSM, OWN_KEY._replace(region=region)))
    assert first["Resource"].startswith(f"arn:{partition}:ssm:{region}:")
    assert second["Condition"]["StringEquals"]["kms:ViaService"] == via


def test_what_is_not_known_is_said() -> None:
    """Words in capitals stand for it."""
    policy = read(SSM, Account())
    assert statements(policy)[0]["Resource"] == "arn:aws:ssm:REGION:ACCOUNT:parameter/shop/DB_PASSWORD"
    assert "Put your own in the place of REGION and ACCOUNT." in policy.notes


def test_a_key_vault_gives_a_role_on_one_secret() -> None:
    """By the id of the role; the command is whole where all is known but who reads."""
    policy = read(VAULT, Account(subscription="s-1", resource_group="g1"))
    scope = "/subscriptions/s-1/resourceGroups/g1/providers/Microsoft.KeyVault/vaults/v1/secrets/shop-db-password"
    assert policy.document == {"roleDefinitionId": "4633458b-17de-408a-b874-0445c86b69e6", "scope": scope}
    assert policy.command == (
        "az role assignment create --role 4633458b-17de-408a-b874-0445c86b69e6 --assignee-object-id PRINCIPAL"
        f" --assignee-principal-type ServicePrincipal --scope {scope}"
    )


@pytest.mark.parametrize("store", ["github-actions", "none"])
def test_a_store_without_policies(store: str) -> None:
    """Nothing is made up."""
    assert policies.reading(Reference("X", store, "X", None), HERE) is None


def test_stanch_itself_needs_to_put_and_to_read_back() -> None:
    """Only what is stored is named; to overwrite is a permission of its own; a large parameter wants a data key."""
    (ssm, secret) = policies.writing([(SSM, 20), (SECRET, 20)], OWN_KEY)
    assert statements(ssm)[0] == {
        "Effect": "Allow", "Action": ["ssm:GetParameter", "ssm:PutParameter"], "Resource": PARAMETER,
    }  # fmt: skip
    assert statements(ssm)[1]["Action"] == ["kms:Decrypt", "kms:Encrypt"]
    assert statements(secret)[0]["Action"] == ["secretsmanager:CreateSecret", "secretsmanager:GetSecretValue"]
    assert statements(secret)[1]["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    (both,) = policies.writing([(SSM, 20), (SSM._replace(name="/shop/B"), 5_000)], OWN_KEY)
    assert statements(both)[1]["Action"] == ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]
    (again,) = policies.writing([(SECRET, 20)], HERE, overwrite=True)
    assert "secretsmanager:PutSecretValue" in statements(again)[0]["Action"]


def test_stanch_itself_needs_a_role_on_the_vault() -> None:
    """Once for each vault: a secret that is not there yet has no scope."""
    (policy,) = policies.writing([(VAULT, 20), (VAULT._replace(name="other"), 20)], Account())
    assert policy.document["scope"].endswith("/vaults/v1")
    assert "b86a8fe4-44ce-4948-aee5-eccb2c155cd7" in str(policy.command)


def test_no_policy_allows_everything() -> None:
    """No star stands in any of them."""
    made = [read(SSM, OWN_KEY), read(SECRET, OWN_KEY), *policies.writing([(SSM, 1), (SECRET, 1)], OWN_KEY)]
    assert all("*" not in json.dumps(policy.document) for policy in made)
