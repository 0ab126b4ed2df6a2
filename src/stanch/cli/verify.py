"""`stanch verify`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stanch.cli.arguments import choosing_reports, choosing_verification
from stanch.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stanch.model import Result
    from stanch.rules import Rule


@click.command()
@click.argument("report", metavar="REPORT")
@choosing_reports
@click.option("--dry-run", is_flag=True, help="Print the requests, masked, and send nothing.")
@click.option("--show-secrets", is_flag=True, help="Write the secrets themselves into the report.")
@choosing_verification
@click.option(
    "--rules", "packs", multiple=True, type=click.Path(exists=True, path_type=Path), metavar="PATH",
    help="Add the rules of a pack, or of a folder of packs.",
)  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="Nothing beside the report.")
def verify(report: str, formats: tuple[str, ...], outputs: tuple[str, ...], **given: Any) -> int:
    """Ask the providers which credentials of a report are live, and write the report with their verdicts.

    REPORT is what `stanch scan --show-secrets -f json` wrote; - is standard input. Without -f the report for people
    is written. Secrets stay out of it unless --show-secrets is given again.

    Exit status: 0 no findings, 1 findings (with --fail-on live, only if one is live), 2 wrong usage, or a report
    without secrets, 3 no findings but the scan was incomplete.

    \b
    Examples:
      stanch verify found.json --dry-run                          what would be sent?
      stanch verify found.json                                    which are live, and whose?
      stanch verify found.json --fail-on live -f json -o checked.json
      stanch verify found.json --endpoint github=https://ghe.example/api/v3
    """
    from stanch import stopping
    from stanch.cli import verifying
    from stanch.cli.output import paired, warn, write_all
    from stanch.cli.report import read
    from stanch.cli.scanning import say
    from stanch.cli.statuses import CLEAN
    from stanch.rules import load

    dry, fail_on = given["dry_run"], given["fail_on"]
    pairs, options = paired(formats, outputs), verifying.told(given)
    result = read(report)
    ruleset = load(given["packs"])
    _need_secrets(result, ruleset.by_id)
    if dry:
        for line in verifying.rehearsed(result, ruleset.by_id, options):
            click.echo(line)
        return CLEAN
    with stopping.held():  # a signal ends the asking, not the report
        result = verifying.verified(result, ruleset.by_id, options, quiet=given["quiet"])
        say(verifying.undecided(result, fail_on), result)
        warn(result, pairs)
        write_all(result, ruleset, pairs, show_secrets=given["show_secrets"])
    return verifying.status(result, fail_on)


def _need_secrets(result: Result, rules: Mapping[str, Rule]) -> None:
    """Raise UsageError for a report that has something to check, and no secret to check it with."""
    wanted = [finding for finding in result.findings if finding.dropped is None and finding.rule in rules]
    if wanted and not any(finding.secret for finding in wanted):
        raise UsageError("the report holds no secrets to check; scan again with --show-secrets -f json")
