"""`stanch triage`."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Any

import click

from stanch.cli.statuses import CLEAN
from stanch.cli.streams import tell
from stanch.errors import StanchError, UsageError
from stanch.model import Confidence, Status

if TYPE_CHECKING:
    from stanch.sweep.store import Filters, Store

STATES = ("open", "accepted", "false-positive", "fixed")
"""As `stanch.sweep.store.State`, whose import brings SQLAlchemy: `--help` and completion need not wait for it."""

_storing = click.option(
    "--store", "url", metavar="PATH|URL",
    help="The store: a file, or postgresql://user@host/database. Default: STANCH_STORE, else that of `stanch sweep`.",
)  # fmt: skip
_form = click.option(
    "-f", "--format", "form", type=click.Choice(["text", "json"]), default="text", help="Default: text."
)


def _completed(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the keys that a shell may complete to."""
    from stanch.sweep import store

    above = context.parent.params.get("url") if context.parent else None
    try:
        with store.open(context.params.get("url") or above or store.default(), create=False) as opened:
            return [key[: store.DIGITS] for key in opened.keys(incomplete)]
    except StanchError:  # a shell that completes has no place for it; the command will say it
        return []


@click.group(invoke_without_command=True)
@_storing
@click.option(
    "--state", "states", multiple=True, type=click.Choice([*STATES, "all"]), help="Default: open. Repeatable."
)
@click.option("--repository", metavar="NAME", help="As github.com/acme/shop; * and ? stand for any characters.")
@click.option("--rule", metavar="ID", help="Of this rule; * and ? as above.")
@click.option("--provider", metavar="NAME", help="Of this provider; * and ? as above.")
@click.option("--min-confidence", type=click.Choice([level.value for level in Confidence]), help="At least so sure.")
@click.option("--verdict", type=click.Choice([status.value for status in Status]), help="With this verdict.")
@_form
@click.pass_context
def triage(context: click.Context, /, url: str | None, form: str, **given: Any) -> int:
    """List what sweeps have found, and say what is to be thought of it.

    A finding is named by the first digits of its key, four or more, or by its fingerprint from a report. States are
    open, accepted, false-positive and fixed; they outlast the next sweep. docs/triage.md says more.

    Exit status: 0 done, whatever the store holds, 2 wrong usage, or no such store or finding.

    \b
    Examples:
      stanch triage                                        what is open, the surest first
      stanch triage --verdict live --repository 'github.com/acme/*'
      stanch triage --state all -f json > findings.json
      stanch triage show 3cc099a1                          all its places, and who said what
      stanch triage set 3cc099a1 --state accepted --reason "sandbox key" --until 2027-01-31
    """
    context.obj = url
    if context.invoked_subcommand is not None:
        return CLEAN
    from stanch.cli import triaged

    with _opened(url) as store:
        filters = _filters(given)
        (triaged.as_json if form == "json" else triaged.as_text)(store, filters)
    return CLEAN


@triage.command("show")
@click.argument("key", shell_complete=_completed)
@_form
@_storing
@click.pass_context
def triage_show(context: click.Context, /, key: str, form: str, url: str | None) -> int:
    """Show one finding: all its places, those that are gone too, and the history of its states.

    \b
    Examples:
      stanch triage show 3cc099a1
      stanch triage show 3cc099a1 -f json
    """
    from stanch.cli import triaged

    with _opened(url or context.obj) as store:
        triaged.show(store, store.find(key), form)
    return CLEAN


@triage.command("set")
@click.argument("keys", nargs=-1, required=True, metavar="KEY...", shell_complete=_completed)
@click.option("--state", required=True, type=click.Choice(STATES), help="What is to be thought of them.")
@click.option("--reason", metavar="TEXT", help="Why; what is accepted needs one.")
@click.option("--until", metavar="DATE", help="The last day of an acceptance, as 2027-01-31; then it is open again.")
@click.option("--by", metavar="NAME", help="Who says so. Default: your login name.")
@_storing
@click.pass_context
def triage_set(context: click.Context, /, keys: tuple[str, ...], url: str | None, **given: Any) -> int:
    """Give findings a state: all that are named, or none if one of them is not there.

    \b
    Examples:
      stanch triage set 3cc099a1 9dc1 --state false-positive --reason "made up, for the tests"
      stanch triage set 3cc099a1 --state accepted --reason "sandbox" --until 2027-01-31 --by "Ann Author"
      stanch triage set 3cc099a1 --state open
    """
    from stanch.cli import triaged

    by = given["by"] or _login()
    with _opened(url or context.obj) as store:
        changed = store.set(keys, given["state"], by=by, reason=given["reason"], until=given["until"])
        triaged.tell_set(store, changed)
    return CLEAN


def _opened(url: str | None) -> Store:
    from stanch.sweep import store

    opened = store.open(url or store.default(), create=False)
    if opened.holds_secrets:
        tell(f"{opened.name}: holds raw secrets; keep it as you would keep those")
    return opened


def _filters(given: dict[str, Any]) -> Filters:
    from stanch.sweep.store import Filters, State

    wanted = given["states"] or ("open",)
    return Filters(
        states=() if "all" in wanted else tuple(State(name) for name in wanted),
        repository=given["repository"],
        rule=given["rule"],
        provider=given["provider"],
        confidence=Confidence(given["min_confidence"]) if given["min_confidence"] else None,
        verdict=Status(given["verdict"]) if given["verdict"] else None,
    )


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError) as error:  # a container's user may have no name
        raise UsageError("you have no login name here: say who you are with --by") from error
