"""The configuration of gitleaks: its own rules become rules of stanch, its allowlists acceptances.

The format is gitleaks 8's, old and new: `[allowlist]` and `[[allowlists]]`, keys in any case.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stanch import config
from stanch.acceptance import Acceptance
from stanch.compat.allowlists import Elsewhere, Texts, allowlist, expressions
from stanch.compat.kinds import Kinds
from stanch.compat.tables import lowered, strings, tables, text, truth
from stanch.compat.turning import turned
from stanch.errors import UsageError
from stanch.rules import Rule

_KEYS = ("title", "description", "minversion", "extend", "rules", "allowlist", "allowlists")
_RULE_KEYS = (
    "id", "description", "regex", "secretgroup", "entropy", "path", "keywords", "tags", "allowlist", "allowlists",
    "required", "skipreport",
)  # fmt: skip
_EXTEND_KEYS = ("usedefault", "path", "url", "disabledrules")
_DEEPEST = 5


@dataclass
class Imported:
    """What was read."""

    origin: str
    kinds: Kinds
    texts: Texts
    own: Mapping[str, str]
    """The ids of the rules with an expression, and what they are called here."""
    rules: list[Rule] = field(default_factory=list)
    disabled: set[str] = field(default_factory=set)
    """Our rules that are not to be used."""
    acceptances: list[Acceptance] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    """What could not be read as it is meant, each as one line that says what to do."""

    def warn(self, line: str) -> None:
        """Add a warning."""
        self.warnings.append(line)


def read(data: bytes, origin: str, folder: Path, known: Mapping[str, Rule]) -> Imported:
    """Read a configuration; `known` are our rules by their ids, `folder` is where its paths may count from.

    Raises UsageError, naming the place, for what is no TOML, for a value of a wrong type, and for `extend.url`.
    """
    own: dict[str, str] = {}
    texts = Texts(frozenset(id for id, rule in known.items() if rule.is_token))
    made = Imported(origin, Kinds(known, own), texts, own)
    document, disabled = _extended(data, origin, folder, made, 0)
    rules = {_id(table, origin): table for table in tables(document, "rules", origin)}  # the last of an id counts
    rules = {name: table for name, table in rules.items() if not truth(table, "skipreport", origin)}
    for name, table in rules.items():  # names first: an allowlist may speak of a later rule
        if text(table, "regex", f"{origin}: rule {name!r}"):
            own[name] = _free(name, known, own.values())
    for table in rules.values():
        _rule(table, made)
    for number, table in enumerate(_allowlists(document, origin), 1):
        _global(table, f"{origin}: allowlist {number}", made)
    for name in sorted(disabled):
        same = Kinds(known).ours(name)
        made.disabled |= same
        if not same:
            made.warn(f"{origin}: disabledRules: no rule of stanch is known to be {name!r}; see `stanch rules list`")
    return made


def _extended(data: bytes, origin: str, folder: Path, made: Imported, depth: int) -> tuple[dict[str, Any], set[str]]:
    """Return a document with what it extends, and the rules that it disables beyond those."""
    document = lowered(config.toml(data, origin))
    _known(document, _KEYS, origin, made)
    extend = document.get("extend", {})
    if not isinstance(extend, dict):
        raise UsageError(f"{origin}: extend must be a table")
    _known(extend, _EXTEND_KEYS, f"{origin}: extend", made)
    if text(extend, "url", f"{origin}: extend"):
        raise UsageError(f"{origin}: extend.url: stanch opens no connection; save that file and write extend.path")
    disabled = set(strings(extend, "disabledrules", f"{origin}: extend"))
    path = text(extend, "path", f"{origin}: extend")
    if not path:
        return document, disabled
    if depth >= _DEEPEST:
        raise UsageError(f"{origin}: extend.path: more than {_DEEPEST} configurations, or a circle")
    base = Path(path) if Path(path).exists() else folder / path  # from the current folder, as gitleaks takes it
    inner, more = _extended(config.content(base), config.shown(base), base.parent, made, depth + 1)
    rules = {_id(table, origin): table for table in tables(inner, "rules", config.shown(base))}
    gone = disabled & rules.keys()
    merged = {name: table for name, table in rules.items() if name not in gone}
    for table in tables(document, "rules", origin):
        name = _id(table, origin)
        merged[name] = _over(merged.get(name, {}), table, origin)
    lists = [*_allowlists(inner, origin), *_allowlists(document, origin)]
    return {"rules": list(merged.values()), "allowlists": lists}, (disabled - gone) | more


def _over(base: Mapping[str, Any], table: Mapping[str, Any], origin: str) -> dict[str, Any]:
    """Return a rule with the changes of another of the same id; lists grow, the rest is replaced."""
    grown = {
        key: [*strings(base, key, origin), *strings(table, key, origin)] for key in ("keywords", "tags") if key in base
    }
    lists = [*_allowlists(base, origin), *_allowlists(table, origin)]
    kept = {key: value for key, value in base.items() if key != "allowlist"}
    return {**kept, **{k: v for k, v in table.items() if k != "allowlist"}, **grown, "allowlists": lists}


def _allowlists(table: Mapping[str, Any], where: str) -> list[Mapping[str, Any]]:
    return [*tables(table, "allowlist", where), *tables(table, "allowlists", where)]


def _known(table: Mapping[str, Any], keys: Collection[str], where: str, made: Imported) -> None:
    for key in table:
        if key not in keys:
            made.warn(f"{where}: {key!r} is not known and not read")


def _id(table: Mapping[str, Any], origin: str) -> str:
    name = text(table, "id", f"{origin}: rules")
    if not name:
        raise UsageError(f"{origin}: rules: id is missing")
    return name


def _free(name: str, *taken: Collection[str]) -> str:
    """Return a rule's id in kebab-case, different from those that are taken."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "rule"
    tried, number = slug, 1
    while any(tried in ids for ids in taken):
        tried = f"gitleaks-{slug}" + (f"-{number}" if number > 1 else "")
        number += 1
    return tried


def _rule(table: Mapping[str, Any], made: Imported) -> None:
    """Add a rule, and what it accepts."""
    name = _id(table, made.origin)
    where = f"{made.origin}: rule {name!r}"
    _known(table, _RULE_KEYS, where, made)
    if "required" in table:
        made.warn(f"{where}: `required` is not read; what the rule matches is reported without it")
    regex, lists, apart = text(table, "regex", where), _allowlists(table, where), False
    if not regex:
        _changed(table, name, where, made)
    about = frozenset((made.own[name],)) if regex else made.kinds.ours(name)
    for number_, one in enumerate(lists, 1) if about else ():
        accepted = allowlist(one, f"{where}: allowlist {number_}", made.origin, about, made.texts, made.warn)
        if accepted:
            made.acceptances.append(accepted)
            apart |= accepted.by_place
    if regex:
        path = text(table, "path", where)
        rule = turned(table, made.own[name], where, made.warn, apart=apart or bool(path))
        if rule:
            made.rules.append(rule)
            _limited(path, rule.id, where, made)


def _changed(table: Mapping[str, Any], name: str, where: str, made: Imported) -> None:
    """Warn of what cannot be read of a rule without an expression: one of gitleaks' own, with changes."""
    if "path" in table:
        made.warn(f"{where}: reports files by their names alone, which stanch does not; the rule is not used")
    elif not made.kinds.ours(name):
        made.warn(f"{where}: no rule of stanch is known to be the same; what it says is not used")
    elif {"entropy", "keywords", "secretgroup"} & table.keys():
        made.warn(f"{where}: of changes to a rule of gitleaks only allowlists are read")


def _limited(path: str, rule: str, where: str, made: Imported) -> None:
    if path:
        before = len(made.warnings)
        paths = expressions([path], f"{where}: path", made.warn)
        if len(made.warnings) == before:  # else it is used everywhere
            made.acceptances.append(Elsewhere(made.origin, rule, paths))


def _global(table: Mapping[str, Any], where: str, made: Imported) -> None:
    names = strings(table, "targetrules", where)
    rules = frozenset(rule for name in names for rule in made.kinds.ours(name))
    for name in names:
        if not made.kinds.ours(name):
            made.warn(f"{where}: targetRules: no rule of stanch is known to be {name!r}")
    if names and not rules:
        return
    accepted = allowlist(table, where, made.origin, rules, made.texts, made.warn)
    if accepted:
        made.acceptances.append(accepted)
