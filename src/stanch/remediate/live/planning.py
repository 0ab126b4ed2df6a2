"""What is to become of the settings of deployed functions that a report names, and of their published versions. Pure.

Which settings Azure itself must be able to read: Azure Functions, "App settings reference".
"""

from __future__ import annotations

import re
import shlex
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import NamedTuple

from stanch.cloud.azure_functions import SETTINGS
from stanch.model import Finding, Location, Surface
from stanch.remediate import names, policies
from stanch.remediate.drafts import ANY_VAULT, Naming
from stanch.remediate.live.azure_functions import identifying
from stanch.remediate.model import Action, LiveMove, Move, Policy, Reference, Setting
from stanch.remediate.patches.references import app_setting, pointer
from stanch.remediate.plan import ready
from stanch.remediate.policies import Account
from stanch.remediate.whereabouts import Whereabouts, identity
from stanch.remedies import revocation
from stanch.rules import Rule
from stanch.runtimes import Runtime
from stanch.values import dataclass, replace

_LAMBDA = re.compile(
    r"(?P<platform>aws-lambda):(?P<where>[^/]+)/(?P<function>[^/:]+)(?::(?P<version>[0-9]+))?/(?P<rest>.+)", re.DOTALL
)
_AZURE = re.compile(
    r"(?P<platform>azure-functions):(?P<where>[^/]*)/(?P<function>[^/:]+)(?::(?P<slot>[^/]+))?/(?P<rest>.+)", re.DOTALL
)
NO_VAULT = "name the Key Vault with --vault"
CARRYING_OUT = "`--apply --live`"
"""How the step begins that stanch itself takes: once it is done it is not left to do."""
_RUNTIMES = {"aws-lambda": Runtime.AWS_LAMBDA, "azure-functions": Runtime.AZURE_FUNCTIONS}
_STORES = {"aws-lambda": ("ssm", "secretsmanager"), "azure-functions": ("keyvault",)}
_READ_BY_AZURE = {
    "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING": "Azure mounts the app's files with it before the app runs, and checks"
    " it then: leave it plain, renew the account's key, and move to a plan that needs none",
    "AzureWebJobsStorage": "Azure's host and scaling read it themselves, and not every plan follows a reference there:"
    " AzureWebJobsStorage__accountName with the app's identity does without a key",
    "WEBSITE_RUN_FROM_PACKAGE": "Azure fetches the app's code with it: give the app's identity the role Storage Blob"
    " Data Reader, and take the signature out of the address",
}
"""Settings that stay, and why."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user says of deployed functions."""

    app: str | None
    """What names in a store begin with; None: the function's own name."""
    drop: bool
    """Do plain variables go, beside which another names the secret?"""


class _Place(NamedTuple):
    """A place of a finding in a function."""

    setting: Setting | None
    """None for one in code, or in a published version."""
    version: str
    """`orders:7`, or empty."""
    region: str
    bare: bool
    """Does the value begin with the secret? Then it is most likely nothing else."""


def plan(
    findings: Iterable[Finding],
    moves: Iterable[Move],
    rules: Mapping[str, Rule],
    naming: Naming,
    account: Account,
    wanted: Wanted,
) -> tuple[LiveMove, ...]:
    """Return what is to become of each setting that holds a finding, each once.

    `moves` are those of files: a secret that one of them stores under a name is not stored under another.
    """
    stored = {move.finding.fingerprint: move.reference for move in moves if ready(move)}
    taken = {(reference.store, reference.name.lower()): value for value, reference in stored.items() if reference}
    found: list[tuple[LiveMove, str]] = []
    seen: set[Setting] = set()
    for finding in findings:
        rule = rules[finding.rule]
        if finding.dropped is not None or rule.public:
            continue
        places = [place for at in finding.locations if (place := _place(at))]
        versions = _versions(places)
        bare = {place.setting: place.bare for place in places if place.setting}
        for setting in bare:
            if setting not in seen:
                seen.add(setting)
                reference = stored.get(finding.fingerprint) if bare[setting] else None
                move = _move(finding, rule, setting, reference, naming, wanted, versions)
                found.append((move, _value(finding, setting, bare=bare[setting])))
        if not bare and versions:
            found.append((_versions_alone(finding, rule, versions, places), ""))
    return tuple(_complete(move, rules[move.finding.rule], account) for move in _apart(found, taken, wanted))


def _value(finding: Finding, setting: Setting, *, bare: bool) -> str:
    """Return what tells the value of a setting from others: one in which other text is around the secret is its own."""
    return finding.fingerprint if bare else sha256(f"{finding.fingerprint} {setting.place}".encode()).hexdigest()


def _place(at: Location) -> _Place | None:
    """Return what a location says of a function; None for one in a file."""
    found = _LAMBDA.fullmatch(at.path or "") or _AZURE.fullmatch(at.path or "")
    if not found:
        return None
    parts = found.groupdict()
    version = f"{parts['function']}:{parts['version']}" if parts.get("version") else ""
    group, _, name = parts["rest"].partition("/")
    setting = None
    if at.surface is Surface.ENVIRONMENT and name and not version:
        setting = Setting(
            parts["platform"], parts["where"], parts["function"], parts.get("slot") or "", group, name
        )  # fmt: skip
    return _Place(setting, version, parts["where"], at.column == len(name.encode("utf-8", "surrogatepass")) + 2)


def _versions(places: Iterable[_Place]) -> dict[str, list[str]]:
    """Return the published versions, in their order, by region and function."""
    found: dict[str, set[str]] = defaultdict(set)
    for place in places:
        if place.version:
            found[f"{place.region}/{place.version.partition(':')[0]}"].add(place.version)
    return {key: sorted(held, key=lambda name: int(name.partition(":")[2])) for key, held in found.items()}


def _move(
    finding: Finding,
    rule: Rule,
    setting: Setting,
    reference: Reference | None,
    naming: Naming,
    wanted: Wanted,
    versions: Mapping[str, list[str]],
) -> LiveMove:
    """Return the move of one setting, as yet without what is left to do."""
    is_azure = setting.platform == "azure-functions"
    store = naming.store if naming.store in _STORES[setting.platform] else _STORES[setting.platform][0]
    vault = (naming.vault or ANY_VAULT) if store == "keyvault" else None
    if reference is None or reference.store != store:
        reference = Reference("", store, names.in_store(store, wanted.app or setting.function, (), setting.name), vault)
    action = Action.REFER if is_azure else Action.DROP if wanted.drop else Action.NAME
    held = tuple(versions.get(f"{setting.where}/{setting.function}", ()))
    why = _why_not(setting, rule, naming, reference)
    return LiveMove(finding, setting, action, reference._replace(env=setting.name), why, held, "", (), ())


def _why_not(setting: Setting, rule: Rule, naming: Naming, reference: Reference) -> str:
    """Return why stanch does not change a setting; nothing where it can."""
    if setting.group == SETTINGS and setting.name in _READ_BY_AZURE:
        return _READ_BY_AZURE[setting.name]
    if naming.store and naming.store not in _STORES[setting.platform]:
        can = "Key Vault alone" if setting.platform == "azure-functions" else "SSM Parameter Store or Secrets Manager"
        return f"--store chose {naming.store}, and a function there reads {can}"
    way = identity(rule, Whereabouts(_RUNTIMES[setting.platform], "", None, publishing=False))
    if way and not naming.store:
        told = (rule.remedy.identity or "").rstrip(".")
        return f"{way} can take its place there: {told}. --store {reference.store} moves it all the same"
    if reference.vault == ANY_VAULT:
        return NO_VAULT
    return ""


def _versions_alone(finding: Finding, rule: Rule, versions: Mapping[str, list[str]], places: list[_Place]) -> LiveMove:
    why = "it stands in published versions alone, which cannot be changed"
    if any(not place.version for place in places):
        why = "it stands in code and in published versions, and in no setting: deploy its code without it"
    held = tuple(name for group in versions.values() for name in group)
    after = (*_deleting(versions), revocation(rule))
    return LiveMove(finding, None, Action.NAME, None, why, held, "", (), after)


_Taken = Mapping[tuple[str, str], str]
"""The values that moves of files store, by store and name."""


def _apart(moves: list[tuple[LiveMove, str]], taken: _Taken, wanted: Wanted) -> Iterator[LiveMove]:
    """Yield the moves with names in a store that no two values have: with the function's name, then with a mark."""
    shared = _shared(moves, taken)
    moves = [(_renamed(move, wanted) if _called(move) in shared else move, value) for move, value in moves]
    shared = _shared(moves, taken)
    for move, value in moves:
        reference = move.reference
        if reference and _called(move) in shared:
            name = names.suffixed(reference.store, reference.name, value)
            move = replace(move, reference=reference._replace(name=name))
        yield move


def _renamed(move: LiveMove, wanted: Wanted) -> LiveMove:
    setting, reference = move.setting, move.reference
    if setting is None or reference is None or wanted.app is None:
        return move
    name = names.in_store(reference.store, wanted.app, (setting.function,), setting.name)
    return replace(move, reference=reference._replace(name=name))


def _called(move: LiveMove) -> tuple[str, str, str] | None:
    """Return the store, where it is, and the name in it, which some take in any case of letters."""
    if move.reference is None or move.setting is None:
        return None
    where = move.setting.where if move.reference.vault is None else move.reference.vault
    return move.reference.store, where, move.reference.name.lower()


def _shared(moves: Iterable[tuple[LiveMove, str]], taken: _Taken) -> set[tuple[str, str, str]]:
    """Return the names that several values have."""
    values: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for move, value in moves:
        if called := _called(move):
            values[called].update(filter(None, (value, taken.get((called[0], called[2])))))
    return {called for called, found in values.items() if len(found) > 1}


def _complete(move: LiveMove, rule: Rule, account: Account) -> LiveMove:
    """Return a move with what it changes, who must be allowed to read the secret, and what is left to do."""
    setting, reference = move.setting, move.reference
    if setting is None or reference is None:
        return move
    if setting.platform == "aws-lambda":
        account = account._replace(region=setting.where)
    versions = _deleting({f"{setting.where}/{setting.function}": list(move.versions)} if move.versions else {})
    if move.why and move.why != NO_VAULT:
        return replace(move, after=(*versions, revocation(rule)))
    policy = policies.reading(reference, account)
    note, steps = _LAST[move.action](setting, reference, policy)
    if rule.remedy.identity:
        versions.append(f"Better still, do without a secret: {rule.remedy.identity.rstrip('.')}.")
    versions.append(
        "It has been readable there: get a new one, put that in the store under the same name, revoke this."
    )
    after = (*steps, *versions, revocation(rule))
    return replace(move, note=note, policies=(policy,) if policy else (), after=after)


def _refer(setting: Setting, reference: Reference, policy: Policy | None) -> tuple[str, list[str]]:
    note = f"it becomes {app_setting(reference)}, which Azure follows when the app runs: the code stays as it is"
    kind = " The connection string's type stays." if setting.group == "connection-strings" else ""
    return note, [
        f"First give the app an identity, if it has none: `{identifying(setting)}`",
        f"Let that identity read the secret: `{policy.command if policy else ''}`",
        f"{CARRYING_OUT} then stores the value and sets the reference, which restarts the app.{kind} Where Azure"
        " cannot follow it yet, the value is put back at once, and stays in the vault, too: then run it again.",
        "What deploys the app sets its settings anew: put the reference there, too.",
    ]


def _name(setting: Setting, reference: Reference, policy: Policy | None) -> tuple[str, list[str]]:
    variable = pointer(reference)
    note = f"{variable} is added, with {reference.name} in it; {setting.name} stays, since the code still reads it"
    return note, [
        "Let the function's execution role read it (--policies).",
        f"{CARRYING_OUT} then stores the value and adds {variable}.",
        f"Change the code that reads {setting.name} to fetch what {variable} names, as docs/patches.md has it for its"
        f" language, and deploy it. What deploys the function sets its variables anew: put {variable} there, too.",
        f"Once that code runs, `--apply --live --drop-plain` takes {setting.name} out.",
    ]


def _drop(setting: Setting, reference: Reference, policy: Policy | None) -> tuple[str, list[str]]:
    variable = pointer(reference)
    note = f"{setting.name} goes, if {variable} names a secret that holds the same: the code must fetch that by now"
    return note, [
        f"What deploys the function sets its variables anew: take {setting.name} out there, too.",
    ]


_LAST = {Action.REFER: _refer, Action.NAME: _name, Action.DROP: _drop}


def _deleting(versions: Mapping[str, list[str]]) -> list[str]:
    """Return what to do about published versions."""
    steps = []
    for key, held in versions.items():
        region, _, function = key.partition("/")
        there = f"--function-name {shlex.quote(function)} --region {shlex.quote(region)}"
        one = held[0].partition(":")[2]
        steps.append(
            f"Published versions cannot be changed and still hold it: {', '.join(held)}. Publish a new one, lead"
            f" aliases there (`aws lambda list-aliases {there}` names them), and delete each that no alias leads to:"
            f" `aws lambda delete-function {there} --qualifier {one}`"
        )
    return steps
