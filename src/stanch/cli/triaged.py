"""What `stanch triage` prints: findings of the store, as text and as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import click
from rich.text import Text

from stanch.model import Status
from stanch.report import place
from stanch.report.json import finding_object
from stanch.report.terminal import Hanging, console
from stanch.report.veil import plain
from stanch.sweep.store import DIGITS, Filters, Place, Row, Said, Source, State, Store

SCHEMA = 1
_STATES = {State.OPEN: "bold red", State.ACCEPTED: "yellow", State.FALSE_POSITIVE: "dim", State.FIXED: "green"}
_LEVEL = 8
"""Columns of a level and the space behind it."""
_KEY = 13
"""Columns of a fact's key in `show`."""


def as_text(store: Store, filters: Filters) -> None:
    """Print the findings that pass, two lines each, and how many there are."""
    out = console(sys.stdout)
    for row in store.rows(filters):
        for line in _listed(row):
            out.print(line)
    passing = store.count(replace(filters, states=()))
    shown = {state: number for state, number in passing.items() if not filters.states or state in filters.states}
    more = {state: number for state, number in passing.items() if state not in shown}
    said = f"{sum(shown.values()):,} {'finding' if sum(shown.values()) == 1 else 'findings'}"
    said += f" ({_numbers(shown)})" if len(shown) > 1 else f" {next(iter(shown))}" if shown else ""
    said += f"; not listed: {_numbers(more)}" if more else ""
    out.print(Hanging(Text(), 0, Text(said, "bold")))


def _numbers(counts: dict[State, int]) -> str:
    return ", ".join(f"{counts[state]:,} {state}" for state in State if state in counts)


def _listed(row: Row) -> Iterator[Hanging]:
    finding = row.finding
    title = Text.assemble(
        (f"{finding.confidence.value:{_LEVEL}}", "dim"), (_stands(row), _STATES[row.state]), "  ",
        (plain(finding.name), "bold"), "  ", (plain(finding.masked), "magenta"),
    )  # fmt: skip
    if finding.verdict.status is not Status.NOT_CHECKED:
        title.append(f"  {finding.verdict.status.value}", "bold red" if finding.verdict.status is Status.LIVE else "")
    yield Hanging(Text(row.key[:DIGITS], "cyan"), DIGITS + 2, title)
    yield Hanging(Text(), DIGITS + 2, Text(plain(_where(row)), "dim"))


def _stands(row: Row) -> str:
    """Return the state, and what makes it less than plain."""
    said = row.said
    if said is None:
        return row.state.value
    if row.state is State.ACCEPTED and said.until:
        return f"{row.state} until {said.until}"
    if row.state is State.OPEN and said.state is State.ACCEPTED:
        return f"open again (accepted until {said.until})"
    if said.source is Source.SCAN:
        return f"open again (found again {said.at[:10]})" if row.state is State.OPEN else f"{row.state}, by a scan"
    return row.state.value


def _where(row: Row) -> str:
    there = [one for one in row.places if one.gone is None] or row.places
    names = {one.location.target for one in there}
    spot = place.spot(there[0].location) if there else "nowhere"
    more = len(there) - 1
    if more:
        spot += f", and {more:,} more {'place' if more == 1 else 'places'}"
        spot += f" in {len(names):,} repositories" if len(names) > 1 else ""
    if there and all(one.repository_gone for one in there):
        spot += "; no longer listed"
    return f"{spot}; since {row.first_seen[:10]}, last seen {row.last_seen[:10]}"


def show(store: Store, key: str, form: str) -> None:
    """Print one finding with all that the store has of it."""
    row = next(store.rows(Filters(keys=(key,))))
    history = store.history(key)
    if form == "json":
        click.echo(json.dumps({**_object(row), "history": [_said(said) for said in history]}, indent=2))
        return
    out = console(sys.stdout)
    for name, text in _facts(row, history):
        out.print(Hanging(Text(name, "dim"), _KEY, text))


def _facts(row: Row, history: list[Said]) -> Iterator[tuple[str, Text]]:
    finding = row.finding
    yield "key", Text(row.key, "cyan")
    yield "finding", Text(plain(f"{finding.name}  {finding.masked}  {finding.rule}"), "bold")
    yield "confidence", Text(f"{finding.confidence.value} ({finding.score:.2f})")
    yield "state", Text(_stands(row), _STATES[row.state])
    yield "seen", Text(f"first {row.first_seen}, last {row.last_seen}")
    verdict = finding.verdict
    if verdict.status is not Status.NOT_CHECKED:
        words = [verdict.status.value, verdict.identity, verdict.detail, verdict.checked_at]
        yield "verdict", Text(plain(", ".join(word for word in words if word)))
    for number, one in enumerate(row.places):
        yield "" if number else "where", Text(plain(_placed(one)), "" if one.gone is None else "dim")
    yield "what to do", Text(plain(finding.remedy.summary))
    for number, said in enumerate(history):
        yield "" if number else "history", Text(plain(_sentence(said)))


def _placed(one: Place) -> str:
    words = f"{place.full(one.location)}, since {one.first_seen[:10]}"
    if one.gone:
        words += f", gone since {one.gone[:10]}"
    return words + (f", repository no longer listed since {one.repository_gone[:10]}" if one.repository_gone else "")


def _sentence(said: Said) -> str:
    who = said.by or ("a scan" if said.source is Source.SCAN else "somebody")
    until = f" until {said.until}" if said.until else ""
    return f"{said.at}  {said.state}{until}, by {who}" + (f": {said.reason}" if said.reason else "")


def tell_set(store: Store, keys: list[str]) -> None:
    """Print what findings are now."""
    for row in store.rows(Filters(keys=tuple(keys))):
        click.echo(plain(f"{row.key[:DIGITS]}  {_stands(row)}  {row.finding.name}  {row.finding.masked}"))


def as_json(store: Store, filters: Filters) -> None:
    """Print an object with the findings that pass, one a line, as they are read."""
    click.echo(f'{{"schema": {SCHEMA}, "store": {json.dumps(store.name)}, "findings": [', nl=False)
    for number, row in enumerate(store.rows(filters)):
        click.echo(("," if number else "") + "\n" + json.dumps(_object(row)), nl=False)
    click.echo("\n]}")


def _object(row: Row) -> dict[str, Any]:
    """Return a finding as a JSON report has it, with its key and state; its places have dates."""
    told = finding_object(replace(row.finding, locations=tuple(one.location for one in row.places)))
    for at, one in zip(told["locations"], row.places, strict=True):
        at |= {
            "first_seen": one.first_seen, "last_seen": one.last_seen, "gone": one.gone, "web": one.web,
            "repository_gone": one.repository_gone,
        }  # fmt: skip
    del told["fingerprint"], told["secret"]
    state = {"state": row.state.value, "said": row.said and _said(row.said)}
    return {"key": row.key, **state, "first_seen": row.first_seen, "last_seen": row.last_seen, **told}


def _said(said: Said) -> dict[str, str | None]:
    return {
        "state": said.state.value, "source": said.source.value, "at": said.at, "by": said.by,
        "reason": said.reason, "until": said.until,
    }  # fmt: skip
