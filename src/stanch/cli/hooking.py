"""What `stanch hook` does with its arguments, without click: it has hardly any, and no time."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from stanch import stopping
from stanch.cli.output import write
from stanch.cli.scanning import say
from stanch.cli.settings import settings
from stanch.cli.statuses import CLEAN, FOUND, INCOMPLETE
from stanch.cli.streams import tell
from stanch.errors import ReaderGone, UsageError
from stanch.hooks import asked
from stanch.scan import Scan
from stanch.values import replace

if TYPE_CHECKING:
    from pathlib import Path

    from stanch.cli.settings import Settings
    from stanch.hooks import Asked
    from stanch.model import Location, Result

LISTED = 10
"""How many places are told how to accept them."""


def run(*, arguments: tuple[str, ...] = (), stage: str | None = None, **given: Any) -> int:
    """Scan what the hook is about, and say what to do; return the exit status.

    `given` are options of `stanch hook` by click's names.
    """
    try:
        request = asked(stage, arguments, _stdin, os.environ)
        chosen = settings((".",), given)
        with stopping.held():  # a signal ends the scan, not what is said of it
            return _told(_scan(request, chosen), chosen, request)
    except UsageError as error:
        raise UsageError(str(error) if stage == "pre-receive" else f"{error} (git goes on with --no-verify)") from error


def _stdin() -> bytes:
    if sys.stdin.isatty():
        raise UsageError("this stage reads what git writes to the hook's standard input; a person has nothing to type")
    return sys.stdin.buffer.read()


def _scan(request: Asked, chosen: Settings) -> Result:
    part = replace(request.part, max_size=chosen.options.max_size)
    return request.settled(Scan(chosen.ruleset, chosen.options, chosen.acceptances, part=part).run())


def _told(result: Result, chosen: Settings, request: Asked) -> int:
    """Say how it went, and return the exit status."""
    amount = request.amount(result.stats)
    say(chosen.warnings, result)
    if not result.findings and result.complete:
        tell(f"{amount}, no credentials")
        return CLEAN
    with suppress(ReaderGone):  # nobody reads the report, but git reads the exit status
        write(result, chosen.ruleset, "text", "-", show_secrets=False)
    many = len(result.findings)
    found = f"{many or 'no':{',' if many else ''}} finding{'' if many == 1 else 's'} in {amount}"
    rest = "" if result.findings else ", but not everything could be scanned"
    tell(f"{found}{rest}. What to do:")
    for line in _advice(result, request, chosen.baselines):
        tell(line, "  ")
    say(chosen.notes, result)
    return FOUND if result.findings else INCOMPLETE


def _advice(result: Result, request: Asked, baselines: tuple[Path, ...]) -> Iterator[str]:
    from stanch.report.veil import veiled

    if result.findings:
        yield request.mend
        yield "or, if it is no secret, accept it with this line above its own:"
        places = [(item.rule, place) for item in veiled(result).findings for place in item.locations]
        command = "create FILE` accepts it for a hook with `--baseline FILE`"
        if baselines:
            command = f"update {baselines[-1]}` accepts it"
        lines = list(dict.fromkeys(_acceptance(rule, place, command) for rule, place in places))
        yield from lines[:LISTED]
        if len(lines) > LISTED:
            yield f"  and {len(lines) - LISTED:,} more places"
    else:
        yield "mend what the report names, and try again"
    if request.bypass:
        yield f"or go on without a check, this once: {request.bypass}"


def _acceptance(rule: str, place: Location, command: str) -> str:
    """Return where and how a finding is accepted: by a comment; by the baseline that `command` makes elsewhere."""
    from stanch.comments import comment
    from stanch.model import Surface
    from stanch.report.place import inner, spot
    from stanch.report.veil import plain

    line = None
    if place.path and place.surface is Surface.BLOB and not inner(place):
        line = comment(place.path, f"stanch:allow[{rule}] why it is no secret")
    line = line or f"no comment can stand there; `stanch baseline {command}"
    return plain(f"  {spot(place)}   {line}")
