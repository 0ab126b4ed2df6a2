"""A finding in sentences, for the formats that give a tool one text to show."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from stanch.model import Finding, Location, Status, Surface
from stanch.report import place
from stanch.report.veil import plain

NAMED = 5
"""How many other rules are named."""


def told(finding: Finding, literal: Callable[[str], str] = plain) -> str:
    """Return what was found, where, since when, by whom, and what to do, in one line.

    `literal` makes scanned text harmless where the line goes: at least what `plain` does.
    """
    places = place.ordered(finding)
    said = f"{literal(finding.name)} {literal(finding.masked)}"
    if places:
        more = len(places) - 1
        also = f" and {more} more {'place' if more == 1 else 'places'}" if more else ""
        said += f" in {literal(place.full(places[0]))}{also}"
    sentences = [said, *_history(finding, literal)]
    if finding.companions:
        sentences.append(f"It goes with {'; '.join(map(literal, companions(finding)))}")
    if finding.candidates:
        sentences.append(f"It could also be: {literal(candidates(finding))}")
    if finding.verdict.status is not Status.NOT_CHECKED:
        whose = f", as {literal(finding.verdict.identity)}" if finding.verdict.identity else ""
        sentences.append(f"Verification says: {finding.verdict.status.value}{whose}")
    return f"{'. '.join(sentences)}. {literal(finding.remedy.summary)}"


def companions(finding: Finding) -> Iterator[str]:
    """Yield what a secret completes and where it stands, as in `AWS access key id AK…B7, line 3`.

    The line alone is said in the file that the report names first. What was not veiled is not masked.
    """
    first = next(iter(place.ordered(finding)), None)
    for companion in finding.companions:
        at = companion.location
        beside = first and _content(first) == _content(at) and at.surface is not Surface.ENVIRONMENT
        shown = companion.secret.decode("utf-8", "backslashreplace") or companion.masked
        yield f"{companion.name} {shown}, {f'line {at.line}' if beside else place.spot(at)}"


def _content(at: Location) -> tuple[object, ...]:
    return at.target, at.surface, at.path or at.blob, place.inner(at)


def candidates(finding: Finding) -> str:
    """Return the ids of the other rules that a finding could be of, the first ones of many."""
    more = len(finding.candidates) - NAMED
    named = ", ".join(finding.candidates[:NAMED])
    return f"{named} and {more:,} more" if more > 0 else named


def _history(finding: Finding, literal: Callable[[str], str]) -> Iterator[str]:
    first, present = place.since(finding), place.present(finding)
    if first:
        words = [first.date and f"since {first.date[:10]}", first.commit and f"in commit {first.commit[:10]}"]
        words.append(first.author and f"by {first.author}")
        yield "It stands there " + literal(" ".join(word for word in words if word))
    if present is False:
        yield "It is no longer in HEAD, but in the history"
