"""The plan: for each finding where its secret ends up, what it is called there, and the edits that take it from files.

Pure: it reads files through the caller's `read`, and writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

from stanch.model import Result
from stanch.remediate import names, places, policies
from stanch.remediate.drafts import ANY_VAULT, Draft, Naming, draft, named
from stanch.remediate.model import End, Move, Patch, Plan, Read, Reference, Spot
from stanch.remediate.moving import Moving, Patcher, Project
from stanch.remediate.policies import Account
from stanch.remediate.whereabouts import identity
from stanch.remedies import revocation
from stanch.roots import is_cloud
from stanch.rules import Rule
from stanch.runtimes import Runtime
from stanch.values import replace

_ONLY_HISTORY = "it stands in git history alone: no file holds it any more; revoke it, then purge the history"
_ONLY_DEPLOYED = "it stands in deployed functions alone: no file of this project holds it"
_CALLED = {
    "ssm": "SSM Parameter Store", "secretsmanager": "Secrets Manager", "keyvault": "Key Vault",
    "github-actions": "the repository's secrets on GitHub",
}  # fmt: skip


def plan(
    result: Result,
    rules: Mapping[str, Rule],
    read: Read,
    naming: Naming,
    account: Account,
    patcher: Patcher,
    *,
    applied: bool = False,
) -> Plan:
    """Return the moves for the findings of `result`, which must hold their secrets.

    The paths of its locations count from the project's root, as those that `read` is given. A plan to be `applied` has
    no changes but those of moves that stanch can make by itself; any other also has what a person could make.
    """
    wanted = [finding for finding in result.findings if finding.dropped is None and not rules[finding.rule].public]
    drafts = [draft(finding, rules[finding.rule], read, naming.store) for finding in wanted]
    project = Project(read, {finding.secret: finding.name for finding in wanted})
    moves = tuple(_move(one, naming, account, project, patcher, applied) for one in named(drafts, naming))
    return Plan(moves, len(result.findings) - len(wanted))


def _move(one: Draft, naming: Naming, account: Account, project: Project, patcher: Patcher, applied: bool) -> Move:
    reference = one.reference
    if reference is None:
        deployed = all(is_cloud(at.path or "") for at in one.finding.locations)
        why = one.unpatched[0].why if one.unpatched else _ONLY_DEPLOYED if deployed else _ONLY_HISTORY
        after = (revocation(one.rule),)
        return Move(one.finding, End.MANUAL, why, None, b"", "plain", (), (), _spots(one), one.unpatched, (), after)
    moving = Moving(project, reference, patcher)
    for found in one.found:
        moving.patch(found)
    holder = project.holder(one.finding.secret) if moving.covered and not moving.patches else None
    if holder:
        why = f"it is a part of what moves as {holder.name}"
        return Move(
            one.finding, End.VAULT, why, holder, b"", "plain", (), (), _spots(one), (), (), (revocation(one.rule),)
        )
    unpatched = (*one.unpatched, *moving.unpatched)
    end, why = _end(one, naming, reference, unpatched[0].why if not moving.patches else None)
    policy = policies.reading(reference, account) if end is not End.MANUAL else None
    first = one.found[0]
    move = Move(
        one.finding, end, why, reference, first.value, first.form, tuple(moving.patches), (), _spots(one), unpatched,
        (policy,) if policy else (), _after(one, end, moving.patches),
        tuple(dict.fromkeys(found.cuts for found in one.found if found.cuts)),
    )  # fmt: skip
    if applied and not ready(move):
        return move
    project.move(first.value, reference)
    return replace(move, changes=tuple(moving.changes()))


def _spots(one: Draft) -> tuple[Spot, ...]:
    """Return where a finding's secret stands, each line once."""
    places = tuple(dict.fromkeys(Spot(found.place.path, found.line) for found in one.found))
    return places + tuple(Spot(place.path, place.line) for place in one.unpatched)


def ready(move: Move) -> bool:
    """Can stanch make the move by itself?"""
    reference = move.reference
    return (
        bool(move.value)
        and move.end is End.VAULT
        and reference is not None
        and reference.store in names.STORES
        and reference.vault != ANY_VAULT
    )


def _end(one: Draft, naming: Naming, reference: Reference, unpatched: str | None) -> tuple[End, str]:
    """Return where a secret ends up, and why; `unpatched` is why no file can be patched, if none can."""
    value = one.found[0].value
    way = identity(one.rule, one.where)
    if way and not naming.store:
        return End.IDENTITY, f"{way} can take its place there. {_sentence(one.rule.remedy.identity or '')}"
    refused = names.why_not_name(one.store, reference.name) or names.why_not_value(one.store, value) or unpatched
    if refused:
        return End.MANUAL, refused
    if one.store == "none":
        return End.MANUAL, "nothing near it says where the code runs; --store ssm, secretsmanager or keyvault decides"
    if naming.store:
        return End.VAULT, f"--store chose {_CALLED[one.store]}"
    if one.store == "github-actions":
        return End.VAULT, f"{one.where.because} is a workflow, which reads {_CALLED[one.store]}"
    platform = "AWS Lambda" if one.where.runtime is Runtime.AWS_LAMBDA else "Azure Functions"
    own = one.where.because == one.found[0].place.path
    said = f"it runs on {platform}" if own else f"{one.where.because}, in its folder or above, is for {platform}"
    return End.VAULT, f"{said}, which reads {_CALLED[one.store]}"


def _after(one: Draft, end: End, patches: Sequence[Patch]) -> tuple[str, ...]:
    steps = list(chain.from_iterable(patch.left for patch in patches))
    if one.store == "github-actions" and one.reference:
        steps.append(f"Store it first: {names.asked(one.reference.name)}.")
    if one.reference and one.reference.vault == ANY_VAULT:
        steps.append("Name the Key Vault with --vault, which then stands in the place of VAULT.")
    if any(not patch.complete for patch in patches):
        steps.append(
            "It is then out of git, still in the console: whoever may read the configuration can read it there."
        )
    if one.rule.remedy.identity and end is not End.IDENTITY:
        steps.append(f"Better still, do without a secret: {_sentence(one.rule.remedy.identity)}")
    if end is End.VAULT:
        steps.append(_renewing(one))
    return (*dict.fromkeys(steps), revocation(one.rule))


def _renewing(one: Draft) -> str:
    """Return how to get a new secret into the store, in the form that the store has it in."""
    value, secret = one.found[0].value, one.finding.secret
    text = None if secret in value else places.decoded(value)
    if text is None or secret not in text:
        return "It has been in files: get a new one, put that in the store under the same name, and revoke this."
    rest = text.replace(secret, b"").strip()
    what, new = "the secret with other text", "THE SAME TEXT WITH THE NEW ONE"
    if not rest:
        what, new = "the secret", "NEW"
    elif rest.count(b":") == 1 and rest.endswith(b":"):
        what, new = "user and token", "USER:NEW"
    return (
        f"The store holds base64 of {what}. It has been in files: get a new one, put what"
        f" `printf '{new}' | base64 | tr -d '\\n'` writes in the store under the same name, and revoke this."
    )


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
