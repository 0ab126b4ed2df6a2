"""`stanch baseline`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stanch.cli.arguments import choosing_configuration, choosing_rules
from stanch.cli.scanning import progress, say
from stanch.cli.statuses import CLEAN, INCOMPLETE
from stanch.model import Confidence

if TYPE_CHECKING:
    from stanch.baseline import Baseline
    from stanch.model import Result
    from stanch.rules import Ruleset


@click.group()
def baseline() -> None:
    """Accept the findings that are known, so that a scan reports the new ones.

    A baseline is a file that you commit. It knows secrets by their rule and a salted hash, wherever they stand;
    docs/accepting.md says more.

    \b
    Examples:
      stanch baseline create accepted.json      all that `stanch scan` reports now
      stanch scan --baseline accepted.json      only what is new
    """


def _scanning(command: Any) -> Any:
    """Add what the commands have in common: the file, and what to scan as `stanch scan` does."""
    for option in (
        click.option("-j", "--jobs", type=click.IntRange(1), help="Worker processes. Default: one for each processor."),
        choosing_configuration,
        choosing_rules,
        click.option("--allow-alternates", "alternates", is_flag=True, help="As in `stanch scan`."),
        click.option("--reachable-only/--no-reachable-only", default=None, help="As in `stanch scan`."),
        click.option("--history/--no-history", default=None, help="Default: history in a repository's root."),
        click.argument("targets", nargs=-1, metavar="[TARGET]..."),
        click.argument("file", type=click.Path(path_type=Path)),
    ):
        command = option(command)
    return command


_least = click.option(
    "--min-confidence", type=click.Choice([level.value for level in Confidence]), help="Default: medium."
)


@baseline.command()
@_scanning
@_least
def create(file: Path, targets: tuple[str, ...], **given: Any) -> int:
    """Write FILE with all that a scan of the targets reports. It must not exist yet."""
    from stanch.baseline import new

    return _accept(new(file), targets, given)


@baseline.command()
@_scanning
@_least
def update(file: Path, targets: tuple[str, ...], **given: Any) -> int:
    """Add to FILE what a scan of the targets reports and it lacks; reasons stay."""
    from stanch.baseline import read

    return _accept(read(file), targets, given)


def _accept(accepted: Baseline, targets: tuple[str, ...], given: dict[str, Any]) -> int:
    result, _ = _scanned(targets, given)
    added = accepted.add(result)
    accepted.write()
    click.echo(f"{accepted.path}: {_count(added)} added, {len(accepted):,} in all")
    if not result.complete:
        say(["the scan is incomplete: what was not looked at is not in the baseline"], result)
    return CLEAN if result.complete else INCOMPLETE


@baseline.command()
@_scanning
def prune(file: Path, targets: tuple[str, ...], **given: Any) -> int:
    """Take out of FILE what no scan of the targets finds any more, at any confidence.

    Name the targets that it was made for: what is not looked at is not found. An incomplete scan changes nothing.
    """
    from stanch.acceptance import accepted
    from stanch.baseline import read
    from stanch.report.veil import plain

    kept = read(file)
    result, in_use = _scanned(targets, {**given, "min_confidence": Confidence.LOW}, everything=True)
    if not result.complete:
        say([f"{file}: not changed, since the scan is incomplete: an entry may stand where it did not look"], result)
        return INCOMPLETE
    accepted(result.findings, [kept])
    chosen = in_use.by_id if given["only_rule"] or given["disable_rule"] else None
    gone = [entry for entry in kept.unused() if chosen is None or entry.rule in chosen]
    kept.remove(gone)
    kept.write()
    for entry in gone:
        click.echo(plain(f"{file}: {entry} removed"))
    click.echo(f"{file}: {_count(len(gone))} removed, {len(kept):,} in all")
    return CLEAN


def _scanned(targets: tuple[str, ...], given: dict[str, Any], *, everything: bool = False) -> tuple[Result, Ruleset]:
    """Return what `stanch scan` would find, with the rules in use, and say what it could not look at.

    What the configuration allows needs no baseline; with `everything` it is there, too.
    """
    from stanch.cli.settings import settings
    from stanch.scan import Scan

    chosen = settings(targets, given, baselines=False)
    running = Scan(chosen.ruleset, chosen.options, () if everything else chosen.acceptances)
    with progress(running, quiet=False):
        result = running.run()
    faults = (f"{fault.kind}: {fault.target}: {fault.detail}" for fault in result.faults)
    say([*chosen.notes, *chosen.warnings, *running.notes, *faults], result)
    return result, chosen.ruleset


def _count(entries: int) -> str:
    return "1 entry" if entries == 1 else f"{entries:,} entries"
