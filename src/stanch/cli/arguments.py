"""Options that several commands share, and their types."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from stanch.config import ENGINES, size
from stanch.model import Confidence
from stanch.report import FORMATS


class Size(click.ParamType[int]):
    """A number of bytes: 500000, 500k, 10M, 1G."""

    name = "bytes"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number of bytes that `value` says."""
        try:
            return size(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


def choosing_configuration(command: Any) -> Any:
    """Add the options that say which configuration is read."""
    for option in (
        click.option("--no-config", is_flag=True, help="Read no configuration: for repositories of other people."),
        click.option(
            "-c", "--config", type=click.Path(path_type=Path), metavar="FILE",
            help="The configuration. Default: stanch.toml, or [tool.stanch], at the target's root.",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


def choosing_rules(command: Any) -> Any:
    """Add the options that choose the rules."""
    for option in (
        click.option("--disable-rule", multiple=True, metavar="ID", help="Leave out this rule."),
        click.option("--only-rule", multiple=True, metavar="ID", help="Use this rule alone; can be repeated."),
        click.option(
            "--rules", "packs", multiple=True, type=click.Path(exists=True, path_type=Path), metavar="PATH",
            help="Add the rules of a pack, or of a folder of packs.",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


choosing_confidence = click.option(
    "--min-confidence", type=click.Choice([level.value for level in Confidence]),
    help="Report what is at least so sure. Default: medium.",
)  # fmt: skip

choosing_baselines = click.option(
    "--baseline", "--baseline-path", "baselines", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
    help="Findings that were accepted, and are not reported; can be repeated.",
)  # fmt: skip


def choosing_verification(command: Any) -> Any:
    """Add the options that say how to verify; `verifying.told` reads them."""
    path = click.Path(dir_okay=False, path_type=Path)
    for option in (
        click.option(
            "--fail-on", type=click.Choice(["any", "live"]),
            help="Exit with 1 for any finding, or for one that is live. Default: any.",
        ),
        click.option("--verify-cache-age", metavar="AGE", help="How long such a verdict counts, as 12h. Default: 1d."),
        click.option(
            "--verify-cache", type=path, metavar="FILE", help="Keep verdicts, by a salted hash, for the next run."
        ),
        click.option(
            "--verify-log", type=path, metavar="FILE", help="Write down each request, without secrets, as JSON Lines."
        ),
        click.option(
            "--verify-budget", type=click.IntRange(1), metavar="N", help="Send at most so many requests. Default: all."
        ),
        click.option(
            "--verify-timeout", type=click.FloatRange(0, min_open=True), metavar="S",
            help="Seconds for one request. Default: 10.",
        ),
        click.option("--ca-bundle", type=path, metavar="FILE", help="Trust these certificates too."),
        click.option(
            "--endpoint", "endpoints", multiple=True, metavar="NAME=URL",
            help="Where you have a provider's service yourself: github=https://ghe.example/api/v3.",
        ),
        click.option(
            "--verify-found-hosts", is_flag=True,
            help="Ask hosts that only the scanned text names too: whoever wrote it gets the secret.",
        ),
        click.option(
            "--verify-host", "verify_hosts", multiple=True, metavar="HOST[:PORT]",
            help="Ask this host too, though scanned text names it; can be repeated.",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


def choosing_reports(command: Any) -> Any:
    """Add the options that say which reports to write, and where; `output.paired` reads them."""
    for option in (
        click.option(
            "-o", "--output", "outputs", multiple=True, metavar="FILE",
            help="Where that report goes; - is standard output.",
        ),
        click.option(
            "-f", "--format", "formats", multiple=True, type=click.Choice(list(FORMATS)),
            help="Report format; repeat it, each with its own -o.",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


def choosing_how(command: Any) -> Any:
    """Add the options that say how a scan goes about it."""
    for option in (
        click.option("-v", "--verbose", is_flag=True, help="Say what is being done."),
        click.option(
            "-q", "--quiet", is_flag=True, help="Nothing beside the report, and no text report without findings."
        ),
        click.option(
            "--timeout", type=click.FloatRange(0, min_open=True), metavar="S",
            help="Stop, incomplete, after so many seconds.",
        ),
        click.option(
            "--archives/--no-archives", default=None,
            help="Open zip, tar, gzip, bzip2 and xz files. Default: they are opened.",
        ),
        click.option(
            "--max-size", type=Size(), help="Leave out larger files and objects, and say so. Default: no limit."
        ),
        click.option("-j", "--jobs", type=click.IntRange(1), help="Worker processes. Default: one for each processor."),
        click.option(
            "--engine", type=click.Choice(ENGINES), help="The prefilter. Default: auto, the one that is sooner done."
        ),
        click.option("--show-secrets", is_flag=True, help="Write the secrets themselves into the report."),
        click.option("--explain", is_flag=True, help="Also report what was dropped, with the reason."),
        click.option(
            "--ignore-allows", is_flag=True, help="Take inline allows as if they were not there, as an auditor would."
        ),
    ):  # fmt: skip
        command = option(command)
    return command


def choosing_to_verify(command: Any) -> Any:
    """Add the options that have a scan verified; `scanning.run` reads them."""
    for option in (
        choosing_verification,
        click.option("--verify-dry-run", is_flag=True, help="Say what --verify would send, masked, and send nothing."),
        click.option("--verify", is_flag=True, help="Ask the providers which credentials are live. Sends them there."),
    ):
        command = option(command)
    return command
