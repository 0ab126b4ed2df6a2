"""`stanch scan`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from stanch.cli.arguments import (
    choosing_baselines,
    choosing_confidence,
    choosing_configuration,
    choosing_how,
    choosing_reports,
    choosing_rules,
    choosing_to_verify,
)


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
@choosing_confidence
@choosing_rules
@choosing_configuration
@choosing_baselines
@choosing_to_verify
@choosing_how
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
