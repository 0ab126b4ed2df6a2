"""The least that somebody must be allowed: to read one secret, and for stanch to put it where it is to be read.

Sources: AWS Service Authorization Reference for Systems Manager, Secrets Manager and KMS; AWS Systems Manager User
Guide, "Restricting access to Parameter Store parameters"; Azure Key Vault, "Provide access with Azure role-based access
control".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from stanch.remediate.model import Policy, Reference
from stanch.remediate.names import STANDARD

USER_ROLE = "4633458b-17de-408a-b874-0445c86b69e6"
OFFICER_ROLE = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7"
"""Ids of Azure's built-in roles Key Vault Secrets User and Secrets Officer; names can change, ids cannot."""

SHARED_KEY = (
    "Without a key of your own (--kms-key) it is encrypted with the account's default key, which any principal of the"
    " account may use through the store: then this policy alone keeps others out. With your own key its key policy"
    " does, too."
)


class Account(NamedTuple):
    """Whose store it is; what is empty is not known, and stands as a word in capitals in policies."""

    region: str = ""
    account: str = ""
    kms_key: str = ""
    """The customer's key, by its id or ARN; empty for the account's default key."""
    subscription: str = ""
    resource_group: str = ""

    @property
    def partition(self) -> str:
        """The part of AWS that the region is in."""
        return next((name for head, name in _PARTITIONS if self.region.startswith(head)), "aws")

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of something in the account."""
        return f"arn:{self.partition}:{service}:{self.region or 'REGION'}:{self.account or 'ACCOUNT'}:{resource}"

    @property
    def key_arn(self) -> str:
        """The ARN of the customer's key."""
        return self.kms_key if self.kms_key.startswith("arn:") else self.arn("kms", f"key/{self.kms_key}")


_PARTITIONS = (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"))


def known(account: Account, arn: str) -> Account:
    """Return the account with what the ARN of a secret tells of it: arn:partition:service:region:account:…"""
    parts = arn.split(":")
    return account._replace(region=parts[3], account=parts[4]) if parts[0] == "arn" and len(parts) > 5 else account


def reading(reference: Reference, account: Account, arn: str = "") -> Policy | None:
    """Return what the code must be allowed to read the secret, and nothing else; None where the store has no policies.

    `arn` is the secret's own, known once it is stored; without it a Secrets Manager secret ends in `-??????`, for the
    six characters that AWS adds.
    """
    if reference.store == "keyvault":
        return _role(reference, account)
    if reference.store not in _ACTIONS:
        return None
    action, context = _ACTIONS[reference.store]
    arn = arn or _arn(reference, account)
    statements = [_allow([action], [arn])]
    if account.kms_key:
        statements.append(_decrypting([account.key_arn], reference.store, account, {f"{_CONTEXT}{context}": arn}))
    notes = _missing(account) + (() if account.kms_key else (SHARED_KEY,))
    return Policy(f"read {reference.name}", "iam", _document(statements), None, notes)


_ACTIONS = {
    "ssm": ("ssm:GetParameter", "PARAMETER_ARN"),
    "secretsmanager": ("secretsmanager:GetSecretValue", "SecretARN"),
}
"""What reads a secret, and the key of the encryption context that names it to KMS."""
_CONTEXT = "kms:EncryptionContext:"


def _arn(reference: Reference, account: Account) -> str:
    if reference.store == "ssm":  # the name's own slash is the one between
        return account.arn("ssm", f"parameter{reference.name}")
    return account.arn("secretsmanager", f"secret:{reference.name}-??????")


def _decrypting(
    keys: list[str], store: str, account: Account, context: dict[str, Any], actions: tuple[str, ...] = ("kms:Decrypt",)
) -> dict[str, Any]:
    """Return the statement that lets a customer's key be used through a store, for the secrets that `context` names."""
    via = f"{store}.{account.region or 'REGION'}.amazonaws.com{'.cn' if account.partition == 'aws-cn' else ''}"
    conditions: dict[str, dict[str, Any]] = {"StringEquals": {"kms:ViaService": via}}
    for key, value in context.items():
        # `??????` stands for any six characters with StringLike only.
        values = [value] if isinstance(value, str) else value
        operator = "StringLike" if any("?" in text for text in values) else "StringEquals"
        conditions.setdefault(operator, {})[key] = value
    return {**_allow(list(actions), keys), "Condition": conditions}


def _allow(actions: list[str], resources: list[str]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": _one(actions), "Resource": _one(resources)}


def _one(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values


def _document(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}


def _missing(account: Account) -> tuple[str, ...]:
    words = {"REGION": account.region, "ACCOUNT": account.account}
    unknown = [word for word, value in words.items() if not value]
    return (f"Put your own in the place of {' and '.join(unknown)}.",) if unknown else ()


def _role(reference: Reference, account: Account, *, writing: bool = False) -> Policy:
    """Return the role assignment for one secret of a Key Vault; whoever writes a new one needs it for the vault."""
    vault = (reference.vault or "").removeprefix("https://").partition(".")[0]
    scope = (
        f"/subscriptions/{account.subscription or 'SUBSCRIPTION'}/resourceGroups/{account.resource_group or 'GROUP'}"
        f"/providers/Microsoft.KeyVault/vaults/{vault}" + ("" if writing else f"/secrets/{reference.name}")
    )
    role = OFFICER_ROLE if writing else USER_ROLE
    who = "STANCH" if writing else "PRINCIPAL"
    command = (
        f"az role assignment create --role {role} --assignee-object-id {who}"
        f" --assignee-principal-type {'User' if writing else 'ServicePrincipal'} --scope {scope}"
    )
    words = {"SUBSCRIPTION": account.subscription, "GROUP": account.resource_group, who: ""}
    unknown = ", ".join(word for word, value in words.items() if not value)
    notes = [f"Put your own in the place of {unknown}; {who} is the object id of {_WHO[writing]}."]
    if not writing:
        notes.append(
            "A vault with access policies in place of roles wants `az keyvault set-policy --secret-permissions get`,"
            " which holds for all its secrets; a vault for each application and environment keeps that small."
        )
    title = f"write to the vault {vault}" if writing else f"read {reference.name}"
    return Policy(title, "azure-role", {"roleDefinitionId": role, "scope": scope}, command, tuple(notes))


_WHO = {False: "the function's managed identity", True: "whoever runs stanch"}


def writing(stored: Iterable[tuple[Reference, int]], account: Account, *, overwrite: bool = False) -> list[Policy]:
    """Return the least that stanch itself must be allowed to store these secrets and read them back.

    Each comes with the size of its value: a large parameter is encrypted in another way.
    """
    by_store: dict[str, list[tuple[Reference, int]]] = {}
    for reference, size in stored:
        by_store.setdefault(reference.store, []).append((reference, size))
    policies: list[Policy] = []
    for store, group in by_store.items():
        if store == "keyvault":
            vaults = {reference.vault: reference for reference, _ in group}
            policies += [_role(reference, account, writing=True) for reference in vaults.values()]
        elif store in _ACTIONS:
            policies.append(_storing(store, group, account, overwrite))
    return policies


def _storing(store: str, group: list[tuple[Reference, int]], account: Account, overwrite: bool) -> Policy:
    arns = [_arn(reference, account) for reference, _ in group]
    if store == "ssm":
        statements = [_allow(["ssm:GetParameter", "ssm:PutParameter"], arns)]
    else:
        actions = ["secretsmanager:CreateSecret", "secretsmanager:GetSecretValue"]
        statements = [_allow([*actions, *(["secretsmanager:PutSecretValue"] if overwrite else [])], arns)]
    if account.kms_key:
        # A standard parameter is encrypted by KMS itself, all else with a data key.
        large = store == "secretsmanager" or any(size > STANDARD for _, size in group)
        small = store == "ssm" and any(size <= STANDARD for _, size in group)
        uses = ("kms:Decrypt", *(("kms:Encrypt",) if small else ()), *(("kms:GenerateDataKey",) if large else ()))
        context = {f"{_CONTEXT}{_ACTIONS[store][1]}": _one(arns)}
        # Secrets Manager names the secret to KMS only when there is one: not yet while it makes it.
        statements.append(_decrypting([account.key_arn], store, account, context if store == "ssm" else {}, uses))
    return Policy(f"stanch itself, for {store}", "iam", _document(statements), None, _missing(account))
