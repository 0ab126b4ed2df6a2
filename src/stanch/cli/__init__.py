"""The command line: parse, call, write, exit. The only place where errors become exit statuses."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path

import click

from stanch import __version__
from stanch.cli.statuses import CLEAN, INCOMPLETE, USAGE
from stanch.errors import ReaderGone, StanchError

COMMANDS = {
    "scan": "stanch.cli.scan:scan",
    "hook": "stanch.cli.hook:hook",
    "baseline": "stanch.cli.baseline:baseline",
    "report": "stanch.cli.report:report",
    "rules": "stanch.cli.rules:rules",
}
"""Commands, and where they are; strings, so that one does not pay for importing the others."""


class _Commands(click.Group):
    """A group that imports a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands' names."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command; None when there is none of that name."""
        module, _, function = COMMANDS.get(cmd_name, "").partition(":")
        return getattr(import_module(module), function) if module else None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="stanch")
def stanch() -> None:
    """Find hardcoded credentials, and say what to do about each one.

    \b
    Examples:
      stanch scan                      this repository: its whole history and its worktree
      stanch scan --staged             what the next commit would add
      stanch scan -f sarif -o out.sarif   for a code-scanning page

    Shell completion: eval "$(_STANCH_COMPLETE=bash_source stanch)", or zsh_source, fish_source.
    """


def main() -> None:
    """Run the command line and exit: 0 clean, 1 findings, 2 wrong usage, 3 nothing found but incomplete."""
    try:
        sys.exit(stanch.main(standalone_mode=False) or CLEAN)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(USAGE)
    except StanchError as error:
        click.echo(f"stanch: {error}", err=True)
        sys.exit(USAGE)
    except KeyboardInterrupt:
        sys.exit(130)
    except ReaderGone:
        # Python would complain of the closed pipe once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(CLEAN)
    except Exception as error:  # a crash must not look like a finding, which Python's own status 1 would
        click.echo(f"stanch: internal error, please report it: {_where(error)}", err=True)
        sys.exit(INCOMPLETE)


def _where(error: Exception) -> str:
    """Return what went wrong and where, without the error's text: that may hold what was scanned."""
    import traceback

    calls = [f"{Path(call.filename).name}:{call.lineno}" for call in traceback.extract_tb(error.__traceback__)]
    return f"{type(error).__name__} in {' > '.join(calls[-4:])}"
