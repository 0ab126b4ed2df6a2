"""What is recorded in tests: repositories, and scans of them that tell secrets at paths."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from scans import token
from stanch.findings import fingerprint
from stanch.model import Confidence, Fault, Finding, Location, Remedy, Result, Stats, Status, Verdict, mask
from stanch.sweep.model import Listed, Swept

RULE = "github-pat-classic"
FAULT = Fault("github.com/acme/shop", "git-failed", "the object is damaged")


class Clock:
    """A clock that a test sets: a minute passes whenever it is asked to `tick`."""

    def __init__(self) -> None:
        self.time = datetime(2027, 1, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return the time."""
        return self.time

    def tick(self, **much: int) -> str:
        """Let time pass, a minute unless something else is said; return it as the store writes it."""
        self.time += timedelta(**(much or {"minutes": 1}))
        return self.time.isoformat(timespec="seconds")


def listed(*names: str) -> list[Listed]:
    """Return repositories of these names."""
    return [Listed(name, f"https://{name}.git", "github", web=f"https://{name}") for name in names]


def finding(number: int, places: Iterable[tuple[str, int]], *, target: str = "t", rule: str = RULE) -> Finding:
    """Return the finding of a drawn secret at paths and lines."""
    secret = token(number)
    locations = tuple(Location(target, path, line, 1, line, 40, commit="c" * 40) for path, line in places)
    return Finding(
        fingerprint(rule, secret), rule, "GitHub token", "GitHub", "vcs", Confidence.HIGH, 0.99, secret, mask(secret),
        locations, Remedy("vault", None, "Move it to a vault."),
    )  # fmt: skip


def result(*findings: Finding, faults: tuple[Fault, ...] = ()) -> Result:
    """Return a scan's result."""
    return Result(findings, faults, Stats(3, 100, 0.5), "aho-corasick", "sha256:" + "ab" * 32, 221, "1.2.3")


def swept(name: str, *numbers: int, paths: Iterable[str] = ("a.env",), faults: tuple[Fault, ...] = ()) -> Swept:
    """Return a scan of a repository that tells the secrets of these numbers, each at the paths."""
    places = [(path, 1) for path in paths]
    found = (finding(number, places, target=name) for number in numbers)
    return Swept(name, f"refs of {name}", result(*found, faults=faults), bytes=100, seconds=0.5)


def verified(swept: Swept, status: Status, at: str) -> Swept:
    """Return a scan whose findings have a verdict of that time."""
    assert swept.result is not None
    verdict = Verdict(status, "HTTP 200", "ann", at)
    return replace(
        swept,
        result=replace(swept.result, findings=tuple(replace(one, verdict=verdict) for one in swept.result.findings)),
    )
