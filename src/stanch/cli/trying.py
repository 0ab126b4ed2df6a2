"""What `stanch rules test` says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from stanch.cli.streams import tell
from stanch.errors import UsageError
from stanch.lint.tryout import Match, attempts, matches
from stanch.model import Batch, Chunk, Fault, mask
from stanch.report.place import spot
from stanch.rules import Rule, Ruleset
from stanch.sources.files import named
from stanch.sources.text import Stdin

WIDEST = 110
"""How much of an example's line is shown, in characters."""
HINTS = 10
"""How many lines that nearly match are told of."""


def on_examples(rule: Rule, ruleset: Ruleset, seed: str) -> bool:
    """Print what becomes of examples and near misses; return whether all is as it should be."""
    try:
        tried = list(attempts(rule, ruleset, seed))
    except ValueError as error:
        raise UsageError(str(error)) from error
    click.echo(f"{rule.id}: {rule.name}")
    for attempt in tried:
        click.echo(f"{'ok  ' if attempt.expected else 'FAIL'} {attempt.what:12} {attempt.outcome}")
        click.echo(f"     {_shortened(attempt.text.decode('utf-8', 'backslashreplace').rstrip())}")
    bad = sum(not attempt.expected for attempt in tried)
    click.echo(f"{len(tried)} tried, {bad} not as expected")
    return bad == 0


def _shortened(text: str) -> str:
    if len(text) <= WIDEST:
        return text
    return f"{text[: WIDEST // 2]}…{text[len(text) - WIDEST // 2 :]}"


def on_file(rule: Rule, ruleset: Ruleset, target: str) -> bool:
    """Print what a rule matches in a file, and why it is not reported; return whether anything is."""
    reported, hints = 0, list[str]()
    told = 0
    for found in matches(rule, ruleset, _contents(target)):
        if isinstance(found, str):
            hints.append(found)
            continue
        told += 1
        reported += found.reported
        at = found.own.location
        span = f"columns {at.column}-{at.end_column}" if at.line == at.end_line else f"to line {at.end_line}"
        click.echo(f"{spot(at)}, {span}: {mask(found.own.secret)}: {_outcome(found)}")
    if not told:
        click.echo(f"{rule.id} matches nothing there")
        for hint in hints[:HINTS]:
            click.echo(hint)
        if len(hints) > HINTS:
            click.echo(f"… and {len(hints) - HINTS} more lines like these")
    return reported > 0


def _outcome(found: Match) -> str:
    if found.beaten is None:
        return f"found, {found.own.confidence or 'too improbable'} {found.own.score:.2f}"
    return f"not found: {found.beaten}"


def _contents(target: str) -> Iterator[Chunk | Batch]:
    """Yield what is to be scanned; what cannot be read is told on standard error."""
    source = Stdin() if target == "-" else named(target, Path(target), None)
    for shard in source.shards():
        for item in [shard] if isinstance(shard, Fault) else shard.chunks():
            if isinstance(item, Fault):
                tell(item.detail)
            elif isinstance(item, Batch):
                yield from (chunk for part in range(len(item.starts)) for chunk in item.open(part))
            elif isinstance(item, Chunk):
                yield item
