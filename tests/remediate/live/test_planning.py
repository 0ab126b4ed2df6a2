"""What a plan says of deployed functions: which settings change and how, and which stay, and why."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from remediate.live.deployed import ACCOUNT, STRIPE, VAULT, finding, plan
from scans import token
from stanch.remediate.live.permissions import changing
from stanch.remediate.model import Action, End, Move, Plan, Reference
from stanch.remediate.policies import OFFICER_ROLE, USER_ROLE
from stanch.remediate.written import text
from stanch.values import replace

GITHUB = token(1)
LAMBDA, APP = "aws-lambda:eu-west-1/orders", "azure-functions:shop/orders"

# where it stands, the user's choice, action, name in the store, why it is not changed, why
CASES = [
    (f"{LAMBDA}/environment/KEY", {}, Action.NAME, "/orders/KEY", "", "a Lambda's code reads the variable"),
    (f"{LAMBDA}/environment/KEY", {"drop": True}, Action.DROP, "/orders/KEY", "", "until it fetches the secret"),
    (f"{LAMBDA}/environment/KEY", {"store": "secretsmanager"}, Action.NAME, "orders/KEY", "", "the user's store"),
    (f"{LAMBDA}/environment/KEY", {"app": "shop"}, Action.NAME, "/shop/KEY", "", "the user's name"),
    (f"{LAMBDA}/environment/KEY", {"store": "keyvault"}, Action.NAME, "/orders/KEY", "--store chose keyvault",
     "a Lambda has no identity in Azure"),
    (f"{APP}/settings/KEY", {}, Action.REFER, "orders-key", "", "Azure follows a reference"),
    (f"{APP}:test/settings/KEY", {}, Action.REFER, "orders-key", "", "in a slot, too"),
    (f"{APP}/connection-strings/Shop:Db", {}, Action.REFER, "orders-shop-db", "", "and in connection strings"),
    (f"{APP}/settings/KEY", {"vault": None}, Action.REFER, "orders-key", "--vault", "nobody has named a vault"),
    (f"{APP}/settings/KEY", {"store": "ssm"}, Action.REFER, "orders-key", "--store chose ssm", "Azure follows none"),
    (f"{APP}/settings/AzureWebJobsStorage", {}, Action.REFER, "orders-azurewebjobsstorage", "__accountName",
     "Azure reads it itself"),
    (f"{APP}/settings/WEBSITE_CONTENTAZUREFILECONNECTIONSTRING", {}, Action.REFER,
     "orders-website-contentazurefileconnectionstring", "leave it plain", "before there is an app to follow it"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "given", "action", "name", "why_not", "why"), CASES)
def test_a_setting(path: str, given: dict[str, str], action: Action, name: str, why_not: str, why: str) -> None:
    """By the platform, the user's choice, and who reads the setting."""
    (move,) = plan(finding(STRIPE, path), **given)  # type: ignore[arg-type]
    assert move.setting is not None
    assert move.reference is not None
    assert (move.setting.place, move.action, move.reference.name) == (path, action, name), why
    assert bool(move.why) == bool(why_not)
    assert why_not in move.why


def test_an_identity_does_without() -> None:
    """A Lambda has a role, so its AWS keys are not moved unless the user names a store."""
    found = finding(token(3, "aws-secret-access-key"), f"{LAMBDA}/environment/K", rule="aws-secret-access-key")
    assert "execution role can take its place" in plan(found)[0].why
    assert not plan(found, store="ssm")[0].why


def test_names_of_two_secrets_differ() -> None:
    """With the function's name, and where that does not help with a mark; the same secret has the same name."""
    paths = [f"{LAMBDA}/environment/KEY", "aws-lambda:eu-west-1/bills/environment/KEY"]
    two = finding(STRIPE, paths[0]), finding(token(9, "stripe-secret-key-live"), paths[1])

    def called(*moves: object, **given: str) -> list[str]:
        return [move.reference.name for move in plan(*moves, **given) if move.reference]  # type: ignore[arg-type]

    assert called(*two) == ["/orders/KEY", "/bills/KEY"]
    assert called(*two, app="shop") == ["/shop/orders/KEY", "/shop/bills/KEY"]
    assert called(finding(STRIPE, *paths), app="shop") == ["/shop/KEY", "/shop/KEY"]
    slots = finding(STRIPE, f"{APP}/settings/KEY"), finding(token(9, "stripe-secret-key-live"), f"{APP}:b/settings/KEY")
    assert len(set(called(*slots))) == 2
    inside = finding(STRIPE, f"{APP}/settings/KEY"), finding(STRIPE, f"{APP}:b/settings/KEY", at=3)
    assert len(set(called(*inside))) == 2, "other text is around it there"
    other = finding(token(9, "stripe-secret-key-live"), "aws-lambda:eu-west-2/orders/environment/KEY")
    assert called(two[0], other) == ["/orders/KEY", "/orders/KEY"], "another region has a store of its own"


def test_a_setting_with_two_findings_changes_once() -> None:
    """A connection string has a name and a password, and is one value."""
    moves = plan(finding(STRIPE, f"{APP}/settings/DB"), finding(GITHUB, f"{APP}/settings/DB", at=9))
    assert len(moves) == 1


def test_versions() -> None:
    """They are named with what to do, those with the code too; without a setting that is all."""
    paths = [f"{LAMBDA}:{number}/environment/KEY" for number in (7, 10)]
    (both,) = plan(finding(STRIPE, f"{LAMBDA}/environment/KEY", *paths, f"{LAMBDA}:9/src/index.js"))
    assert both.versions == ("orders:7", "orders:9", "orders:10")
    assert any("--qualifier 7" in step and "no alias" in step for step in both.after)
    (alone,) = plan(finding(STRIPE, *paths))
    assert "published versions alone" in alone.why
    assert alone.versions == ("orders:7", "orders:10")
    assert plan(finding(STRIPE, f"{LAMBDA}/src/index.js", "aws-lambda:eu-west-1/layer/tools:1/a.py")) == ()


def test_a_name_cannot_leave_its_command() -> None:
    """Reports are read from files, so names in commands are quoted."""
    (move,) = plan(finding(STRIPE, "azure-functions:shop/a;b $(c)/settings/KEY"))
    assert any("--name 'a;b $(c)'" in step for step in move.after)


def test_what_stanch_needs() -> None:
    """The store, and the configuration of these functions alone."""
    moves = plan(
        finding(STRIPE, f"{LAMBDA}/environment/KEY", f"{APP}/settings/KEY", f"{APP}:test/settings/KEY"),
        finding(GITHUB, f"{APP}/settings/AzureWebJobsStorage", rule="github-pat-classic"),
    )
    found = {policy.title: policy.document for policy in changing(moves, ACCOUNT, overwrite=False)}
    assert found["stanch itself, for functions in eu-west-1"]["Statement"] == [{
        "Effect": "Allow",
        "Action": ["lambda:GetFunctionConfiguration", "lambda:UpdateFunctionConfiguration", "lambda:ListAliases"],
        "Resource": ["arn:aws:lambda:eu-west-1:111122223333:function:orders"],
    }]  # fmt: skip
    assert found["stanch itself, for ssm"]["Statement"][0]["Resource"].endswith("parameter/orders/KEY")
    assert found[f"stanch itself, for {APP}"]["Actions"] == [
        "Microsoft.Web/sites/read", "Microsoft.Web/sites/config/list/action", "Microsoft.Web/sites/config/read",
        "Microsoft.Web/sites/config/write",
    ]  # fmt: skip
    assert found[f"stanch itself, for {APP}:test"]["Actions"] == [
        "Microsoft.Web/sites/slots/read", "Microsoft.Web/sites/slots/config/list/Action",
        "Microsoft.Web/sites/slots/config/read", "Microsoft.Web/sites/slots/config/write",
    ]  # fmt: skip
    assert sum(OFFICER_ROLE in str(document) for document in found.values()) == 1
    assert USER_ROLE in str(moves[1].policies)


def test_the_text(golden: Callable[[str, str], None]) -> None:
    """Consent, what changes, the identity and its role with their commands, versions; no secret."""
    aws = finding(STRIPE, f"{LAMBDA}/environment/STRIPE_KEY", f"{LAMBDA}:3/environment/STRIPE_KEY")
    azure = finding(GITHUB, f"{APP}:test/connection-strings/Db", rule="github-pat-classic", at=9)
    kept = finding(token(8), f"{APP}/settings/AzureWebJobsStorage", rule="github-pat-classic")
    written = text(Plan((), 0, plan(aws, azure, kept)), ())
    dropped = text(Plan((), 0, plan(aws, drop=True)), ())
    unnamed = text(Plan((), 0, plan(azure, vault=None)), ())
    assert STRIPE.decode() not in written + dropped
    golden("live-plan.txt", "\n".join((written, dropped, unnamed)))


def test_a_secret_of_files_has_one_name() -> None:
    """What a move of files stores is not stored twice, where the setting holds it alone, and reads that store."""
    bare = finding(STRIPE, f"{LAMBDA}/environment/KEY", f"{APP}/settings/KEY")
    reference = Reference("STRIPE", "ssm", "/here/STRIPE", None)
    files = Move(bare, End.VAULT, "", reference, STRIPE, "plain", (), (), (), (), (), ())
    assert [move.reference for move in plan(bare, moves=[files])] == [
        Reference("KEY", "ssm", "/here/STRIPE", None),
        Reference("KEY", "keyvault", "orders-key", VAULT),
    ]
    other = replace(files, finding=finding(GITHUB, f"{LAMBDA}/a.py"), reference=reference._replace(name="/orders/KEY"))
    (apart,) = plan(finding(STRIPE, f"{LAMBDA}/environment/KEY"), moves=[other])
    assert apart.reference is not None
    assert apart.reference.name.startswith("/orders/KEY_"), "another secret of a file has that name"
    inside = finding(STRIPE, f"{LAMBDA}/environment/KEY", at=12)
    assert [move.reference and move.reference.name for move in plan(inside, moves=[files])] == ["/orders/KEY"]
