"""`stanch rules`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from stanch.cli.arguments import choosing_rules, chosen_rules
from stanch.cli.statuses import CLEAN, USAGE
from stanch.errors import UsageError

if TYPE_CHECKING:
    from stanch.rules import Rule


@click.group()
def rules() -> None:
    """Look at the rules, and check rule packs."""


@rules.command("list")
@choosing_rules
def rules_list(**given: Any) -> int:
    """List the rules: id, provider, name."""
    for rule in chosen_rules(given).rules:
        click.echo(f"{rule.id}\t{rule.provider}\t{rule.name}")
    return CLEAN


@rules.command("show")
@click.argument("id")
@choosing_rules
def rules_show(id: str, **given: Any) -> int:  # click names it after the argument
    """Show one rule."""
    ruleset = chosen_rules(given)
    if id not in ruleset.by_id:
        raise UsageError(f"no rule has the id {id!r}; `stanch rules list` names them all")
    click.echo(_described(ruleset.by_id[id]))
    return CLEAN


def _described(rule: Rule) -> str:
    rows = {
        "id": rule.id,
        "name": rule.name,
        "provider": rule.provider,
        "category": rule.category,
        "keywords": ", ".join(rule.keywords),
        "pattern": rule.pattern,
        "context": ", ".join(rule.context),
        "value": rule.value,
        "checksum": rule.checksum,
        "min entropy": rule.min_entropy or None,
        "confidence": rule.confidence,
        "revoke": rule.remedy.revoke,
        "instead": rule.remedy.identity,
        "references": "\n             ".join(rule.references),
    }
    return "\n".join(f"{label + ':':12} {value}" for label, value in rows.items() if value)


@rules.command("check")
@choosing_rules
def rules_check(**given: Any) -> int:
    """Check that every rule can be used: its keys, its expressions, its anchors, its checksum's name."""
    from stanch.lint import problems

    ruleset = chosen_rules(given)
    found = [problem for rule in ruleset.rules for problem in problems(rule)]
    for problem in found:
        click.echo(f"stanch: {problem}", err=True)
    click.echo(f"{len(ruleset.rules)} rules, {len(found)} problem{'' if len(found) == 1 else 's'}")
    return USAGE if found else CLEAN
