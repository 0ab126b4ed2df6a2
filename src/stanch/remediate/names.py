"""Names for a secret: in the environment and in a store, by the store's own rules; and how large a value may be.

Limits: AWS Systems Manager API reference, PutParameter; AWS Secrets Manager API reference, CreateSecret; Azure Key
Vault, "About keys, secrets and certificates"; GitHub, "Secrets reference".
"""

from __future__ import annotations

import re
from collections.abc import Iterable

LONGEST = 64
"""How long an environment name, or one part of a store's name, is made, in characters."""
STORES = ("ssm", "secretsmanager", "keyvault")
"""The stores that stanch itself can write to."""
LONGEST_HERE = 200
"""How long the name of a repository's secret is made, in characters."""
KB = 1024
STANDARD = 4 * KB
"""The largest value of a standard parameter; a larger one is of the advanced tier, which costs."""
_LARGEST = {"ssm": 8 * KB, "secretsmanager": 64 * KB, "keyvault": 25 * KB, "github-actions": 48 * KB}
_CALLED = {
    "ssm": "SSM Parameter Store", "secretsmanager": "Secrets Manager", "keyvault": "Key Vault",
    "github-actions": "GitHub Actions secrets",
}  # fmt: skip

_NAMES = {
    "ssm": re.compile(r"(?!/?(?:aws|ssm))(?:/[A-Za-z0-9_.-]+){1,15}", re.IGNORECASE),
    "secretsmanager": re.compile(r"[A-Za-z0-9/_+=.@-]{1,512}(?<!-[A-Za-z0-9]{6})"),
    "keyvault": re.compile(r"[0-9A-Za-z-]{1,127}"),
    "github-actions": re.compile(r"(?!GITHUB_)[A-Z_][A-Z0-9_]{0,254}", re.IGNORECASE),
}
_LONGEST_SSM = 1011 - len("arn:aws-us-gov:ssm:us-gov-west-1:111122223333:parameter")
"""A parameter's name may have 1,011 characters together with what stands before it in its ARN."""
VAULT = re.compile(r"[A-Za-z](?!.*--)[A-Za-z0-9-]{1,22}[A-Za-z0-9]")
"""The name of a Key Vault: 3 to 24 letters, digits and single hyphens, the first a letter, the last none."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_EMPTY = frozenset(
    {
        "ACCESS", "API", "APIKEY", "AUTH", "AUTHORIZATION", "BEARER", "BASIC", "CLIENT", "CONN", "CONNECTION", "CRED",
        "CREDENTIAL", "CREDENTIALS", "DATA", "DEFAULT", "HEADER", "HEADERS", "ID", "KEY", "KEYS", "PASS", "PASSWD",
        "PASSWORD", "PRIVATE", "PWD", "SECRET", "STRING", "TOKEN", "URI", "URL", "USER", "VALUE", "X",
    }
)  # fmt: skip
"""Words that do not say whose credential it is."""
_OWNERS = frozenset({"THIS", "SELF", "CONST", "VAR", "LET", "STATIC", "PROCESS", "ENV", "OS", "ENVIRON", "EXPORT"})
"""Words in front of a name that are the language's."""
_LAMBDA = re.compile(
    r"_HANDLER|_X_AMZN_.*|AWS_(?:DEFAULT_REGION|REGION|EXECUTION_ENV|ACCESS_KEY|ACCESS_KEY_ID|SECRET_ACCESS_KEY"
    r"|SESSION_TOKEN|LAMBDA_.*)|LAMBDA_(?:TASK_ROOT|RUNTIME_DIR)|(?:PATH|HOME|TZ|LANG|LD_LIBRARY_PATH)"
)
"""Names that a Lambda has already (Lambda developer guide, "Defined runtime environment variables"), or any process."""
_GITHUB = re.compile(r"GITHUB_.*")


def environment(name: bytes, around: bytes, provider: str, rule: str, store: str, *, fixed: bool = False) -> str:
    """Return a name for the environment, as `GITHUB_CRED` of `githubCred`.

    One that does not say whose credential it is gets that of the group `around` it in front, or the provider's; one
    without a name is called after its rule. One that is `fixed`, and a name of an environment, stays. A name that the
    platform of `store` has taken gets `APP_` in front.
    """
    words = _words(name.decode("utf-8", "ignore"))
    fixed = fixed and bool(re.fullmatch(rb"[A-Z][A-Z0-9_]+", name)) and len(name) <= LONGEST
    while len(words) > 1 and words[0] in _OWNERS:
        words = words[1:]
    if not words:
        words = _words(rule)
    elif _EMPTY.issuperset(words):
        group = [word for word in _words(around.decode("utf-8", "ignore").rpartition(" ")[2]) if word not in _EMPTY]
        words = [*(group or (_words(provider) if provider.lower() != "generic" else ["APP"])), *words]
    made = name.decode() if fixed else _within(words)
    if made[0].isdigit():
        made = f"N{made}"
    taken = {"ssm": _LAMBDA, "secretsmanager": _LAMBDA, "github-actions": _GITHUB}.get(store)
    return f"APP_{made}" if len(made) < 2 or (taken and taken.fullmatch(made)) else made


def _words(text: str) -> list[str]:
    return [word.upper() for word in _WORD.findall(text)]


def _within(words: list[str]) -> str:
    """Return as many of the last words as there is room for."""
    while len(words) > 1 and len("_".join(words)) > LONGEST:
        words = words[1:]
    return "_".join(words)[-LONGEST:].lstrip("_")


def in_store(store: str, app: str, folders: Iterable[str], env: str) -> str:
    """Return the name of a secret in a store: `/app/folder/DB_PASSWORD`, `app-folder-db-password`.

    `app` and `folders` tell whose it is; what a store does not allow in them becomes a hyphen.
    """
    if store in ("github-actions", "none"):
        return "_".join([env, *(word for folder in folders for word in _words(folder))])[:LONGEST_HERE]
    parts = [_part(part) for part in (app, *folders)]
    parts = [part for part in parts if part] or ["app"]
    if store == "keyvault":
        return _part("-".join([*parts, env]).replace("_", "-").replace(".", "-").lower(), 127)
    if parts[0].lower().startswith(("aws", "ssm")):
        parts[0] = f"app-{parts[0]}"
    return ("/" if store == "ssm" else "") + "/".join([*parts[:14], env])


def _part(text: str, longest: int = LONGEST) -> str:
    return re.sub(r"-{2,}", "-", re.sub(r"[^A-Za-z0-9_.-]", "-", text)).strip("-.")[:longest].rstrip("-.")


def suffixed(store: str, name: str, fingerprint: str) -> str:
    """Return a name that another secret would have too with what tells the two apart, the same each time."""
    mark = fingerprint[:6]
    if store == "keyvault":
        return f"{name[: 127 - 7]}-{mark}"
    return f"{name}_{mark.upper()}"


def why_not_name(store: str, name: str) -> str | None:
    """Return why a store would refuse a name, in a sentence; None when it takes it."""
    rule = _NAMES.get(store)
    if rule is None:
        return None
    if not rule.fullmatch(name) or (store == "ssm" and len(name) > _LONGEST_SSM):
        return f"{name!r} is no name for {_CALLED[store]}"
    return None


def why_not_value(store: str, value: bytes) -> str | None:
    """Return why a store would refuse a value, in a sentence that does not show it; None when it takes it."""
    called, largest = _CALLED.get(store), _LARGEST.get(store)
    if called is None or largest is None:
        return None
    if not value:
        return f"{called} takes no empty value"
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        return f"the value is not UTF-8, and {called} keeps text"
    if len(value) > largest:
        return f"the value has {len(value):,} bytes, and {called} takes {largest:,}"
    if store == "ssm" and re.search(r"\{\{.*\}\}", text, re.DOTALL):
        return "SSM Parameter Store takes no value with {{…}}, which it would resolve as another parameter's name"
    return None


def asked(name: str) -> str:
    """Return the words on how a secret of a repository on GitHub is set: its value stands on no command line.

    https://cli.github.com/manual/gh_secret_set
    """
    return f"`gh secret set {name}`, which asks for the value; one of several lines it reads from `< FILE`"
