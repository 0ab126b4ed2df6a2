"""Findings that somebody has accepted: what a baseline, an ignore file or a configuration says of each place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from stanch.model import Finding, Location
from stanch.values import replace


class Acceptance(Protocol):
    """Something that knows accepted findings."""

    @property
    def by_secret(self) -> bool:
        """Does it look at the secret itself? A finding that an earlier scan has left has none, only its fingerprint."""

    def reason(self, finding: Finding, location: Location) -> str | None:
        """Return why this place of a finding is accepted, as in `in the baseline b.json`; None when it is not."""

    def stale(self) -> Iterable[str]:
        """Yield, each as one line, the entries that have accepted nothing yet: they may be taken out."""


def accepted(findings: Iterable[Finding], acceptances: Sequence[Acceptance]) -> tuple[list[Finding], list[Finding]]:
    """Return the findings that stand, each with the places that nobody accepted; and the accepted ones.

    A finding with places of both kinds is in both lists. An accepted one says in `dropped` who accepted it.
    What was dropped before stands as it is.
    """
    standing: list[Finding] = []
    set_aside: list[Finding] = []
    for finding in findings:
        reasons: dict[str, list[Location]] = {}
        left: list[Location] = []
        for location in finding.locations:
            why = None if finding.dropped else _reason(finding, location, acceptances)
            (left if why is None else reasons.setdefault(why, [])).append(location)
        if left:
            standing.append(replace(finding, locations=tuple(left)) if reasons else finding)
        set_aside += [replace(finding, locations=tuple(at), dropped=why) for why, at in reasons.items()]
    return standing, set_aside


def _reason(finding: Finding, location: Location, acceptances: Sequence[Acceptance]) -> str | None:
    return next((why for one in acceptances if (why := one.reason(finding, location)) is not None), None)
