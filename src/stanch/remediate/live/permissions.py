"""The least that stanch must be allowed, to change settings of deployed functions and nothing else of them.

Sources: AWS Service Authorization Reference for Lambda; Azure resource provider operations, Microsoft.Web.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from stanch.cloud.azure_functions import LIST, LIST_SLOT, READ, REFERENCES
from stanch.remediate import policies
from stanch.remediate.live import aws_lambda, azure_functions
from stanch.remediate.model import LiveMove, Policy, Reference, Setting
from stanch.remediate.policies import Account

_ACTIONS = [aws_lambda.READ, aws_lambda.WRITE, aws_lambda.ALIASES]
_APP = [READ, LIST, REFERENCES, azure_functions.WRITE]
_SLOT = [azure_functions.READ_SLOT, LIST_SLOT, azure_functions.REFERENCES_SLOT, azure_functions.WRITE_SLOT]
_KEY = "For an environment under a key of your own, allow kms:Decrypt and kms:Encrypt on that key, too."


def changing(moves: Iterable[LiveMove], account: Account, *, overwrite: bool) -> list[Policy]:
    """Return what is needed to store the values of these moves and to change their settings."""
    regions: dict[str, list[tuple[Setting, Reference]]] = {}
    apps: dict[str, list[tuple[Setting, Reference]]] = {}
    for move in moves:
        if move.setting and move.reference and not move.why:
            by = regions if move.setting.platform == "aws-lambda" else apps
            key = move.setting.where if by is regions else move.setting.target
            by.setdefault(key, []).append((move.setting, move.reference))
    found: list[Policy] = []
    for region, group in regions.items():
        there = account._replace(region=region)
        found += policies.writing(_distinct(group), there, overwrite=overwrite)
        arns = sorted({there.arn("lambda", f"function:{setting.function}") for setting, _ in group})
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": _ACTIONS, "Resource": arns}]}
        found.append(Policy(f"stanch itself, for functions in {region}", "iam", document, None, (_KEY,)))
    found += policies.writing(_distinct(item for group in apps.values() for item in group), account)
    return [*found, *(_role(group[0][0], account) for group in apps.values())]


def _distinct(group: Iterable[tuple[Setting, Reference]]) -> list[tuple[Reference, int]]:
    """Return the references as they are stored, whose sizes are not known before: an environment has 4 KB in all."""
    return [(reference, 0) for reference in {item.name: item for _, item in group}.values()]


def _role(setting: Setting, account: Account) -> Policy:
    """Return the custom role for one app, or slot."""
    group = f"/subscriptions/{account.subscription or 'SUBSCRIPTION'}/resourceGroups/{setting.where}"
    site = f"{group}/providers/Microsoft.Web/sites/{setting.function}"
    scope = f"{site}/slots/{setting.slot}" if setting.slot else site
    role: dict[str, Any] = {
        "Name": f"stanch {setting.function}{' ' if setting.slot else ''}{setting.slot}", "IsCustom": True,
        "Description": "Change settings of one function app.", "Actions": _SLOT if setting.slot else _APP,
        "AssignableScopes": [group],
    }  # fmt: skip
    notes = (f"Assign it at {scope}. Whoever may list settings gets the credentials for publishing, too.",)
    return Policy(f"stanch itself, for {setting.target}", "azure-custom-role", role, None, notes)
