"""What `stanch scan` does with its options, without click: a hook has nothing to parse, and no time for it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stanch.cli.output import paired, warn, write
from stanch.cli.statuses import CLEAN, FOUND, INCOMPLETE
from stanch.cli.streams import tell
from stanch.errors import UsageError
from stanch.model import Confidence

if TYPE_CHECKING:
    from stanch.acceptance import Acceptance
    from stanch.model import Result
    from stanch.rules import Ruleset
    from stanch.scan import Options, Scan

USUAL: dict[str, Any] = {
    "targets": (), "history": None, "staged": False, "revisions": None, "since": None, "incremental": None,
    "reachable_only": False, "alternates": False, "formats": (), "outputs": (), "min_confidence": "medium",
    "packs": (), "only_rule": (), "disable_rule": (), "baselines": (), "ignore_allows": False, "explain": False,
    "show_secrets": False, "engine": "auto", "jobs": None, "max_size": None, "timeout": None, "quiet": False,
    "verbose": False,
}  # fmt: skip
"""The arguments of `run` when nobody gave any."""


def run(*, targets: tuple[str, ...], quiet: bool, verbose: bool, **given: Any) -> int:
    """Scan and report; return the exit status. The arguments are those of USUAL."""
    if verbose:
        import logging

        logging.basicConfig(level=logging.INFO, format="stanch: %(message)s")
    outputs = paired(given["formats"], given["outputs"])
    ruleset, options = chosen_rules(given), _options(targets, given)
    from stanch.scan import Scan

    running = Scan(ruleset, options, acceptances(given["baselines"]))
    with progress(running, quiet=quiet):
        result = running.run()
    if running.notes and not quiet:
        say(running.notes, result)
    warn(result, outputs)
    silent = quiet and not result.findings and not result.faults
    for name, path in outputs:
        if silent and (name, path) == ("text", "-"):
            continue
        write(result, ruleset, name, path, show_secrets=given["show_secrets"])
    reported = [finding for finding in result.findings if finding.dropped is None]
    return FOUND if reported else CLEAN if result.complete else INCOMPLETE


def chosen_rules(given: dict[str, Any]) -> Ruleset:
    """Return the rules that the options of `choosing_rules` choose."""
    from stanch.rules import load

    return load(given["packs"]).select(given["only_rule"], given["disable_rule"])


def _options(targets: tuple[str, ...], given: dict[str, Any]) -> Options:
    from stanch.scan import Options

    modes = [name for name in ("staged", "revisions", "since") if given[name]]
    if len(modes) > 1:
        raise UsageError("--staged, --range and --since exclude each other")
    if modes and given["history"] is not None:
        raise UsageError("--staged, --range and --since say what to scan; leave out --history and --no-history")
    return Options(
        targets or (".",),
        given["history"],
        given["staged"],
        f"{given['since']}..HEAD" if given["since"] else given["revisions"],
        given["reachable_only"],
        given["alternates"],
        given["incremental"],
        given["show_secrets"],
        Confidence(given["min_confidence"]),
        given["explain"],
        given["engine"],
        given["jobs"] or processors(),
        given["max_size"],
        given["timeout"],
        given["ignore_allows"],
    )


def acceptances(baselines: tuple[Path, ...]) -> list[Acceptance]:
    """Return what says which findings are accepted."""
    if not baselines:
        return []
    from stanch.baseline import load

    return [load(path) for path in baselines]


def say(words: Iterable[str], result: Result) -> None:
    """Write words for the user to standard error, without the secrets of `result`."""
    from stanch.report.veil import veiled_lines

    for line in veiled_lines(words, result.findings):
        tell(line)


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def progress(running: Scan, *, quiet: bool) -> Iterator[None]:
    """Show a bar with objects, bytes and time left while a scan runs; on a terminal only."""
    if quiet or not sys.stderr.isatty():
        yield
        return
    from stanch.progress import bar

    with bar() as update:
        running.watch = update
        yield
