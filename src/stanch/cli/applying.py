"""What `stanch fix --apply` and `--rollback` do and say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click

from stanch import stopping
from stanch.cli import live
from stanch.cli.fixing import Task, found, need_functions, planning
from stanch.cli.statuses import CLEAN, FOUND, INCOMPLETE
from stanch.errors import UsageError
from stanch.options import USUAL
from stanch.remediate import policies, written
from stanch.remediate.apply import Applying, Outcome, State
from stanch.remediate.drafts import ANY_VAULT
from stanch.remediate.journal import Journal
from stanch.remediate.model import End, Move
from stanch.remediate.plan import ready
from stanch.remediate.policies import Account
from stanch.remediate.stores import Address, opened
from stanch.report.place import spot
from stanch.report.veil import plain
from stanch.rules import Ruleset
from stanch.scan import Scan
from stanch.values import replace


def undo(task: Task) -> int:
    """Take the last run back; return the exit status."""
    with _applying(task) as applying, stopping.held():
        run = applying.journal.last
        outcomes = list(live.told(live.changing(applying.journal).undo(run, consent=task.given["live"])))
        if not stopping.must_stop():
            outcomes += live.told(applying.undo(run), _SAID)
    if not outcomes:
        click.echo("nothing to undo")
    _say_stuck(task, outcomes)
    kept = [outcome for outcome in outcomes if outcome.state is State.UNDONE]
    unused = [outcome for outcome in kept if not outcome.why]
    if unused:
        click.echo(
            "The stores keep what was put there, and nothing uses it now; delete it there when it is not needed:"
        )
        for outcome in unused:
            click.echo(plain(f"  {outcome.address.store}: {outcome.name}"))
    return CLEAN if len(kept) == len(outcomes) else FOUND


def apply(task: Task) -> int:
    """Finish what an earlier run has begun, then carry the plan out and scan again; return the exit status."""
    with _applying(task) as applying:
        if not any(begun.live and begun.ended is None for begun in applying.journal.moves.values()):
            need_functions(task)
        with stopping.held():
            resumed = list(live.told(applying.resume(), _SAID))
            changing = live.changing(applying.journal)
            resumed += live.told(changing.resume(consent=task.given["live"]))
        _say_stuck(task, resumed)
        given = {**task.given, "history": task.given["history"] or False}
        result, ruleset = found(replace(task, given=given))
        planned = planning(task, result, ruleset, applied=True)
        moves = [move for move in planned.moves if ready(move)]
        unnamed = [move for move in planned.moves if _lacks_vault(move)]
        if unnamed and not (moves or resumed or planned.live):
            raise UsageError(f"name the Key Vault with --vault: nothing was moved, {len(unnamed)} would go there")
        for move in written.told(planned):
            if not ready(move) and (move.value or move.end is not End.VAULT):
                _say_left(move)
        if not task.given["allow_dirty"] and (dirty := applying.dirty(moves)):
            raise UsageError(f"{', '.join(dirty)}: changes that are not committed; commit them, or --allow-dirty")
        address = partial(_address, task)
        with stopping.held():
            done = list(live.told(applying.run(moves, address, overwrite=task.given["overwrite"]), _SAID))
        left = _left(task, ruleset, moves, done)
        deployed = live.run(task, planned.live, changing) if not stopping.must_stop() else []
        outcomes = [*resumed, *done, *deployed]
    _say_rest(task.account, moves, done)
    if not moves and not resumed and not deployed and not unnamed:
        click.echo("nothing that stanch can move by itself; `stanch fix` without --apply says why")
    failed = [outcome for outcome in outcomes if outcome.state is State.FAILED]
    stopped = len(done) < len(moves)
    return FOUND if failed or left or stopped or unnamed else CLEAN if result.complete else INCOMPLETE


def _journal(task: Task) -> Path:
    path: Path = task.given["journal"] or task.worktree.journal
    return path


def _say_stuck(task: Task, outcomes: Sequence[Outcome]) -> None:
    """Say how to get on where something cannot be finished or undone, now or later."""
    if any(outcome.state is State.FAILED for outcome in outcomes):
        click.echo(plain(f"Put that right and run the command again; to forget all of it, delete {_journal(task)}"))


@contextmanager
def _applying(task: Task) -> Iterator[Applying]:
    journal = Journal(_journal(task))
    try:
        yield Applying(task.worktree, journal, opened)
    finally:
        journal.close()


def _address(task: Task, store: str) -> Address:
    given = task.given
    if store == "keyvault":
        return Address(store, vault=task.naming.vault)
    return Address(store, given["region"], given["profile"], given["endpoint_url"], kms_key=given["kms_key"])


_SAID: live.Said = {
    State.DONE: lambda o: f"moved     {o.name} ({o.address.store}), out of {', '.join(o.files)}",
    State.UNDONE: lambda o: f"undone    {o.name} ({o.address.store}), back in {', '.join(o.files)}",
    State.DROPPED: lambda o: f"anew      {o.name} ({o.address.store}): it was interrupted before anything was changed",
    State.FAILED: lambda o: f"not moved {o.name} ({o.address.store}): {o.why}",
}


def _lacks_vault(move: Move) -> bool:
    """Would stanch move it, if somebody had named the vault?"""
    return bool(move.value and move.end is End.VAULT and move.reference and move.reference.vault == ANY_VAULT)


def _say_left(move: Move) -> None:
    finding = move.finding
    why = f"{move.why}; name the vault with --vault" if _lacks_vault(move) else move.why
    click.echo(plain(f"left      {finding.name} {finding.masked} in {written.where(move)}: {why}"))


def _left(task: Task, ruleset: Ruleset, moves: Sequence[Move], outcomes: Sequence[Outcome]) -> int:
    """Scan the files that were changed once more, say whether the findings are gone, and return how many are not."""
    done = {outcome.fingerprint for outcome in outcomes if outcome.state is State.DONE}
    changed = sorted({path for outcome in outcomes if outcome.fingerprint in done for path in outcome.files})
    if not changed:
        return 0
    targets = tuple(str(task.worktree.root / path) for path in changed if task.worktree.read(path) is not None)
    options = replace(USUAL, targets=targets, history=False, secrets=True, engine="aho-corasick")
    result = Scan(ruleset, options).run()
    there = {finding.fingerprint: finding for finding in result.findings}
    left = set()
    for move in (move for move in moves if move.finding.fingerprint in done):
        finding = there.get(move.finding.fingerprint)
        places = [f"{place.path}:{place.line}: {place.why}" for place in move.unpatched]
        places += [spot(at) for at in finding.locations] if finding else []
        left.update([move.finding.fingerprint] if places else [])
        for place in places:
            click.echo(plain(f"still     {move.finding.name} {move.finding.masked} in {place}"))
    files = f"{len(changed)} changed {'file' if len(changed) == 1 else 'files'}"
    click.echo(f"scanned {files} again: {len(done - left)} of {len(done)} gone")
    return len(left)


def _say_rest(account: Account, moves: Sequence[Move], outcomes: Sequence[Outcome]) -> None:
    """Write what people must still do, and who must be allowed to read what was stored, by the names it has there."""
    arns = {outcome.fingerprint: outcome.arn for outcome in outcomes if outcome.state is State.DONE}
    for move in moves:
        arn = arns.get(move.finding.fingerprint)
        if move.reference is None or arn is None:
            continue
        click.echo(f"\n{plain(f'then, for {move.reference.name}:')}")
        for line in written.numbered(move.after):
            click.echo(plain(line))
        policy = policies.reading(move.reference, policies.known(account, arn), arn if arn.startswith("arn:") else "")
        for line in written.policy_lines((policy,)) if policy else ():
            click.echo(line)
