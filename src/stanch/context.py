"""The line that a secret stands on, for people: clipped around it, and with every secret in it masked.

Those of the result, wherever they stand, and what an engine finds on the line that leaves nothing out: what is allowed
or not sure enough to be told is not to be shown either.
"""

from __future__ import annotations

import base64
import html
import json
import os
import stat
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from urllib.parse import quote_from_bytes

import ahocorasick

from stanch.model import Chunk, Confidence, Detection, Fault, Finding, Location, Origin, Result, Surface
from stanch.report.veil import plain
from stanch.rules import Ruleset
from stanch.sources.git import Repository
from stanch.sources.git.cat_file import CatFile
from stanch.values import replace

BEFORE, AFTER = 90, 110
"""Characters that are shown before and after the secret."""
PLACES = 20
"""Of how many places of one finding the line is told."""
LARGE = 32 << 20
"""Bytes from which a content is not read again for the sake of its lines."""
_WORD = 8
"""Characters from which a line of a secret, or what it is when encoded, is looked for."""
_RUN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-%\\&#;")
"""What an encoded secret is written with: where a span was decoded, all of it that stands around is masked too."""

Read = Callable[[Location], bytes | None]
"""Returns the content that a place is in, None where it cannot be had."""
Look = Callable[[bytes], Collection[Location] | None]
"""Returns where secrets stand in a line, told or not; None where that cannot be said."""
Span = tuple[int, int, str]
"""Start and end of what is masked, and what is shown instead."""


def told(result: Result, read: Read, look: Look = lambda _: ()) -> Result:
    """Return `result` with the context of the first place of each finding, and of those at HEAD, some of many.

    What was kept without its secrets has none: nobody could mask them. Nor has what is in an archive, or not text.
    """
    if any(not finding.secret for finding in result.findings):
        return result
    words = _Words(result.findings)
    wanted: dict[tuple[str, str | None, str | None], list[Location]] = defaultdict(list)
    spans: dict[tuple[str, str | None, str | None], list[tuple[Location, str]]] = defaultdict(list)
    for finding in result.findings:
        for at in _chosen(finding):
            wanted[_content(at)].append(at)
        for at, masked in _all(finding):
            spans[_content(at)].append((at, masked))
    contexts: dict[Location, str] = {}
    for key, places in wanted.items():
        content = read(places[0])
        if content is not None:
            lines = _Lines(content, spans[key], words, look)
            contexts |= {at: context for at in places if (context := lines.around(at))}
    return replace(result, findings=tuple(_with(finding, contexts) for finding in result.findings))


def _with(finding: Finding, contexts: Mapping[Location, str]) -> Finding:
    chosen = set(_chosen(finding))
    places = (replace(at, context=contexts.get(at)) if at in chosen else at for at in finding.locations)
    return replace(finding, locations=tuple(places))


def _content(at: Location) -> tuple[str, str | None, str | None]:
    return (at.target, None, at.blob) if at.blob else (at.target, at.path, None)


def _chosen(finding: Finding) -> list[Location]:
    """Return the places whose lines are told: text in a file itself, the first place and those at HEAD."""
    places = [at for number, at in enumerate(finding.locations) if number == 0 or at.at_head is not False]
    return [at for at in places if _is_line(at)][:PLACES]


def _is_line(at: Location) -> bool:
    return at.surface is Surface.BLOB and not any(":" in layer for layer in at.layers)


def _all(finding: Finding) -> Iterator[tuple[Location, str]]:
    yield from ((at, finding.masked) for at in finding.locations if _is_line(at))
    yield from ((one.location, one.masked) for one in finding.companions if _is_line(one.location))


class _Words:
    """All secrets, and what they are when encoded, to be found in one pass."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self._automaton = ahocorasick.Automaton()
        self.longest = 0
        for finding in findings:
            for secret, masked in (
                (finding.secret, finding.masked),
                *((c.secret, c.masked) for c in finding.companions),
            ):
                for word in _forms(secret):
                    text = word.decode("latin-1")  # a character for each byte
                    self._automaton.add_word(text, (len(text), masked if word == secret else "…"))
                    self.longest = max(self.longest, len(text))
        if self.longest:
            self._automaton.make_automaton()

    def spans(self, data: bytes) -> Iterator[Span]:
        """Yield where a secret stands in `data`; they may overlap."""
        if self.longest:
            for last, (length, masked) in self._automaton.iter(data.decode("latin-1")):
                yield last + 1 - length, last + 1, masked


def _forms(secret: bytes) -> Iterator[bytes]:
    """Yield `secret`, its lines, and its encodings without what depends on the text around."""
    if not secret:
        return
    yield secret
    others = [line.strip() for line in secret.split(b"\n")] if b"\n" in secret else []
    for before in range(3):
        # Of the first sign some bits come from the bytes before, of the last from those behind.
        encoded = base64.b64encode(bytes(before) + secret).rstrip(b"=")
        encoded = encoded[(0, 2, 3)[before] : len(encoded) - ((before + len(secret)) % 3 > 0)]
        others += [encoded, encoded.translate(bytes.maketrans(b"+/", b"-_"))]
    others += [secret.hex().encode(), secret.hex().upper().encode(), quote_from_bytes(secret, safe="").encode()]
    text = secret.decode("utf-8", "replace")
    others += [json.dumps(text)[1:-1].encode(), html.escape(text).encode()]
    yield from (other for other in others if len(other) >= _WORD and other != secret)


class _Lines:
    """The lines of one content, with the spans that are known to be secret."""

    def __init__(
        self, content: bytes, places: Iterable[tuple[Location, str]], words: _Words, look: Look = lambda _: ()
    ) -> None:
        self._lines = content.split(b"\n")
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line) + 1)
        self._content, self._words, self._look = content, words, look
        self.spans = [span for at, masked in places if (span := self._span(at, masked))]

    def _span(self, at: Location, masked: str) -> Span | None:
        """Return the bytes of a place, None where the content has no such."""
        if at.end_line > len(self._lines):
            return None
        start = self._starts[at.line - 1] + at.column - 1
        end = self._starts[at.end_line - 1] + at.end_column
        if not start < end <= len(self._content):
            return None
        if not at.layers:
            return start, end, masked
        while start > 0 and self._content[start - 1] in _RUN:
            start -= 1
        while end < len(self._content) and self._content[end] in _RUN:
            end += 1
        return start, end, "…"

    def around(self, at: Location) -> str | None:
        """Return what is shown for a place; None where that is not text, or has changed."""
        own = self._span(at, "")
        if own is None:
            return None
        reach = 4 * max(BEFORE, AFTER) + self._words.longest
        first = max(self._starts[at.line - 1], own[0] - reach)
        last = min(self._starts[at.end_line] - 1, own[1] + reach)
        text = self._content[first:last]
        others = self._look(text)
        if b"\0" in text or others is None:
            return None
        # What is shown may end in the midst of a secret.
        before = max(first - self._words.longest, 0)
        words = self._words.spans(self._content[before : last + self._words.longest])
        known = [*self.spans, *((start + before, end + before, masked) for start, end, masked in words)]
        within = [(max(start - first, 0), min(end - first, len(text)), masked) for start, end, masked in known]
        within += _Lines(text, ((other, "…") for other in others), self._words).spans
        return _clipped(text, _merged(span for span in within if span[0] < span[1]), own[0] - first)


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Return the spans in order; of those that overlap one mask is left, which tells nothing unless it is the whole."""
    merged: list[Span] = []
    for start, end, masked in sorted(spans, key=lambda span: (span[0], -span[1])):
        if merged and start < merged[-1][1]:
            before = merged.pop()
            if end > before[1]:
                before = (before[0], end, "…")
            merged.append(before)
        else:
            merged.append((start, end, masked))
    return merged


def _clipped(text: bytes, spans: list[Span], at: int) -> str:
    """Return the masked text from `BEFORE` to `AFTER` characters around the mask that holds the byte `at`."""
    pieces: list[str] = []
    own, end = 0, 0
    for start, stop, masked in spans:
        pieces.append(_visible(text[end:start]))
        own = len(pieces) if start <= at < stop else own
        pieces.append(masked)
        end = stop
    pieces.append(_visible(text[end:]))
    before, after = "".join(pieces[:own]).lstrip(), "".join(pieces[own + 1 :]).rstrip()
    before = f"… {before[-BEFORE:]}" if len(before) > BEFORE else before
    after = f"{after[:AFTER]} …" if len(after) > AFTER else after
    return before + pieces[own] + after


def _visible(data: bytes) -> str:
    return plain(data.decode("utf-8", "replace").replace("\t", " "))


def looking(ruleset: Ruleset) -> Look:
    """Return what finds all that these rules may mean in a line, however unsure, and whatever a comment allows."""
    from stanch.engine import Engine

    engine = Engine(ruleset, "aho-corasick", least=Confidence.LOW, ignore_allows=True)

    def look(text: bytes) -> Collection[Location] | None:
        found = engine.scan(Chunk(Origin(""), text))
        if any(isinstance(item, Fault) for item in found):
            return None
        return [item.location for item in found if isinstance(item, Detection)]

    return look


def reader(repositories: Mapping[str, Repository]) -> Read:
    """Return what reads the contents of places: objects of these repositories, by target, and files on disk."""

    def read(at: Location) -> bytes | None:
        repository = repositories.get(at.target)
        if at.blob:
            return _object(repository, at.blob) if repository else None
        return _file(os.path.join(repository.cwd if repository else at.target, at.path or ""), at)

    return read


def _object(repository: Repository, oid: str) -> bytes | None:
    found = None
    with CatFile.of(repository) as git:
        for _, kind, size in git.objects([oid]):  # to its end, or git is given up
            if kind == "blob" and size <= LARGE:
                data = git.read(size)
                found = data if len(data) == size else None
    return found


def _file(path: str, at: Location) -> bytes | None:
    """Return a regular file's content. A target that is a file has its own name as its path."""
    if not os.path.isdir(at.target) and os.path.basename(at.target) == at.path:
        path = at.target
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None  # a link, or gone since the scan, which has said so if it mattered
    with open(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        return file.read() if stat.S_ISREG(status.st_mode) and status.st_size <= LARGE else None
