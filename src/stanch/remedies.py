"""What to do about a finding: identity instead of a secret where one exists, else the vault beside the code."""

from __future__ import annotations

from stanch.model import Remedy
from stanch.rules import Rule
from stanch.runtimes import Runtime

_STORES = {
    Runtime.AWS_LAMBDA: (
        "ssm",
        "Move it to AWS SSM Parameter Store (SecureString) or Secrets Manager and read it at run time with the"
        " Lambda's execution role; a value resolved at deploy time can still be read in the console.",
    ),
    Runtime.AZURE_FUNCTIONS: (
        "keyvault",
        "Move it to Azure Key Vault and refer to it from an app setting with @Microsoft.KeyVault(…); the function"
        " reads the setting, its managed identity reads the vault.",
    ),
}
_ANYWHERE = (
    "Move it to a vault: AWS SSM Parameter Store or Secrets Manager for a Lambda, Azure Key Vault for an Azure"
    " Function."
)


def remedy(rule: Rule, runtime: str | None) -> Remedy:
    """Return what to do about a secret of `rule` in code that runs on `runtime` (a `Runtime`, or None: unknown)."""
    if rule.public:
        return Remedy(
            "public", None, "Public by design: make sure that this is the public key and not its secret twin."
        )
    store, move = _STORES[Runtime(runtime)] if runtime else (None, _ANYWHERE)
    steps = [revocation(rule)]
    if rule.remedy.identity:
        steps.append(f"Best without a secret: {_sentence(rule.remedy.identity)}")
        move = f"Otherwise: {move[0].lower()}{move[1:]}"
    return Remedy("identity" if rule.remedy.identity else "vault", store, " ".join([*steps, move]))


def revocation(rule: Rule) -> str:
    """Return where or how a secret of `rule` is revoked, in a sentence."""
    how = rule.remedy.revoke
    if not how:
        return "Revoke it at its issuer: history keeps what was once committed."
    return (
        f"Revoke it at {how} first."
        if how.startswith("https://")
        else _sentence(how if "." in how.split()[0] else how[0].upper() + how[1:])
    )


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
