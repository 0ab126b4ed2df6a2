"""`stanch report`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stanch.cli.arguments import choosing_reports
from stanch.cli.output import paired, warn, write_all
from stanch.cli.statuses import CLEAN
from stanch.errors import UsageError

if TYPE_CHECKING:
    from stanch.model import Result


@click.command()
@click.argument("file", metavar="FILE")
@choosing_reports
@click.option("--show-secrets", is_flag=True, help="Write the secrets that the report holds, in formats that may.")
def report(file: str, formats: tuple[str, ...], outputs: tuple[str, ...], show_secrets: bool) -> int:
    """Convert a JSON report to other formats, without scanning again.

    FILE is what `stanch scan -f json` wrote; - is standard input. Without -f the report for people is written.

    Exit status: 0 written, whatever the report holds, 2 wrong usage, or a file that is no such report.

    \b
    Examples:
      stanch report findings.json                        read it
      stanch report findings.json -f csv -o list.csv     for a spreadsheet
      stanch report findings.json -f sarif -o a.sarif -f junit -o a.xml
      ssh build.example.org cat findings.json | stanch report -
    """
    pairs = paired(formats, outputs)
    result = read(file)
    from stanch.rules import load

    ruleset = load()
    warn(result, pairs)
    write_all(result, ruleset, pairs, show_secrets=show_secrets)
    if show_secrets and result.findings and not any(finding.secret for finding in result.findings):
        click.echo("stanch: the report holds no secrets; scan again with --show-secrets -f json", err=True)
    return CLEAN


def read(file: str) -> Result:
    """Return the result that a JSON report holds; UsageError, which names the file, when it is none."""
    from stanch.report import json

    name = "standard input" if file == "-" else file
    try:
        return json.read(_text(file))
    except OSError as error:
        raise UsageError(f"{name}: the report cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise UsageError(f"{name}: not a JSON report: it is not UTF-8") from None
    except UsageError as error:
        raise UsageError(f"{name}: {error}") from error


def _text(file: str) -> str:
    content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    return content.decode("utf-8-sig")  # a byte order mark, as Windows tools write, is no part of the text
