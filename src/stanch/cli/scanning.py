"""What `stanch scan` does with its options, without click: a hook has nothing to parse, and no time for it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
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
    from stanch.rules import Rule
    from stanch.sources import Source

VERIFYING = frozenset(
    {
        "verify", "verify_dry_run", "verify_hosts", "verify_found_hosts", "endpoints", "ca_bundle", "verify_timeout",
        "verify_budget", "verify_log", "verify_cache", "verify_cache_age", "fail_on",
    }
)  # fmt: skip
"""Options that are about verification."""


def run(
    *,
    targets: tuple[str, ...] = (),
    quiet: bool = False,
    verbose: bool = False,
    named: Mapping[str, Source] | None = None,
    **given: Any,
) -> int:
    """Scan and report; return the exit status. `given` are options of `stanch scan` by click's names.

    `named` are the targets that are no paths, each with what it means.
    """
    if verbose:
        import logging

        logging.basicConfig(level=logging.INFO, format="stanch: %(message)s")
    outputs = paired(given.get("formats", ()), given.get("outputs", ()))
    began = time.monotonic()
    verification = _verification(given)
    chosen = settings(targets, given)
    contexts = any(name == "html" for name, _ in outputs)
    running = Scan(chosen.ruleset, chosen.options, chosen.acceptances, named=named or {}, contexts=contexts)
    with stopping.held():  # a signal ends the scan, not the report
        with progress(running, quiet=quiet):
            result = running.run()
        if running.stopped:
            stopping.end_children()  # a git that hangs would outlive us
        words: Sequence[str] = ()
        if verification is not None:
            limit = chosen.options.timeout
            left = None if limit is None else max(began + limit - time.monotonic(), 0)
            result, words = verification(result, chosen.checkable, quiet, left)
        say(chosen.warnings if quiet else (*chosen.notes, *chosen.warnings, *running.notes), result)
        say(words, result)
        warn(result, outputs)
        if quiet and not result.findings and not result.faults:
            outputs = [output for output in outputs if output != ("text", "-")]
        write_all(result, chosen.ruleset, outputs, show_secrets=bool(given.get("show_secrets")))
    if verification is not None:
        from stanch.cli.verifying import status

        return status(result, given.get("fail_on"))
    reported = [finding for finding in result.findings if finding.dropped is None]
    return FOUND if reported else CLEAN if result.complete else INCOMPLETE


Verification = Callable[["Result", "Mapping[str, Rule]", bool, float | None], "tuple[Result, Sequence[str]]"]
"""Takes a result, the rules that may be asked with, whether to be quiet, and the seconds that are left; returns the
result with verdicts, and words for the user."""


def _verification(given: dict[str, Any]) -> Verification | None:
    """Return what verifies a result; None where nobody asked for that. A hook never does, and imports none of it."""
    if not any(value for name, value in given.items() if name in VERIFYING):
        return None
    from stanch.cli import verifying

    options = verifying.asked(given)
    if options is None:
        return None

    def verified(
        result: Result, rules: Mapping[str, Rule], quiet: bool, left: float | None
    ) -> tuple[Result, Sequence[str]]:
        if given.get("verify_dry_run"):
            return result, verifying.rehearsed(result, rules, options)
        result = verifying.verified(result, rules, options, quiet=quiet, seconds=left)
        return result, verifying.undecided(result, given.get("fail_on"))

    return verified


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
