"""What `stanch fix --apply --live` and `--rollback --live` do to deployed functions, and say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from stanch import stopping
from stanch.errors import StanchError
from stanch.remediate import policies, written
from stanch.remediate.apply import Outcome, State
from stanch.remediate.journal import Access, Journal
from stanch.remediate.live import opened as reached
from stanch.remediate.live.changing import ALREADY, Changing
from stanch.remediate.live.planning import CARRYING_OUT
from stanch.remediate.model import Action, LiveMove, Setting
from stanch.remediate.stores import Address, opened
from stanch.report.veil import plain

if TYPE_CHECKING:
    from stanch.cli.fixing import Task


def changing(journal: Journal) -> Changing:
    """Return what changes functions, noted in that journal."""
    return Changing(journal, opened, reached)


def _noted(outcome: Outcome) -> str:
    return f": {outcome.why}" if outcome.why not in ("", ALREADY) else ""


Said = Mapping[State, Callable[[Outcome], str]]
_WORDS = {ALREADY: "is so"}
_SAID: Said = {
    State.DONE: lambda o: f"{_WORDS.get(o.why, 'changed'):9} {o.files[0]} ({o.address.store}: {o.name}){_noted(o)}",
    State.UNDONE: lambda o: f"undone    {o.files[0]}{_noted(o)}",
    State.DROPPED: lambda o: f"anew      {o.files[0]}: it was interrupted before anything was changed",
    State.FAILED: lambda o: f"not done  {o.files[0]} ({o.address.store}: {o.name}): {o.why}",
}


def told(outcomes: Iterator[Outcome], words: Said = _SAID) -> Iterator[Outcome]:
    """Say what becomes of each move as it does, by default of settings; a signal ends it between two."""
    for outcome in outcomes:
        click.echo(plain(words[outcome.state](outcome)))
        yield outcome
        if stopping.must_stop():
            return


def run(task: Task, moves: Sequence[LiveMove], change: Changing) -> list[Outcome]:
    """Change the settings that stanch can, with consent, and say what is left; return what became of each."""
    for move in moves:
        if move.why or not task.given["live"]:
            why = move.why or "it runs: --live changes it"
            where = move.setting.place if move.setting else ", ".join(move.versions)
            click.echo(plain(f"left      {move.finding.name} {move.finding.masked} in {where}: {why}"))
    if not task.given["live"]:
        return []
    with stopping.held():
        work = change.run(
            moves, lambda move: _address(task, move), lambda setting: _access(task, setting),
            overwrite=task.given["overwrite"],
        )  # fmt: skip
        done = list(told(work))
    _say_rest(task, moves, done, change)
    return done


def _address(task: Task, move: LiveMove) -> Address:
    """Return the store of a move: of AWS the one in the function's own region, which its code asks."""
    given, reference, setting = task.given, move.reference, move.setting
    if reference and reference.store == "keyvault":
        return Address("keyvault", vault=reference.vault)
    store, region = reference.store if reference else "", setting.where if setting else None
    return Address(store, region, given["profile"], given["endpoint_url"], kms_key=given["kms_key"])


def _access(task: Task, setting: Setting) -> Access:
    given = task.given
    if setting.platform == "aws-lambda":
        return Access(given["profile"], given["endpoint_url"])
    return Access(None, given["resource_manager"], given["subscription"])


def _say_rest(task: Task, moves: Sequence[LiveMove], outcomes: Sequence[Outcome], change: Changing) -> None:
    """Say who must be allowed to read what was stored, which aliases lead to old versions, and what is left to do."""
    done = {outcome.files[0]: outcome for outcome in outcomes if outcome.state is State.DONE}
    for move in moves:
        setting, reference = move.setting, move.reference
        outcome = done.get(setting.place) if setting else None
        if setting is None or reference is None or outcome is None:
            continue
        click.echo(f"\n{plain(f'then, for {setting.place}:')}")
        left = [step for step in move.after if not step.startswith(CARRYING_OUT)]
        for line in written.numbered([*_aliases(task, move, setting, change), *left]):
            click.echo(plain(line))
        if move.action is Action.DROP or setting.platform != "aws-lambda":
            continue
        account = policies.known(task.account._replace(region=setting.where), outcome.arn)
        arn = outcome.arn if outcome.arn.startswith("arn:") else ""
        policy = policies.reading(reference, account, arn)
        for line in written.policy_lines((policy,)) if policy else ():
            click.echo(line)


def _aliases(task: Task, move: LiveMove, setting: Setting, change: Changing) -> list[str]:
    """Return which of the versions that hold the secret are in use by an alias."""
    if not move.versions:
        return []
    try:
        found = change.aliases(setting, _access(task, setting))
    except StanchError as error:
        return [f"Which aliases there are is not known: {error}"]
    used = {name: held.split(", ") for name, held in found.items()}
    return [
        f"The alias {name} leads to {setting.function}:{version}, which holds it: lead it to a new one first."
        for name, versions in used.items()
        for version in versions
        if f"{setting.function}:{version}" in move.versions
    ]
