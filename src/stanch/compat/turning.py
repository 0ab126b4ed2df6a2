"""Turning a rule of gitleaks into one of stanch, or saying why it cannot be one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from re import _constants as ops  # type: ignore[attr-defined]  # the parser has no public name
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from stanch.compat.anchors import SHORTEST, anchors
from stanch.compat.go_syntax import NotTranslated, translated
from stanch.compat.tables import number, strings, text
from stanch.errors import RuleError
from stanch.rules import Rule, check_expressions

Warn = Callable[[str], None]


def turned(table: Mapping[str, Any], name: str, where: str, warn: Warn, *, apart: bool) -> Rule | None:
    """Return the rule of stanch, called `name`, for a table with its keys in lower case.

    None, and a warning that begins with `where`, when it cannot be one. Raises UsageError for a value of a wrong type.
    """
    regex, about = text(table, "regex", where), " ".join(text(table, "description", where).split())
    group, entropy = int(number(table, "secretgroup", where)), float(number(table, "entropy", where))
    given = strings(table, "keywords", where)
    try:
        pattern = translated(regex, _secret_group(regex, group, where, warn))
        rule = Rule(name, about or name, "Custom", "saas", pattern=pattern, min_entropy=entropy, apart=apart)
        check_expressions(rule, where)
    except NotTranslated as error:
        warn(f"{where}: regex: {error}; the rule is not used")
        return None
    except RuleError as error:
        warn(f"{error}; the rule is not used")
        return None
    words = anchors(pattern, given)
    if words is None:
        warn(
            f"{where}: no text of {SHORTEST} characters stands in every match of its regex, so stanch cannot look for"
            " it; the rule is not used: give it such a text, or write a rule with context and value (docs/migrate.md)"
        )
        return None
    return replace(rule, keywords=words)


def _secret_group(regex: str, wanted: int, where: str, warn: Warn) -> int:
    """Return the number of the group that holds the secret; 0 for the whole match.

    Without `secretGroup` gitleaks takes the first group that is not empty: that is group 1 where it takes part in
    every match. Where the group that is meant does not, the whole match is the secret.
    """
    tree = _parser.parse(translated(regex).encode())
    total: int = tree.state.groups - 1
    if wanted > total:
        raise NotTranslated(f"it has no group {wanted}, which secretGroup names")
    group = wanted or min(total, 1)
    if group and group not in _certain(tree):
        warn(f"{where}: not every match has the group of its secret; the whole match is taken for it")
        return 0
    return group


def _certain(tree: Any) -> set[int]:
    """Return the groups that take part in every match, and are not empty there."""
    found: set[int] = set()
    for op, argument in tree:
        if op is ops.SUBPATTERN:
            group, *_, inner = argument
            if group and inner.getwidth()[0]:
                found.add(group)
            found |= _certain(inner)
        elif op in (ops.MAX_REPEAT, ops.MIN_REPEAT) and argument[0]:
            found |= _certain(argument[2])
    return found
