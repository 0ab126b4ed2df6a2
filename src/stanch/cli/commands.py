"""The commands, as click reads them: arguments, help, completion."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any

import click

from stanch import __version__
from stanch.cli.statuses import CLEAN, USAGE
from stanch.errors import ReaderGone

COMMANDS = {
    "scan": "stanch.cli.scan:scan",
    "hook": "stanch.cli.hook:hook",
    "baseline": "stanch.cli.baseline:baseline",
    "cloud": "stanch.cli.cloud:cloud",
    "sweep": "stanch.cli.sweep:sweep",
    "report": "stanch.cli.report:report",
    "verify": "stanch.cli.verify:verify",
    "fix": "stanch.cli.fix:fix",
    "triage": "stanch.cli.triage:triage",
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

    def make_context(self, *arguments: Any, **named: Any) -> click.Context:
        """Read the arguments; `--help` prints here."""
        with _reader():
            return super().make_context(*arguments, **named)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with _reader():
            return super().invoke(ctx)


@contextmanager
def _reader() -> Iterator[None]:
    """Call a closed pipe what it is; of the error itself click would make status 1."""
    try:
        yield
    except BrokenPipeError as error:
        raise ReaderGone from error


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


def call() -> int:
    """Do what the command line says, and return the exit status."""
    try:
        return stanch.main(standalone_mode=False) or CLEAN
    except click.exceptions.Abort as error:
        raise KeyboardInterrupt from error
    except click.ClickException as error:
        with suppress(OSError):  # nobody can read it
            error.show()
        return USAGE
