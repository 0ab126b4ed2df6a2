"""`stanch scan`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from stanch.cli.arguments import (
    Size,
    choosing_baselines,
    choosing_configuration,
    choosing_reports,
    choosing_rules,
    choosing_verification,
)
from stanch.config import ENGINES
from stanch.model import Confidence


@click.command()
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option("--history/--no-history", default=None, help="Scan git history too. Default: in a repository's root.")
@click.option("--staged", is_flag=True, help="Scan what the next commit would add, as it stands in the index.")
@click.option("--range", "revisions", metavar="OLD..NEW", help="Scan only what these commits introduce.")
@click.option("--since", metavar="REV", help="The same as --range REV..HEAD.")
@click.option(
    "--incremental", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="Scan what is new since FILE was written, report all there is, and write FILE anew.",
)  # fmt: skip
@click.option(
    "--reachable-only/--no-reachable-only", default=None,
    help="Leave out git objects that no branch, tag or other ref leads to.",
)  # fmt: skip
@click.option(
    "--allow-alternates", "alternates", is_flag=True, help="Read object stores that lie outside a repository."
)
@choosing_reports
@click.option(
    "--min-confidence", type=click.Choice([level.value for level in Confidence]),
    help="Report what is at least so sure. Default: medium.",
)  # fmt: skip
@choosing_rules
@choosing_configuration
@choosing_baselines
@click.option(
    "--ignore-allows", is_flag=True, help="Take inline allows as if they were not there, as an auditor would."
)
@click.option("--explain", is_flag=True, help="Also report what was dropped, with the reason.")
@click.option("--show-secrets", is_flag=True, help="Write the secrets themselves into the report.")
@click.option("--verify", is_flag=True, help="Ask the providers which credentials are live. Sends them there.")
@click.option("--verify-dry-run", is_flag=True, help="Say what --verify would send, masked, and send nothing.")
@choosing_verification
@click.option("--engine", type=click.Choice(ENGINES), help="The prefilter. Default: auto, the one that is sooner done.")
@click.option("-j", "--jobs", type=click.IntRange(1), help="Worker processes. Default: one for each processor.")
@click.option("--max-size", type=Size(), help="Leave out larger files and objects, and say so. Default: no limit.")
@click.option(
    "--archives/--no-archives", default=None, help="Open zip, tar, gzip, bzip2 and xz files. Default: they are opened."
)
@click.option(
    "--timeout", type=click.FloatRange(0, min_open=True), metavar="S", help="Stop, incomplete, after so many seconds."
)
@click.option("-q", "--quiet", is_flag=True, help="Nothing beside the report, and no text report without findings.")
@click.option("-v", "--verbose", is_flag=True, help="Say what is being done.")
def scan(**given: Any) -> int:
    """Scan files, folders and git repositories for credentials.

    TARGET is a file, a folder, a git repository (its root, or bare), - for standard input, or env: for this
    environment; the default is the current folder. A repository's root means its whole history and its worktree.

    With --verify, each credential whose rule says how is sent to its provider, over HTTPS, and to nobody else. Only
    the command line can ask for that, and name other hosts: no file in a repository can. docs/verify.md says more.

    Exit status: 0 complete and clean, 1 findings, 2 wrong usage, 3 nothing found but the scan is incomplete, or
    a report could not be written; ended by a signal, 128 and its number.

    \b
    Examples:
      stanch scan ~/src/app                     history and worktree
      stanch scan --no-history src/             the files alone
      stanch scan --range origin/main..HEAD     a pull request's commits
      stanch scan --baseline accepted.json      all but what was accepted
      kubectl get cm -o yaml | stanch scan -    standard input
      stanch scan -f sarif -o a.sarif -f text   two reports
      stanch scan --verify --fail-on live       which credentials are live?
    """
    from stanch.cli.scanning import run

    return run(**given)
