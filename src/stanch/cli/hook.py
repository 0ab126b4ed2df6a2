"""`stanch hook`."""

from __future__ import annotations

from typing import Any

import click

from stanch.cli.arguments import Size, choosing_baselines, choosing_configuration, choosing_rules
from stanch.hooks import STAGES
from stanch.model import Confidence


@click.command()
@click.argument("arguments", nargs=-1, metavar='["$@"]')
@click.option("--stage", type=click.Choice(list(STAGES)), help="Which hook this is. Default: pre-commit.")
@choosing_baselines
@choosing_rules
@choosing_configuration
@click.option("--min-confidence", type=click.Choice([level.value for level in Confidence]), help="Default: medium.")
@click.option("--max-size", type=Size(), help="Leave out larger files, and say so, which stops the commit.")
@click.option(
    "--timeout", type=click.FloatRange(0, min_open=True), metavar="S", help="Stop, incomplete, after so many seconds."
)
def hook(**given: Any) -> int:
    """Scan what is about to be committed or pushed, as a git hook.

    A hook is an executable file, such as .git/hooks/pre-commit, with two lines: #!/bin/sh, and one of those below.
    Under pre-commit (the framework) it scans what that was run for. When nothing is wrong it says in one line how
    much it scanned.

    Exit status: 0 complete and clean, 1 findings, 2 wrong usage, 3 nothing found but the scan is incomplete. git
    goes on after 0 alone.

    \b
    Examples:
      exec stanch hook                           .git/hooks/pre-commit: what the next commit would add
      exec stanch hook --stage pre-push "$@"     .git/hooks/pre-push: what the push brings
      exec stanch hook --stage pre-receive       hooks/pre-receive on a server: what was pushed
      exec stanch hook --stage commit-msg "$@"   .git/hooks/commit-msg: the message
    """
    from stanch.cli.hooking import run

    return run(**given)
