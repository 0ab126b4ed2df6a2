"""What `stanch fix --purge-plan` and `--revoke` do and say: closing a leak that has happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from stanch.cli.statuses import CLEAN, FOUND, INCOMPLETE
from stanch.errors import OutputError, UsageError
from stanch.model import Finding, Result
from stanch.remediate import purge, revoke
from stanch.remediate.places import in_files
from stanch.report.veil import plain
from stanch.roots import is_cloud
from stanch.rules import Ruleset
from stanch.sources.git import discover
from stanch.values import replace
from stanch.verify.options import Options, endpoint


def choosing_after(command: Any) -> Any:
    """Add the options that close a leak; `run` reads them."""
    for option in (
        click.option(
            "--ca-bundle", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
            help="Trust the certificates in it, too, with --revoke.",
        ),
        click.option(
            "--endpoint", "endpoints", multiple=True, metavar="NAME=URL",
            help="Revoke at this instance: gitlab=https://gitlab.example.",
        ),
        click.option("--yes", is_flag=True, help="With --revoke: do it. Without, it is only said what would be done."),
        click.option("--revoke", "revoked", is_flag=True, help="Revoke what can be: at GitHub, GitLab, Slack, AWS."),
        click.option(
            "--purge-plan", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER",
            help="Write into FOLDER what git-filter-repo needs to take it all out of history, and say how.",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


def run(result: Result, ruleset: Ruleset, top: Path, target: str, given: Mapping[str, Any]) -> int:
    """Plan the purge, revoke, or both, and return the exit status.

    `top` is the root of the repository, `target` what the findings' locations call it. `given` are the options of
    `choosing_after`, and `profile` and `endpoint_url`, by click's names. Raises UsageError and OutputError.
    """
    if given["yes"] and not given["revoked"]:
        raise UsageError("--yes is for --revoke")
    findings = [finding for finding in result.findings if finding.dropped is None]
    status = CLEAN if result.complete else INCOMPLETE
    if given["revoked"]:
        status = _revoke(findings, ruleset, given) or status
    if given["purge_plan"]:
        _purge(findings, top, target, given["purge_plan"])
    return status


def _purge(findings: Sequence[Finding], top: Path, target: str, folder: Path) -> None:
    repository = discover(str(top))
    if repository is None:
        raise UsageError(f"{top}: not the root of a git repository, so it has no history to purge")
    folder = folder.resolve()
    if folder.is_relative_to(repository.cwd):
        raise UsageError(f"{folder}: its files hold the secrets; choose a folder outside of the repository")
    planned = purge.plan(findings, replace(repository, target=target), folder)
    try:
        written = purge.write(planned)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written: {error.strerror}") from error
    standing = sum(any(not is_cloud(path) for path in in_files(finding)) for finding in findings)
    if written and standing:
        click.echo(
            f"{standing} of these still stand in files: move them first (`stanch fix --apply`), commit, then purge."
        )
    if written:
        click.echo("Written, for you alone to read, since they hold the secrets:")
        _list(str(path) for path in written)
        click.echo("Run, in this order, and look at what the scan says before you go on:")
        _list(planned.commands)
        click.echo("What that does not do:")
    _list(f"- {words}" for words in planned.left)


def _revoke(findings: Sequence[Finding], ruleset: Ruleset, given: Mapping[str, Any]) -> int:
    """Say what is to be revoked, and with `--yes` do what can be. Return FOUND when some of that was not done."""
    steps = revoke.plan(findings, ruleset.by_id)
    ours = [step for step in steps if step.way]
    outcomes = {}
    options = Options(endpoints=dict(map(endpoint, given["endpoints"])), ca_bundle=given["ca_bundle"])
    revoke.check(options)
    if ours and given["yes"]:
        aws = revoke.Aws(given["profile"], given["endpoint_url"])
        outcomes = {outcome.fingerprint: outcome for outcome in revoke.carry_out(ours, options, aws)}
    for step in steps:
        click.echo(plain(f"{step.name} {step.masked}"))
        if outcome := outcomes.get(step.fingerprint):
            _list([outcome.said, *([] if outcome.done else [f"By hand: {step.where}"])])
        else:
            _list([f"Would be sent: {step.does}"] if step.way else [f"By hand: {step.where}"])
    if ours and not given["yes"]:
        click.echo("Nothing was sent. --yes revokes what can be.")
    return CLEAN if all(outcome.done for outcome in outcomes.values()) else FOUND


def _list(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(f"  {plain(line)}")
