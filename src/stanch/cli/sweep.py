"""`stanch sweep`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from stanch.cli.arguments import Size, choosing_baselines, choosing_confidence, choosing_reports, choosing_rules
from stanch.config import ENGINES

_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def choosing_repositories(command: Any) -> Any:
    """Add the options that say which repositories there are."""
    for option in (
        click.option("--ca-bundle", type=_FILE, metavar="FILE", help="Trust these certificates, for APIs and for git."),
        click.option(
            "--api", "apis", multiple=True, metavar="FORGE=URL",
            help="The API of an instance of your own: github=https://ghe.example/api/v3.",
        ),
        click.option("--max-repo-size", type=Size(), help="Leave out repositories that the forge says are larger."),
        click.option("--archived/--no-archived", default=True, help="Archived ones too. Default: yes."),
        click.option("--forks/--no-forks", default=True, help="Forks too. Default: yes."),
        click.option(
            "--exclude", multiple=True, metavar="GLOB", help="Leave out repositories of such names; can be repeated."
        ),
        click.option(
            "--include", multiple=True, metavar="GLOB", help="Only repositories of such names; can be repeated."
        ),
    ):  # fmt: skip
        command = option(command)
    return command


def choosing_bounds(command: Any) -> Any:
    """Add the options that say where and how much is done."""
    for option in (
        click.option(
            "--cluster", type=click.Choice(["local"]), help="Work on Dask workers of this machine, one for each job."
        ),
        click.option("--scheduler", metavar="URL", help="Work on the Dask cluster of this scheduler: tcp://HOST:8786."),
        click.option("-j", "--jobs", type=click.IntRange(1), help="Repositories at a time. Default: one a processor."),
        click.option(
            "--time-limit", type=click.FloatRange(0, min_open=True), default=3_600.0, show_default=True, metavar="S",
            help="Seconds for one repository.",
        ),
        click.option(
            "--disk-budget", type=Size(),
            help="Bytes that clones take at a time; with --scheduler, on each worker. Default: half of what is free.",
        ),
        click.option("--work", type=_FOLDER, metavar="DIR", help="Where clones are made. Default: the cache folder."),
        click.option("--keep", type=_FOLDER, metavar="DIR", help="Keep clones in DIR; next time fetch what is new."),
    ):  # fmt: skip
        command = option(command)
    return command


def choosing_scan(command: Any) -> Any:
    """Add the options of `scan` that make sense for many repositories."""
    for option in (
        click.option(
            "--fail-on", type=click.Choice(["any", "new", "never"]), default="any", show_default=True,
            help="Exit with 1 for any open finding, for one that is new, or for none.",
        ),
        click.option("-q", "--quiet", is_flag=True, help="Nothing but reports, and what is wrong."),
        click.option(
            "--archives/--no-archives", default=None, help="Open archives and compressed files. Default: they are."
        ),
        click.option("--max-size", type=Size(), help="Leave out larger objects, and say so. Default: no limit."),
        click.option("--engine", type=click.Choice(ENGINES), help="The prefilter. Default: auto."),
        click.option(
            "--show-secrets", is_flag=True, help="Write the secrets themselves into reports, and into the store."
        ),
        click.option("--ignore-allows", is_flag=True, help="Take inline allows as if they were not there."),
        click.option(
            "-c", "--config", type=click.Path(path_type=Path), metavar="FILE",
            help="The configuration. None is looked for: a repository has no say in what is told of it.",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


@click.command()
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...")
@choosing_repositories
@choosing_bounds
@click.option("--full", is_flag=True, help="Scan what is unchanged too.")
@click.option("--resume", is_flag=True, help="Go on with the last sweep of these targets, which was not finished.")
@click.option("--store", metavar="PATH|URL", help="Where all is recorded: a SQLite file, or postgresql://…")
@click.option("--json-events", metavar="FILE|-", help="Tell what happens as JSON Lines, for machines.")
@choosing_reports
@choosing_confidence
@choosing_rules
@choosing_baselines
@choosing_scan
def sweep(**given: Any) -> int:
    """Scan all repositories of an organisation, and record what is found.

    TARGET is github:ORG, gitlab:GROUP, bitbucket:WORKSPACE, azure-devops:ORG/PROJECT, gitea:HOST/ORG, a URL, a file
    of URLs, or a folder of repositories. Tokens come from the environment (GITHUB_TOKEN, GITLAB_TOKEN, …).

    What has not changed since the last complete scan with the same rules is not scanned again. Without -f a summary
    is printed; reports hold the open findings of the repositories that were swept.

    Exit status: 0 complete and nothing open, 1 open findings, 2 wrong usage, 3 nothing open but not all could be
    scanned; ended by a signal, 128 and its number. docs/sweep.md says more.

    \b
    Examples:
      stanch sweep github:acme
      stanch sweep github:acme --no-forks --exclude '*-archive' -f html -o acme.html
      stanch sweep repos.txt --keep /srv/clones --jobs 8
      stanch sweep github:acme --scheduler tcp://dask:8786 --store postgresql://stanch@db/stanch
      stanch sweep github:acme --resume             after a power cut
    """
    from stanch.cli.sweeping import run

    return run(**given)
