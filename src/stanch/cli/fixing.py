"""What `stanch fix` does with its options: scan or read a report, plan, and write the plan or have it carried out."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from stanch import whole
from stanch.cli.scanning import progress, say
from stanch.cli.settings import settings
from stanch.cli.statuses import CLEAN, INCOMPLETE
from stanch.cli.streams import tell
from stanch.errors import OutputError, UsageError
from stanch.model import Result
from stanch.remediate import diff, own, policies, written
from stanch.remediate.drafts import Naming
from stanch.remediate.model import Patch, Place, Plan, Policy, Read, Reference
from stanch.remediate.names import VAULT
from stanch.remediate.plan import plan, ready
from stanch.remediate.policies import Account
from stanch.remediate.worktree import Worktree
from stanch.report.veil import plain
from stanch.roots import NO_PATHS, from_root, is_cloud, root
from stanch.rules import Ruleset
from stanch.scan import Scan
from stanch.values import dataclass, replace

_ACCOUNT = re.compile(r"\d{12}")
_READ = 64
"""How much of a file is looked at to tell a JSON object, in bytes."""
_KEY = re.compile(r"arn:[\w-]+:kms:[\w-]+:\d{12}:key/[\w-]+|(?:mrk-)?[0-9a-fA-F-]{32,36}")


@dataclass(frozen=True, slots=True)
class Task:
    """What the command line asks for."""

    target: str
    report: Result | None
    """Where the target is a report: what it holds."""
    worktree: Worktree
    naming: Naming
    account: Account
    given: dict[str, Any]
    """The options as click has them."""


def run(*, target: str, applied: bool, rollback: bool, **given: Any) -> int:
    """Plan, apply or undo; return the exit status. `given` are the other options by click's names."""
    closing = given["revoked"] or given["purge_plan"] or given["yes"]
    acts = {"--apply": applied, "--rollback": rollback, "--revoke and --purge-plan": closing}
    if sum(map(bool, acts.values())) > 1:
        raise UsageError(f"{', '.join(name for name, wanted in acts.items() if wanted)} exclude each other")
    if given["live"] and not (applied or rollback):
        raise UsageError("--live is for --apply and --rollback")
    task = _task(target, given)
    if applied or rollback:
        from stanch.cli import applying

        return applying.undo(task) if rollback else applying.apply(task)
    need_functions(task)
    result, ruleset = found(task)
    if closing:
        from stanch.cli import after

        return after.run(result, ruleset, task.worktree.root, ".", given)
    planned = planning(task, result, ruleset)
    needed = _needed(planned, task)
    if given["policies"]:
        readers = (*(move.policies for move in planned.moves), *(move.policies for move in planned.live))
        lines = written.policy_lines(tuple(chain(needed, *readers)))
        _write("".join(f"{line}\n" for line in lines).encode(), given["output"])
    else:
        content = _FORMATS[given["form"]](planned, needed)
        _write(content, given["output"])
        if given["form"] == "patch" and content:
            _say_patch(planned, content, given["output"])
    return CLEAN if result.complete else INCOMPLETE


def _say_patch(planned: Plan, patch: bytes, output: Path | None) -> None:
    """Say what a patch holds, and what is left to do, since it only changes files."""
    held = sum(bool(move.changes) or move.finding.secret in patch for move in planned.moves)
    kept = "" if output else ", or -o keeps it from others"
    tell(f"the patch holds {written.count(held, 'secret')}: delete it once it is applied{kept}")
    changing = [move for move in planned.moves if move.changes]
    stored = [written.stored(move.reference) for move in changing if move.reference and move.reference.store != "none"]
    steps = [f"Store first, before the new code runs: {', '.join(stored)}."] if stored else []
    hide = written.hiding(planned)
    for step in dict.fromkeys([*steps, *chain.from_iterable(move.after for move in changing)]):
        tell(plain(hide(f"left to do: {step}")))


def need_functions(task: Task) -> None:
    """Raise UsageError where the options are for deployed functions, and no report of them is given."""
    report, options = (
        task.report,
        [f"--{name.replace('_', '-')}" for name in ("live", "drop_plain") if task.given[name]],
    )
    if options and (report is None or (report.findings and not _is_live(report))):
        raise UsageError(
            f"{' and '.join(options)} wants a report of deployed functions: `stanch cloud … -f json --show-secrets"
            " -o ../report.json`, then `stanch fix ../report.json …`"
        )


def _is_live(result: Result) -> bool:
    places = (at for finding in result.findings for at in finding.locations)
    return any(is_cloud(at.target) or is_cloud(at.path or "") for at in places)


_FORMATS: dict[str, Callable[[Plan, tuple[Policy, ...]], bytes]] = {
    "text": lambda plan, needed: written.text(plan, needed).encode("utf-8", "backslashreplace"),
    "json": lambda plan, needed: written.json_text(plan, needed).encode(),
    "patch": lambda plan, _: diff.write(plan),
}


def _task(target: str, given: dict[str, Any]) -> Task:
    report = _report(target)
    if report is None:
        tops = {root(target)}
    else:
        targets = {at.target for finding in report.findings for at in finding.locations}
        tops = {root(target) for target in targets if not is_cloud(target)} or {root(".")}
    top = tops.pop()
    if tops:
        raise UsageError(f"{target}: the report is of several projects; fix one at a time")
    if top is None:
        raise UsageError(f"{target}: a bare repository has no files to fix")
    if target in NO_PATHS and report is None:
        raise UsageError(f"{target}: there is no file to fix in it")
    naming = Naming(given["app"] or top.resolve().name or "app", given["store"], _vault(given["vault"]))
    return Task(target, report, Worktree(top), naming, _account(given), given)


def _report(target: str) -> Result | None:
    """Return what a report holds; None when the target is none.

    Raises UsageError for a report without secrets, and for what must be one and cannot be read.
    """
    if target == "-":
        content = sys.stdin.buffer.read()
    else:
        path = Path(target)
        try:
            with path.open("rb") as file:
                content = file.read(_READ)
                if not own.is_object(content):
                    return None
                content += file.read()
        except OSError:  # a folder; what is not there the scan complains of
            return None
        if not own.is_report(content) and not (path.suffix == ".json" and b'"schema"' in content):
            return None
    from stanch.report import json

    try:
        result = json.read(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UsageError(f"{target}: not a JSON report: it is not UTF-8") from None
    except UsageError as error:
        if target != "-" and "no key 'schema'" in str(error):
            return None  # some other JSON, which has that key further in: to be scanned
        raise UsageError(f"{target}: {error}") from error
    if any(not finding.secret for finding in result.findings):
        raise UsageError(f"{target}: the report holds no secrets: scan with --show-secrets, or name the folder itself")
    return result


def _vault(named: str | None) -> str | None:
    """Return the URL of a Key Vault that is named by it or by its name. Raises UsageError."""
    if named is None or VAULT.fullmatch(named):
        return named and f"https://{named}.vault.azure.net"
    url = urlsplit(named)
    if url.scheme != "https" or not url.hostname or url.username or url.path not in ("", "/"):
        raise UsageError("--vault wants the name of a Key Vault, or https://NAME.vault.azure.net")
    return f"https://{url.netloc}"


def _account(given: dict[str, Any]) -> Account:
    account, key = given["account"] or "", given["kms_key"] or ""
    if account and not _ACCOUNT.fullmatch(account):
        raise UsageError("--account wants the 12 digits of an AWS account")
    if key and not _KEY.fullmatch(key):
        raise UsageError("--kms-key wants the key's id or ARN: a policy cannot name it by an alias")
    return Account(given["region"] or "", account, key, given["subscription"] or "", given["resource_group"] or "")


def found(task: Task) -> tuple[Result, Ruleset]:
    """Return what is to be fixed, with paths from the project's root, and the rules; say what was not scanned."""
    given = {**task.given, "show_secrets": True}
    if task.report is not None:
        from stanch.rules import load

        result, ruleset = task.report, load(given["packs"])
        unknown = {finding.rule for finding in result.findings} - set(ruleset.by_id)
        if unknown:
            raise UsageError(f"{task.target}: no rule has the id {sorted(unknown)[0]!r}; --rules adds the pack of it")
        words: list[str] = [] if result.complete else [f"{task.target}: the report is incomplete"]
    else:
        chosen = settings((task.target,), given)
        ruleset = chosen.ruleset
        running = Scan(ruleset, chosen.options, chosen.acceptances)
        with progress(running, quiet=False):
            result = running.run()
        words = [*chosen.notes, *chosen.warnings, *running.notes]
    say([*words, *(f"{fault.kind}: {fault.target}: {fault.detail}" for fault in result.faults)], result)
    findings = (
        replace(item, locations=tuple(replace(at, path=from_root(at), target=".") for at in item.locations))
        for item in result.findings
    )
    return replace(result, findings=tuple(findings)), ruleset


def planning(task: Task, result: Result, ruleset: Ruleset, *, applied: bool = False) -> Plan:
    """Return the plan for what was found."""
    planned = plan(result, ruleset.by_id, task.worktree.read, task.naming, task.account, _patch, applied=applied)
    if not _is_live(result):
        return planned
    from stanch.remediate.live import planning as live

    wanted = live.Wanted(task.given["app"], task.given["drop_plain"])
    moves = live.plan(result.findings, planned.moves, ruleset.by_id, task.naming, task.account, wanted)
    return replace(planned, live=moves)


def _patch(place: Place, reference: Reference, read: Read) -> Patch:
    from stanch.remediate import patches

    return patches.patch(place, reference, root_files=read)


def _needed(planned: Plan, task: Task) -> tuple[Policy, ...]:
    """Return what stanch itself must be allowed to carry the plan out."""
    stored = [(move.reference, len(move.value)) for move in planned.moves if move.reference and ready(move)]
    needed = tuple(policies.writing(stored, task.account, overwrite=task.given["overwrite"]))
    if not planned.live:
        return needed
    from stanch.remediate.live.permissions import changing

    return (*needed, *changing(planned.live, task.account, overwrite=task.given["overwrite"]))


def _write(content: bytes, output: Path | None) -> None:
    if output is None:
        sys.stdout.flush()
        click.echo(content, nl=False)
        return
    try:
        whole.write(output, content, private=True)
    except OSError as error:
        raise OutputError(f"{output}: the plan cannot be written: {error.strerror}") from error
