"""What text goes through before a report shows it: no raw secrets, nothing that steers a terminal or a CI server."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import ahocorasick

from stanch.model import Fault, Finding, Location, Result, Surface

LONG = 16
"""Bytes from which a secret is hidden wherever it is repeated.

A shorter one may be a common word: the value `admin` does not make the path `src/admin/` a secret. It is
hidden only when it was found in a path, a member's name or an author's, which reports show.
"""
_SHOWN = frozenset({Surface.PATH, Surface.AUTHOR})
_LISTS = frozenset({"zip", "tar"})
"""Layers that are the names of an archive's members."""

# C0, DEL, C1, line separators, surrogates; the marks, embeddings, overrides and isolates that reorder text.
# Azure Pipelines and GitHub obey `##vso[…]`, `##[…]` and `::stop-commands::…` in a log, whoever had them printed.
_HOSTILE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
    "|#(?=#(?:vso)?\\[)"
    "|:(?=:(?:add-mask|add-matcher|add-path|debug|echo|endgroup|error|group|notice|remove-matcher|save-state"
    "|set-env|set-output|stop-commands|warning)[ :])",
    re.IGNORECASE,
)


def plain(text: str) -> str:
    r"""Return `text` with control, bidirectional and surrogate characters written as `\x1b`, `\u202e` ….

    A surrogate that stands for an undecodable byte is written as that byte. Of a command to a CI server the first
    character is written so.
    """
    return _HOSTILE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if 0xDC80 <= code <= 0xDCFF:
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def veiled(result: Result) -> Result:
    """Return `result` without raw secrets: emptied in findings, masked where scanned text repeats them."""
    hide = _hider(result.findings)
    return replace(
        result,
        findings=tuple(_finding(finding, hide) for finding in result.findings),
        faults=tuple(Fault(hide(f.target), f.kind, hide(f.detail)) for f in result.faults),
    )


def veiled_finding(finding: Finding) -> Finding:
    """Return `finding` without its raw secret; other findings' secrets are not known here."""
    return _finding(finding, _hider([finding]))


def veiled_lines(lines: Iterable[str], findings: Iterable[Finding]) -> list[str]:
    """Return words for the user without the findings' secrets, and without what steers a terminal."""
    hide = _hider(findings)
    return [plain(hide(line)) for line in lines]


def _finding(finding: Finding, hide: Callable[[str], str]) -> Finding:
    verdict, remedy = finding.verdict, finding.remedy
    return replace(
        finding,
        secret=b"",
        around=(),
        locations=tuple(_location(location, hide) for location in finding.locations),
        # A provider's reply may echo what it was sent.
        verdict=replace(verdict, detail=_maybe(verdict.detail, hide), identity=_maybe(verdict.identity, hide)),
        remedy=replace(remedy, summary=hide(remedy.summary)),
        dropped=_maybe(finding.dropped, hide),
        companions=tuple(
            replace(companion, secret=b"", location=_location(companion.location, hide))
            for companion in finding.companions
        ),
    )


def _location(location: Location, hide: Callable[[str], str]) -> Location:
    return replace(
        location,
        target=hide(location.target),
        path=_maybe(location.path, hide),
        layers=tuple(map(hide, location.layers)),
        author=_maybe(location.author, hide),
        context=_maybe(location.context, hide),
    )


def _maybe(text: str | None, hide: Callable[[str], str]) -> str | None:
    return None if text is None else hide(text)


def _hider(findings: Iterable[Finding]) -> Callable[[str], str]:
    """Return a function that masks the findings' secrets in a text, all in one pass over it."""
    automaton = ahocorasick.Automaton()
    for secret, masked, locations in _secrets(findings):
        if len(secret) >= LONG or any(map(_is_shown, locations)):
            for errors in ("surrogateescape", "backslashreplace"):
                word = secret.decode("utf-8", errors)
                if word:
                    automaton.add_word(word, (len(word), masked))
    if not automaton:
        return lambda text: text
    automaton.make_automaton()
    return lambda text: _hide(text, automaton)


def _secrets(findings: Iterable[Finding]) -> Iterator[tuple[bytes, str, Sequence[Location]]]:
    for finding in findings:
        yield finding.secret, finding.masked, finding.locations
        for companion in finding.companions:
            yield companion.secret, companion.masked, (companion.location,)


def _is_shown(place: Location) -> bool:
    return place.surface in _SHOWN or any(layer in _LISTS for layer in place.layers)


def _hide(text: str, automaton: ahocorasick.Automaton) -> str:
    spans: list[tuple[int, int, str]] = []
    for last, (length, masked) in automaton.iter(text):
        start, end = last + 1 - length, last + 1
        while spans and spans[-1][1] >= start:
            first, stop, other = spans.pop()
            if start > first:
                # Of secrets that overlap nothing is shown: the end of one mask could complete the other.
                start, masked = first, other if stop == end else "…"
        spans.append((start, end, masked))
    if not spans:
        return text
    gaps = [text[a[1] : b[0]] for a, b in pairwise([(0, 0, ""), *spans, (len(text), len(text), "")])]
    return gaps[0] + "".join(masked + gap for (_, _, masked), gap in zip(spans, gaps[1:], strict=True))
