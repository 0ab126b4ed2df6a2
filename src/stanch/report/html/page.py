"""What the page is made of: a result, or what the store of a sweep knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from stanch.model import Fault, Finding, Result, Stats

STATES = ("open", "accepted", "false-positive", "fixed", "dropped")
"""What became of a finding; `dropped` is what an explained scan does not report."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A finding and what is known of it besides; in a sweep its locations' targets are names of repositories."""

    finding: Finding
    state: str = "open"
    """One of STATES."""
    reason: str | None = None
    """Why it is in that state."""
    expires: str | None = None
    """Until when it is; this and the next are ISO 8601."""
    first_seen: str | None = None
    last_seen: str | None = None


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository that was scanned, whether it has findings or not."""

    name: str
    """What locations call it: their target."""
    forge: str = ""
    """As in `sweep.model.Listed`: `github`, `gitlab`, `bitbucket`, `azure-devops`, `gitea`."""
    web: str | None = None
    """Its page for people; links to commits and lines are made of it."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command to copy. `{fingerprint}`, `{target}`, `{commit}`, `{path}`, `{line}` are filled in, quoted for a shell.

    It is left out for a finding that has not all of them.
    """

    title: str
    text: str


SCANNED = (
    Command("The line, as it was committed", "git -C {target} show {commit}:{path} | sed -n {line}p"),
    Command("The commit that brought it", "git -C {target} show {commit} -- {path}"),
    Command("Plan the move to a vault", "stanch fix {target}"),
    Command("Plan the purge of history", "stanch fix --purge-plan ../purge {target}"),
    Command("Ask the providers what is live", "stanch scan --verify {target}"),
)
"""For findings of a scan, whose targets are folders."""
SWEPT = (
    Command("All its places, and who said what", "stanch triage show {fingerprint}"),
    Command("Accept it", "stanch triage set {fingerprint} --state accepted --reason 'WHY'"),
    Command("Say that it is no credential", "stanch triage set {fingerprint} --state false-positive --reason 'WHY'"),
    Command("The line, in a clone of the repository", "git show {commit}:{path} | sed -n {line}p"),
)
"""For findings of a store, whose fingerprints are its keys."""


@dataclass(frozen=True, slots=True)
class Page:
    """A whole page. `title` says what was scanned, as in `github:acme`."""

    title: str
    entries: tuple[Entry, ...]
    faults: tuple[Fault, ...]
    stats: Stats
    version: str
    rules: int
    engine: str = ""
    repositories: tuple[Repository, ...] = ()
    """All of a sweep; a scan's are known from its findings."""
    commands: tuple[Command, ...] = SCANNED
    made: datetime | None = None
    """When it was scanned. None: now."""
    sweep: bool = False


def of_result(result: Result) -> Page:
    """Return the page of one scan."""
    targets = list(dict.fromkeys(at.target for finding in result.findings for at in finding.locations))
    return Page(
        title=named(targets[0]) if len(targets) == 1 else f"{len(targets):,} targets" if targets else "",
        entries=tuple(
            Entry(finding) if finding.dropped is None else Entry(finding, "dropped", finding.dropped)
            for finding in result.findings
        ),
        faults=result.faults,
        stats=result.stats,
        version=result.version,
        rules=result.rules,
        engine=result.engine,
    )


def named(target: str) -> str:
    """Return what people are told that a target is."""
    return {".": "the current folder", "-": "standard input", "env:": "the environment"}.get(target, target)


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def minutes(date: str | None) -> int | None:
    """Return an ISO 8601 date in minutes since 1970 (UTC), None for what is none."""
    try:
        when = datetime.fromisoformat(date or "")
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return int((when - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() // 60)


Links = Mapping[str, tuple[str | None, str | None]]
"""Templates of the pages of a commit and of a line, by repository."""
