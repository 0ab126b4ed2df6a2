"""`stanch rules`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stanch.cli.arguments import choosing_configuration, choosing_rules
from stanch.cli.statuses import CLEAN, FOUND, USAGE
from stanch.cli.streams import tell
from stanch.errors import StanchError, UsageError, meant

if TYPE_CHECKING:
    from stanch.rules import Rule, Ruleset
    from stanch.verify.declared import Call


@click.group()
def rules() -> None:
    """Look at the rules, check rule packs, and try a rule out."""


def _chosen(given: dict[str, Any]) -> Ruleset:
    """Return the rules that the command line and the configuration here choose among."""
    from stanch.cli.settings import packs
    from stanch.rules import load

    return load(packs(given)).select(given.get("only_rule", ()), given.get("disable_rule", ()))


def _named(id: str, ruleset: Ruleset) -> Rule:
    """Return the rule of that id. Raises UsageError when there is none."""
    if id not in ruleset.by_id:
        hint = meant(id, tuple(ruleset.by_id))
        raise UsageError(f"no rule has the id {id!r}{hint}; `stanch rules list` names them all")
    return ruleset.by_id[id]


def _completed(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the ids that a shell may complete to."""
    try:
        return [id for id in _chosen({}).by_id if id.startswith(incomplete)]
    except StanchError:  # a shell that completes has no place for it; the command will say it
        return []


@rules.command("list")
@click.option("-f", "--format", "form", type=click.Choice(["text", "json"]), default="text", help="Default: text.")
@click.option("--verifiable", is_flag=True, help="Only those whose credentials --verify can check.")
@choosing_rules
@choosing_configuration
def rules_list(form: str, verifiable: bool, **given: Any) -> int:
    """List the rules: id, provider, name. JSON has more of each."""
    listed = [rule for rule in _chosen(given).rules if rule.verify is not None or not verifiable]
    if form == "json":
        click.echo(json.dumps([_listed(rule) for rule in listed], indent=1, ensure_ascii=False))
    else:
        for rule in listed:
            click.echo(f"{rule.id}\t{rule.provider}\t{rule.name}")
    return CLEAN


def _listed(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": rule.name,
        "provider": rule.provider,
        "category": rule.category,
        "kind": "token" if rule.is_token else "keyed",
        "confidence": rule.confidence,
        "public": rule.public,
        "checksum": rule.checksum,
        "pairs_with": rule.pairs_with,
        "verifiable": rule.verify is not None,
        "references": list(rule.references),
    }


@rules.command("show")
@click.argument("id", shell_complete=_completed)
@choosing_rules
@choosing_configuration
def rules_show(id: str, **given: Any) -> int:  # click names it after the argument
    """Show one rule."""
    click.echo(_described(_named(id, _chosen(given))))
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
        "public": "yes" if rule.public else None,
        "pairs with": rule.pairs_with,
        "revoke": rule.remedy.revoke,
        "instead": rule.remedy.identity,
        **_check(rule),
        "references": "\n             ".join(rule.references),
    }
    return "\n".join(f"{label + ':':12} {value}" for label, value in rows.items() if value)


def _check(rule: Rule) -> dict[str, str | None]:
    """Return how a rule's credentials are checked, in words."""
    if rule.verify is None:
        return {}
    from stanch.verify.declared import read

    check = read(rule.verify, rule.provider)
    unsure = " (from memory)" if check.from_memory else ""
    asked = f"{check.call.method} {check.call.url}" if check.call else f"by {check.by}, in code"
    return {
        "verify": asked + unsure,
        "sends": ", ".join(_sent(check.call)) if check.call else None,
        "hosts": ", ".join(check.hosts),
        "live": " or ".join(map(str, check.live)),
        "dead": " or ".join(map(str, check.dead)),
        "identity at": ", ".join(check.identity),
        "endpoint": check.endpoint,
    }


def _sent(call: Call) -> Iterator[str]:
    """Yield what a request holds besides its URL."""
    if call.bearer:
        yield "Authorization: Bearer {secret}"
    if call.basic:
        yield f"Authorization: Basic {':'.join(call.basic)}"
    yield from (f"{name}: {text}" for name, text in call.headers.items())
    yield from (f"?{name}={text}" for name, text in call.query.items())
    for kind, body in (("form", call.form), ("JSON", call.json), ("body", call.body)):
        if body:
            yield f"{kind} {body if isinstance(body, str) else json.dumps(body)}"


@rules.command("check")
@click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path(exists=True, path_type=Path))
@choosing_rules
@choosing_configuration
def rules_check(files: tuple[Path, ...], **given: Any) -> int:
    """Check that rules can be used, and say what to do about each that cannot.

    FILE is a pack, or a folder of packs: their rules alone are checked, among all others. Without one, all are.
    Every expression is compiled, tried on what is drawn from it, and on what would make it slow; and what is drawn
    must come back from the whole engine as that rule.

    Exit status: 0 no problem, 2 problems.

    \b
    Examples:
      stanch rules check                        all that come with stanch, and those of stanch.toml
      stanch rules check mine.toml              your own
      stanch rules check --only-rule acme-key --rules mine.toml
    """
    from stanch.cli.settings import packs
    from stanch.lint import Linter, survey
    from stanch.rules import packs as shipped

    seen = survey((*packs(given), *files))
    only = given["only_rule"]
    ruleset = seen.ruleset.select(disabled=given["disable_rule"])
    found = [fault for path, fault in seen.faults if _within(path, files)]
    checked = [rule for rule in _wanted(ruleset, only) if _within(seen.origins[rule.id], files)]
    own = {str(path) for path in shipped()}
    proven = {id for id in ruleset.by_id if seen.origins[id] in own} - {rule.id for rule in checked}
    linter = Linter(ruleset, proven)
    for rule in _watched(checked):
        found += linter.problems(rule)
    for problem in found:
        tell(problem)
    click.echo(f"{_counted(len(checked), 'rule')}, {_counted(len(found), 'problem')}")
    return USAGE if found else CLEAN


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _wanted(ruleset: Ruleset, only: tuple[str, ...]) -> Iterable[Rule]:
    return ruleset.select(only).rules if only else ruleset.rules


def _within(path: str, files: tuple[Path, ...]) -> bool:
    """Is that one of the files, or in one of the folders? Without any, all are meant."""
    real = Path(os.path.realpath(path))
    return not files or any(real == file.resolve() or file.resolve() in real.parents for file in files)


def _watched(checked: list[Rule]) -> Iterator[Rule]:
    """Yield the rules, with a bar on standard error when that is a terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield from checked
        return
    with click.progressbar(checked, label="checking", file=sys.stderr) as bar:
        yield from bar


@rules.command("test")
@click.argument("id", shell_complete=_completed)
@click.argument("target", required=False, metavar="[FILE]", type=click.Path(exists=True, allow_dash=True))
@click.option("--seed", default="1", metavar="TEXT", help="Draw other examples.")
@choosing_rules
@choosing_configuration
def rules_test(id: str, target: str | None, seed: str, **given: Any) -> int:
    """Try a rule out: on credentials drawn from it, or on FILE.

    Without FILE, examples stand in a few syntaxes and must be found whole, by this rule; then come near misses, which
    must not be, at medium or above. With FILE, a folder, or - for standard input, all rules look for something, and
    every place that this one's expression matches is told, with why it is not reported.

    Exit status: 0 all is as it should be, or something is found in FILE; 1 it is not.

    \b
    Examples:
      stanch rules test github-pat-classic
      stanch rules test acme-api-token --rules acme.toml
      stanch rules test acme-api-token --rules acme.toml settings.ini
      git show HEAD:app.env | stanch rules test aws-access-key-id -
    """
    from stanch.cli import trying

    ruleset = _chosen(given)
    rule = _named(id, ruleset)
    good = trying.on_file(rule, ruleset, target) if target else trying.on_examples(rule, ruleset, seed)
    return CLEAN if good else FOUND
