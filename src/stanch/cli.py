"""The command line: parse, call, write, exit. The only place where errors become exit statuses."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stanch import __version__
from stanch.errors import StanchError, UsageError
from stanch.model import Confidence
from stanch.report import FORMATS, writer

if TYPE_CHECKING:
    from stanch.model import Result
    from stanch.rules import Rule, Ruleset
    from stanch.scan import Options, Scan

CLEAN, FOUND, USAGE, INCOMPLETE = 0, 1, 2, 3
SIZES = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


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
    except Enough:
        # The reader of our output has seen enough. Python would complain once more when it flushes at exit.
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


class Enough(Exception):
    """Whoever reads our output has closed it. (click would make exit status 1 of a BrokenPipeError.)"""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
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


class Size(click.ParamType[int]):
    """A number of bytes: 500000, 500k, 10M, 1G."""

    name = "bytes"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number of bytes that `value` says."""
        text = str(value).lower().removesuffix("b")
        factor = SIZES.get(text[-1:], 1)
        try:
            size = int(float(text.rstrip("kmg")) * factor)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is no size; write 500000, 500k, 10M or 1G", param, ctx)
        if size <= 0:
            self.fail("must be above 0", param, ctx)
        return size


def _rule_options(command: Any) -> Any:
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


@stanch.command()
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option("--history/--no-history", default=None, help="Scan git history too. Default: in a repository's root.")
@click.option("--staged", is_flag=True, help="Scan what the next commit would add, as it stands in the index.")
@click.option("--range", "revisions", metavar="OLD..NEW", help="Scan only what these commits introduce.")
@click.option("--since", metavar="REV", help="The same as --range REV..HEAD.")
@click.option(
    "-f", "--format", "formats", multiple=True, type=click.Choice(list(FORMATS)),
    help="Report format; repeat it, each with its own -o.",
)  # fmt: skip
@click.option(
    "-o", "--output", "outputs", multiple=True, metavar="FILE", help="Where that report goes; - is standard output."
)
@click.option(
    "--min-confidence", type=click.Choice([level.value for level in Confidence]), default="medium", show_default=True
)
@_rule_options
@click.option("--explain", is_flag=True, help="Also report what was dropped, with the reason.")
@click.option("--show-secrets", is_flag=True, help="Write the secrets themselves into the report.")
@click.option("--engine", type=click.Choice(["auto", "hyperscan", "aho-corasick"]), default="auto", show_default=True)
@click.option("-j", "--jobs", type=click.IntRange(1), help="Worker processes. Default: one for each processor.")
@click.option("--max-size", type=Size(), help="Leave out larger files and objects, and say so. Default: no limit.")
@click.option(
    "--timeout", type=click.FloatRange(0, min_open=True), metavar="S", help="Stop, incomplete, after so many seconds."
)
@click.option("-q", "--quiet", is_flag=True, help="Nothing beside the report, and no text report without findings.")
@click.option("-v", "--verbose", is_flag=True, help="Say what is being done.")
def scan(targets: tuple[str, ...], quiet: bool, verbose: bool, **given: Any) -> int:
    """Scan files, folders and git repositories for credentials.

    TARGET is a file, a folder, a git repository (its root, or bare), - for standard input, or env: for this
    environment; the default is the current folder. A repository's root means its whole history and its worktree.

    Exit status: 0 complete and clean, 1 findings, 2 wrong usage, 3 nothing found but the scan is incomplete.

    \b
    Examples:
      stanch scan ~/src/app                     history and worktree
      stanch scan --no-history src/             the files alone
      stanch scan --range origin/main..HEAD     a pull request's commits
      kubectl get cm -o yaml | stanch scan -    standard input
      stanch scan -f sarif -o a.sarif -f text   two reports
    """
    if verbose:
        import logging

        logging.basicConfig(level=logging.INFO, format="stanch: %(message)s")
    outputs = _outputs(given["formats"], given["outputs"])
    ruleset, options = _ruleset(given), _options(targets, given)
    from stanch.scan import Scan

    running = Scan(ruleset, options)
    with _progress(running, quiet=quiet):
        result = running.run()
    for note in () if quiet else running.notes:
        click.echo(f"stanch: {note}", err=True)
    silent = quiet and not result.findings and not result.faults
    for name, path in outputs:
        if silent and (name, path) == ("text", "-"):
            continue
        _write(result, ruleset, name, path, show_secrets=given["show_secrets"])
    reported = [finding for finding in result.findings if finding.dropped is None]
    return FOUND if reported else CLEAN if result.complete else INCOMPLETE


def _outputs(formats: tuple[str, ...], outputs: tuple[str, ...]) -> list[tuple[str, str]]:
    """Pair formats with files, in the order given; what has no file goes to standard output."""
    formats = formats or ("text",)
    if len(outputs) > len(formats):
        raise UsageError("more -o than -f: give each file its format, as in -f sarif -o a.sarif -f json -o b.json")
    paths = [*outputs, *("-" for _ in formats[len(outputs) :])]
    if paths.count("-") > 1:
        raise UsageError("two reports on standard output would mix; give one of them a file with -o")
    return list(zip(formats, paths, strict=True))


def _ruleset(given: dict[str, Any]) -> Ruleset:
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
        Confidence(given["min_confidence"]),
        given["explain"],
        given["engine"],
        given["jobs"] or _processors(),
        given["max_size"],
        given["timeout"],
    )


def _processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _write(result: Result, ruleset: Ruleset, name: str, path: str, *, show_secrets: bool) -> None:
    """Write one report; a file appears whole or not at all, and only its owner can read one with secrets."""
    if path == "-":
        try:
            writer(name)(result, ruleset.by_id, sys.stdout, show_secrets=show_secrets)
            sys.stdout.flush()
        except BrokenPipeError as error:
            raise Enough from error
        return
    text = io.StringIO()
    writer(name)(result, ruleset.by_id, text, show_secrets=show_secrets)
    partial = f"{path}.{os.getpid()}.partial"
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if show_secrets else 0o666)
        with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text.getvalue())
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except OSError as error:
        with suppress(OSError):  # it may never have come to be
            os.unlink(partial)
        raise UsageError(f"{path}: the report cannot be written: {error.strerror}") from error


@contextmanager
def _progress(running: Scan, *, quiet: bool) -> Iterator[None]:
    """Show a bar with objects, bytes and time left while a scan runs; on a terminal only."""
    if quiet or not sys.stderr.isatty():
        yield
        return
    from stanch.progress import bar

    with bar() as update:
        running.watch = update
        yield


@stanch.group()
def rules() -> None:
    """Look at the rules, and check rule packs."""


@rules.command("list")
@_rule_options
def rules_list(**given: Any) -> int:
    """List the rules: id, provider, name."""
    for rule in _ruleset(given).rules:
        click.echo(f"{rule.id}\t{rule.provider}\t{rule.name}")
    return CLEAN


@rules.command("show")
@click.argument("id")
@_rule_options
def rules_show(id: str, **given: Any) -> int:  # click names it after the argument
    """Show one rule."""
    ruleset = _ruleset(given)
    if id not in ruleset.by_id:
        raise UsageError(f"no rule has the id {id!r}; `stanch rules list` names them all")
    click.echo(_described(ruleset.by_id[id]))
    return CLEAN


def _described(rule: Rule) -> str:
    rows = {
        "id": rule.id,
        "name": rule.name,
        "provider": rule.provider,
        "category": rule.category,
        "keywords": ", ".join(rule.keywords),
        "pattern": rule.pattern,
        "context": ", ".join(rule.context),
        "value": rule.value,
        "checksum": rule.checksum,
        "min entropy": rule.min_entropy or None,
        "confidence": rule.confidence,
        "revoke": rule.remedy.revoke,
        "instead": rule.remedy.identity,
        "references": "\n             ".join(rule.references),
    }
    return "\n".join(f"{label + ':':12} {value}" for label, value in rows.items() if value)


@rules.command("check")
@_rule_options
def rules_check(**given: Any) -> int:
    """Check that every rule can be used: its keys, its expressions, its anchors, its checksum's name."""
    from stanch.lint import problems

    ruleset = _ruleset(given)
    found = [problem for rule in ruleset.rules for problem in problems(rule)]
    for problem in found:
        click.echo(f"stanch: {problem}", err=True)
    click.echo(f"{len(ruleset.rules)} rules, {len(found)} problem{'' if len(found) == 1 else 's'}")
    return USAGE if found else CLEAN
