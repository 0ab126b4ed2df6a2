"""The report that people read: one block for each finding, and what to do about it."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from rich.console import Console, ConsoleOptions, Group
from rich.text import Text

from stanch.model import Confidence, Fault, Finding, Location, Result, Status
from stanch.report import amount, place, words
from stanch.report.veil import plain, veiled
from stanch.rules import Rule

PLACES = 3
"""How many places of a finding are listed."""
FAULTS = 20
"""How many faults are listed."""

_INDENT = 9
"""Columns before the text of a block: the widest badge, and a space."""
_KEY = 13
"""Columns of a fact's key: the longest, and two spaces."""
_BADGES = {
    Confidence.HIGH: "bold white on red",
    Confidence.MEDIUM: "bold black on yellow",
    Confidence.LOW: "bold black on cyan",
}
_VERDICTS = {Status.LIVE: "bold red", Status.DEAD: "green", Status.UNKNOWN: "yellow"}


def write(result: Result, rules: Mapping[str, Rule], out: TextIO, *, show_secrets: bool) -> None:
    """Write the report, in colour and as wide as the terminal where `out` is one."""
    console(out).print(Group(*blocks(result if show_secrets else veiled(result))))


def console(out: TextIO, *, record: bool = False) -> Console:
    """Return a console on `out` that shows text as it is: no markup, no emoji codes, no highlighting.

    Where `out` is no terminal it is COLUMNS wide, or 100. rich honours NO_COLOR and FORCE_COLOR.
    """
    if isinstance(out, io.TextIOWrapper):
        # A Latin-1 locale must not turn a name in Cyrillic into a crash at the end of a scan.
        out.reconfigure(errors="backslashreplace")
    width = None
    if not out.isatty():
        columns = os.environ.get("COLUMNS", "")
        width = int(columns) if columns.isdecimal() and int(columns) else 100
    return _Console(file=out, width=width, markup=False, emoji=False, highlight=False, record=record)


class _Console(Console):
    """rich ends the program with status 1 when nobody reads on; that is for the command line to decide."""

    def on_broken_pipe(self) -> None:
        """Let the error through."""
        raise


@dataclass(frozen=True, slots=True)
class Hanging:
    """A text behind its label; where it wraps, it goes on below itself. rich's tables pad every line."""

    label: Text
    indent: int
    """Columns before the text; the label is cut to one fewer."""
    text: Text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Yield the lines, none wider than the console."""
        label = self.label.copy()
        label.truncate(max(self.indent - 1, 0), overflow="ellipsis")
        label.pad_right(self.indent - label.cell_len)
        room = max(options.max_width - self.indent, 1)
        for number, line in enumerate(self.text.wrap(console, room, overflow="fold")):
            line.rstrip()
            yield Text(" " * self.indent).append_text(line) if number else label.append_text(line)


def blocks(result: Result) -> Iterator[Hanging | Text]:
    """Yield the parts of the report in order; veil `result` first, unless its secrets are to be shown."""
    kept = [finding for finding in result.findings if finding.dropped is None]
    dropped = [finding for finding in result.findings if finding.dropped is not None]
    for finding in sorted(kept, key=_rank):
        yield from _block(finding)
        yield Text()
    for finding in sorted(dropped, key=_rank):
        yield _dropped(finding)
    if dropped:
        yield Text()
    yield Hanging(Text(), 0, _summary(kept, result))
    if not result.complete:
        yield from _incomplete(result.faults)


def _rank(finding: Finding) -> tuple[bool, int, str, int]:
    """Sort what is live first, then by confidence, then by place."""
    first = next(iter(place.ordered(finding)), None)
    live = finding.verdict.status is Status.LIVE
    return not live, -finding.confidence.rank, place.outer(first) if first else "", first.line if first else 0


def _block(finding: Finding) -> Iterator[Hanging]:
    badge = Text.assemble((f" {finding.confidence.value.upper()} ", _BADGES[finding.confidence]))
    title = Text.assemble(
        (plain(finding.name), "bold"), "  ", (plain(finding.masked), "magenta"), "  ", (plain(finding.rule), "dim")
    )
    yield Hanging(badge, _INDENT, title)
    for key, value in _facts(finding):
        yield Hanging(Text.assemble(" " * _INDENT, (key, "dim")), _INDENT + _KEY, value)


def _facts(finding: Finding) -> Iterator[tuple[str, Text]]:
    """Yield what is known, each with its key."""
    if finding.secret:
        lines = finding.secret.decode("utf-8", "backslashreplace").splitlines()
        yield "secret", Text("\n".join(map(plain, lines)), "magenta")
    for number, line in enumerate(_places(place.ordered(finding))):
        yield "" if number else "where", line
    for number, companion in enumerate(words.companions(finding)):
        yield "" if number else "with", Text(plain(companion))
    first = place.since(finding)
    if first:
        yield "since", _since(first)
    present = place.present(finding)
    in_files = any(location.surface in place.FILES for location in finding.locations)
    if present is not None or (first and in_files):
        answer = {True: "yes", False: "no, only in history", None: "unknown"}[present]
        yield "still there", Text(answer)
    verdict = finding.verdict
    if verdict.status is not Status.NOT_CHECKED:
        said = Text(verdict.status.value, _VERDICTS[verdict.status])
        if verdict.identity:
            said.append(f", as {plain(verdict.identity)}", "not bold default")
        if verdict.detail:
            said.append(f" ({plain(verdict.detail)})", "not bold default")
        yield "verdict", said
    if finding.candidates:
        yield "unsure", Text(f"could also be: {plain(words.candidates(finding))}")
    yield "what to do", Text(plain(finding.remedy.summary))


def _places(locations: Sequence[Location]) -> Iterator[Text]:
    """Yield the first places; those that only history holds say in which object."""
    spots: dict[str, Text] = {}
    for location in locations:
        line = Text(plain(place.spot(location)))
        if held := place.holder(location):
            line.append(f" ({plain(held)})", "dim")
        spots.setdefault(line.plain, line)
    yield from list(spots.values())[:PLACES]
    more = len(spots) - PLACES
    if more > 0:
        yield Text(f"and {more:,} more {'place' if more == 1 else 'places'}", "dim")


def _since(location: Location) -> Text:
    parts = [
        location.date and location.date[:10],
        location.commit and f"commit {location.commit[:10]}",
        location.author and f"by {location.author}",
    ]
    return Text(plain(", ".join(part for part in parts if part)))


def _dropped(finding: Finding) -> Hanging:
    places = place.ordered(finding)
    words = [finding.name, finding.masked, *(place.spot(first) for first in places[:1])]
    text = f"{plain('  '.join(words))}\ndropped: {plain(finding.dropped or '')}"
    return Hanging(Text(), _INDENT, Text(text, "dim"))


def _summary(findings: Sequence[Finding], result: Result) -> Text:
    objects, size, time = amount.scanned(result.stats)
    if not findings:
        # Nothing found is good news only when everything was looked at.
        return Text(amount.clean(result.stats), "bold green" if result.complete else "bold")
    levels = [finding.confidence for finding in findings]
    line = Text(amount.found(levels, [finding.verdict.status for finding in findings]), "bold")
    return line.append(f" in {objects}, {size}, {time}", "not bold")


def _incomplete(faults: Sequence[Fault]) -> Iterator[Hanging | Text]:
    said = amount.unscanned(len(faults))
    yield Text.assemble((" INCOMPLETE ", "bold white on red"), (f" {said}", "bold red"))
    kinds = [Text.assemble("  ", (plain(fault.kind), "red")) for fault in faults[:FAULTS]]
    indent = min(max(kind.cell_len for kind in kinds) + 2, 22)
    for kind, fault in zip(kinds, faults, strict=False):
        yield Hanging(kind, indent, Text(plain(f"{fault.target}: {fault.detail}")))
    if len(faults) > FAULTS:
        yield Text(f"  and {len(faults) - FAULTS:,} more", "dim")
