"""How code, scripts and settings name a secret that stands in a store, and the sentences on what is left."""

from __future__ import annotations

from enum import StrEnum

from stanch.remediate import names
from stanch.remediate.model import Reference

AWS = frozenset(("ssm", "secretsmanager"))
_POINTERS = {"ssm": "_PARAM", "secretsmanager": "_SECRET_ID"}
VAULT_URL = "KEY_VAULT_URL"
"""The environment variable that holds the address of the vault, for code that reads one itself."""


class Kind(StrEnum):
    """How code comes by a secret."""

    ENVIRONMENT = "environment"
    """From an environment variable that holds it."""
    STORE = "store"
    """From the store itself, at run time; an environment variable holds its name, or the vault's address."""


def pointer(reference: Reference) -> str:
    """Return the environment variable that holds the secret's name, which is none: `DB_PASSWORD_PARAM`."""
    return reference.env + _POINTERS[reference.store]


def app_setting(reference: Reference) -> str:
    """Return the value of an Azure app setting that the platform fills in at run time, without a version.

    https://learn.microsoft.com/azure/app-service/app-service-key-vault-references
    """
    return f"@Microsoft.KeyVault(SecretUri={vault(reference)}/secrets/{reference.name}/)"


def vault(reference: Reference) -> str:
    """Return the vault's address without a slash at its end."""
    return (reference.vault or "").rstrip("/")


def vault_name(reference: Reference) -> str:
    """Return the vault's name."""
    return vault(reference).removeprefix("https://").partition(".")[0]


def resolved(reference: Reference) -> str:
    """Return CloudFormation's dynamic reference to a secret of Secrets Manager.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html
    """
    return f"{{{{resolve:secretsmanager:{reference.name}}}}}"


def fetched(reference: Reference) -> str | None:
    """Return the command that writes the secret to its standard output; None where no store has it."""
    if reference.store == "ssm":
        return f"aws ssm get-parameter --name {reference.name} --with-decryption --query Parameter.Value --output text"
    if reference.store == "secretsmanager":
        return f"aws secretsmanager get-secret-value --secret-id {reference.name} --query SecretString --output text"
    if reference.store == "keyvault":
        return f"az keyvault secret show --id {vault(reference)}/secrets/{reference.name} --query value --output tsv"
    return None


def copied(reference: Reference) -> str:
    """Return the sentence on how a repository on GitHub gets the secret; empty where that is its only store."""
    if reference.store == "github-actions":
        return ""
    command = fetched(reference)
    if command is None:
        return f"Set it as the repository's secret: {names.asked(reference.env)}."
    return f"Copy it to the repository's secrets: `{command} | gh secret set {reference.env}`."


def source(reference: Reference) -> str:
    """Return where the secret is, in words."""
    return {
        "ssm": f"the SSM parameter {reference.name}",
        "secretsmanager": f"the secret {reference.name} of AWS Secrets Manager",
        "keyvault": f"the secret {reference.name} of {vault(reference)}",
        "github-actions": f"the GitHub Actions secret {reference.env}",
    }.get(reference.store, "where you keep it")


def provide(reference: Reference, to: str = "the environment of the program") -> str:
    """Return the sentence that says to set the environment variable."""
    return f"Set {reference.env} in {to} from {source(reference)}."


def set_app_setting(reference: Reference) -> str:
    """Return the sentence that says which app setting must be made."""
    return (
        f"Set the app setting {reference.env} to {app_setting(reference)}, and let the app's managed identity read"
        " that secret (role Key Vault Secrets User)."
    )


def set_pointer(reference: Reference) -> str:
    """Return the sentence that says which variable of a function names the secret."""
    return f"Set {pointer(reference)} to {reference.name} in the environment of the function."
