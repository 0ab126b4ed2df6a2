"""What `stanch scan` does with its options, without click: a hook has nothing to parse, and no time for it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from stanch import stopping
from stanch.cli.output import paired, warn, write_all
from stanch.cli.settings import settings
from stanch.cli.statuses import CLEAN, FOUND, INCOMPLETE
from stanch.cli.streams import tell
from stanch.scan import Scan

if TYPE_CHECKING:
    from stanch.model import Result


def run(*, targets: tuple[str, ...] = (), quiet: bool = False, verbose: bool = False, **given: Any) -> int:
    """Scan and report; return the exit status. `given` are options of `stanch scan` by click's names."""
    if verbose:
        import logging

        logging.basicConfig(level=logging.INFO, format="stanch: %(message)s")
    outputs = paired(given.get("formats", ()), given.get("outputs", ()))
    chosen = settings(targets, given)
    running = Scan(chosen.ruleset, chosen.options, chosen.acceptances)
    with stopping.held():  # a signal ends the scan, not the report
        with progress(running, quiet=quiet):
            result = running.run()
        if running.stopped:
            stopping.end_children()  # a git that hangs would outlive us
        say(chosen.warnings if quiet else (*chosen.notes, *chosen.warnings, *running.notes), result)
        warn(result, outputs)
        if quiet and not result.findings and not result.faults:
            outputs = [output for output in outputs if output != ("text", "-")]
        write_all(result, chosen.ruleset, outputs, show_secrets=chosen.options.secrets)
    reported = [finding for finding in result.findings if finding.dropped is None]
    return FOUND if reported else CLEAN if result.complete else INCOMPLETE


def say(words: Sequence[str], result: Result) -> None:
    """Write words for the user to standard error, without the secrets of `result`."""
    if not words:
        return
    from stanch.report.veil import veiled_lines

    for line in veiled_lines(words, result.findings):
        tell(line)


@contextmanager
def progress(running: Scan, *, quiet: bool) -> Iterator[None]:
    """Show a bar with objects, bytes and time left while a scan runs; on a terminal only."""
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        yield
        return
    from stanch.progress import bar

    with bar() as update:
        running.watch = update
        yield
