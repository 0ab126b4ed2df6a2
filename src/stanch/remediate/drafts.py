"""Drafts: a finding with the literals that hold it, what is around them, and what its secret is to be called."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple

from stanch.model import Finding
from stanch.remediate import names, own, places
from stanch.remediate.model import CannotPatch, Read, Reference, Unpatched
from stanch.remediate.places import Found
from stanch.remediate.whereabouts import NOWHERE, Whereabouts, around
from stanch.rules import Rule

ANY_VAULT = "https://VAULT.vault.azure.net"
"""What stands for a Key Vault that nobody has named."""


class Naming(NamedTuple):
    """What the user says of names."""

    app: str
    """What the names in a store begin with."""
    store: str | None
    """The store for all; None: the one beside the code."""
    vault: str | None
    """The Key Vault, by its URL."""


class Draft(NamedTuple):
    """A finding with all that is known of it before its files are patched."""

    finding: Finding
    rule: Rule
    found: tuple[Found, ...]
    """Literals that all hold the same value."""
    unpatched: tuple[Unpatched, ...]
    where: Whereabouts
    store: str
    reference: Reference | None = None
    """None where no file holds the secret."""


def draft(finding: Finding, rule: Rule, read: Read, wanted: str | None) -> Draft:
    """Return what the files say of a finding; `wanted` is the store where somebody has chosen one."""
    found: list[Found] = []
    unpatched: list[Unpatched] = []
    for path, locations in places.in_files(finding).items():
        data = read(path)
        if data is None:
            continue
        try:
            if refused := own.why(data):
                raise CannotPatch(refused)
            found += places.find(finding, path, locations, data)
        except CannotPatch as error:
            unpatched.append(Unpatched(path, locations[0].line, str(error)))
    found.sort(key=lambda item: not item.fixed)  # the name that settings give is the program's own, so it leads
    other = [item for item in found if item.value != found[0].value]
    why = "other text is around it there, so that a store would have to hold another value for it"
    unpatched += [Unpatched(item.place.path, item.line, why) for item in other]
    found = [item for item in found if item not in other]
    seen = [around(item.place.path, item.place.data, read) for item in found]
    where = next((one for one in seen if one.store), seen[0] if seen else NOWHERE)
    store = wanted or where.store or "none"
    if store == "ssm" and not wanted and found and names.why_not_value(store, found[0].value):
        store = "secretsmanager"  # which takes larger values, and any
    return Draft(finding, rule, tuple(found), tuple(unpatched), where, store)


def named(drafts: Sequence[Draft], naming: Naming) -> list[Draft]:
    """Return the drafts with their references, no two of the same name.

    A name in the environment must differ within what is deployed together; one that settings give stays as it is. A
    name in the store gets the folder in it where two would be the same, and a mark where that does not help.
    """
    made = [_referenced(one, naming, _environment(one)) for one in drafts]
    clash = _shared(made, _deployed)
    made = [
        _referenced(one, naming, names.suffixed("", _env(one), one.finding.fingerprint)) if again else one
        for one, again in zip(made, (_deployed(one) in clash and not one.found[0].fixed for one in made), strict=True)
    ]
    clash = _shared(made, _called)
    made = [_referenced(one, naming, _env(one), _folders(one)) if _called(one) in clash else one for one in made]
    clash = _shared(made, _called)
    return [_marked(one) if _called(one) in clash else one for one in made]


def _shared(drafts: Sequence[Draft], key: Callable[[Draft], Hashable | None]) -> set[Hashable]:
    return {name for name, times in Counter(map(key, drafts)).items() if name is not None and times > 1}


def _environment(one: Draft) -> str:
    if not one.found:
        return ""
    first = one.found[0]
    return names.environment(
        first.place.name, first.around, one.rule.provider, one.rule.id, one.store, fixed=first.fixed
    )


def _referenced(one: Draft, naming: Naming, env: str, folders: Sequence[str] = ()) -> Draft:
    if not one.found:
        return one
    vault = (naming.vault or ANY_VAULT) if one.store == "keyvault" else None
    return one._replace(reference=Reference(env, one.store, names.in_store(one.store, naming.app, folders, env), vault))


def _marked(one: Draft) -> Draft:
    if one.reference is None:
        return one
    name = names.suffixed(one.store, one.reference.name, one.finding.fingerprint)
    return one._replace(reference=one.reference._replace(name=name))


def _env(one: Draft) -> str:
    return one.reference.env if one.reference else ""


def _folders(one: Draft) -> list[str]:
    return [part for part in posixpath.dirname(one.found[0].place.path).split("/") if part]


def _deployed(one: Draft) -> Hashable | None:
    """Return the folder that a draft's code is deployed from, and its name there."""
    if one.reference is None:
        return None
    return posixpath.dirname(one.where.because or one.found[0].place.path), one.reference.env


def _called(one: Draft) -> Hashable | None:
    """Return the store and the name in it, which some take in any case of letters."""
    return (one.store, one.reference.name.lower()) if one.reference else None
