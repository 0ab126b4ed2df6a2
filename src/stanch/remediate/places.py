"""Places: the literal in a file that a finding's location means, what it is assigned to, and what is around it."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error
from collections.abc import Iterator
from typing import NamedTuple

from stanch import readers
from stanch.model import Finding, Location, Surface
from stanch.readers import Assignment, formats, lines
from stanch.remediate import forms
from stanch.remediate.model import CannotPatch, Place
from stanch.remediate.worktree import object_id
from stanch.runtimes import runtime

_URL = re.compile(rb"[\w+.-]+(?::[\w+.-]+)*://\S+")
_PAIRS = re.compile(rb"(?:[\w .-]+=[^;\r\n]*;){1,40}(?:[\w .-]+=[^;\r\n]*;?)?")
_HOSTED = re.compile(rb"[\w.:-]+(?:,[\w .-]+=[^,;\r\n]*){2,40}")
"""What connects to something: an address, pairs of names and values, hosts with such pairs behind them."""
_QUOTED = re.compile(rb"""(["'`])(?:(?!\1)[^\\\r\n]){8,4096}\1""")
_FILLED_IN = re.compile(rb"[$#]\{|\{\{|<%|\$\(|%\(|\{\w*\}|%[sdv]")
"""What is put into a text when the program runs: such a text is no constant."""
_KUBERNETES = re.compile(rb"^kind:[ \t]*[\"']?Secret\b", re.MULTILINE)
_KEY = b"-----BEGIN "
"""A private key is kept with its lines, which is what a program gets of a literal that escapes them."""
_ITEM = re.compile(rb"""(["'`])(?:(?!\1)[^\\\r\n])*\1""")
_RUN = re.compile(rb"[A-Za-z0-9+/]+={0,2}")
_SHORTEST_PIECE = 4
_JOINTS = b":;,/@ "
_SHORTEST = 8
"""A shorter secret is looked for at its locations only: elsewhere its bytes may be a word, in bytes."""


class Found(NamedTuple):
    """A place, and what a store is to hold for it."""

    place: Place
    value: bytes
    form: str
    line: int
    around: bytes
    """The names around that of the place, outermost first."""
    fixed: bool
    """Is the name one that the program asks its environment for? Then it is not ours to change."""
    cuts: tuple[int, ...] = ()
    """How long the literals are that the value is put together from; nothing: it is one."""

    def __repr__(self) -> str:
        return f"Found({self.place!r}, {self.form!r})"


def in_files(finding: Finding) -> dict[str, list[Location]]:
    """Return the finding's places in files of the worktree, by path."""
    found: dict[str, list[Location]] = {}
    for at in finding.locations:
        if at.path is not None and at.surface is Surface.BLOB and at.at_head is not False:
            found.setdefault(at.path, []).append(at)
    return found


def find(finding: Finding, path: str, locations: list[Location], data: bytes) -> list[Found]:
    """Return the places of a secret in a file, `data`, from front to back.

    Raises CannotPatch where the file does not hold it as the locations say.
    """
    if any(":" in layer for at in locations for layer in at.layers):
        raise CannotPatch(
            "it stands in an archive, or in a part of a document: the file that this is made from is meant"
        )
    spans = {
        span: at for at in locations if (span := _span(finding, data, at)) and _value(finding, data[slice(*span)], data)
    }
    folded = [
        one
        for at in locations
        if (span := _span(finding, data, at)) not in spans and (one := _folded(finding, path, data, span))
    ]
    # Moved since; or put together from an empty user's colon and a token, of which the token is the secret.
    for secret in (finding.secret, finding.secret.strip(_JOINTS)):
        if not (spans or folded) and len(secret) >= _SHORTEST:
            found = [match.span() for match in re.finditer(re.escape(secret), data)]
            spans = dict.fromkeys(found, locations[0])
    if not (spans or folded):
        ids = {object_id(text, len(at.blob or "")) for text in (data, data.replace(b"\r\n", b"\n")) for at in locations}
        if all(at.blob and at.blob not in ids for at in locations):  # git has it, and the file has changed
            raise CannotPatch("it is gone from the worktree: commit that, if you have not")
        if any(at.layers for at in locations):
            raise CannotPatch("it is encoded together with other text")
        raise CannotPatch("it is put together from parts, or the file has changed since it was scanned")
    return sorted(
        [*(_found(finding, path, data, *span) for span in spans), *dict.fromkeys(folded)],
        key=lambda found: found.place.start,
    )


def _folded(finding: Finding, path: str, data: bytes, span: tuple[int, int] | None) -> Found | None:
    """Return the place of a secret that literals of one expression make; None where that is not all that they make.

    A literal that is written with escapes has no place for each of its bytes, and a short one could not be masked.
    """
    format = formats.of(path, data)
    if span is None or format is None or not format.code:
        return None
    start, end = span
    for item in _read(path, data, start, end):
        parts = _literals(data, *item.parts[0]) if len(item.parts) == 1 else list(item.parts)
        whole = b"".join(data[first:last] for first, last in parts)
        at = whole.find(finding.secret)
        if item.dynamic or whole != item.value or at < 0 or not item.parts[0][0] <= start < end <= item.parts[-1][1]:
            continue
        pieces = [piece for piece in _slices(parts, at, at + len(finding.secret)) if piece[0] < piece[1]]
        cuts = tuple(last - first for first, last in pieces)
        if len(cuts) > 1 and min(cuts) >= _SHORTEST_PIECE:
            where = runtime(data)
            place = Place(path, data, pieces[0][0], pieces[-1][1], item.name, where.value if where else None)
            line = data.count(b"\n", 0, pieces[0][0]) + 1
            return Found(place, finding.secret, "plain", line, item.section, fixed=False, cuts=cuts)
    return None


def _literals(data: bytes, start: int, end: int) -> list[tuple[int, int]]:
    """Return the texts of the literals of a list; none where something else is in it."""
    found = list(_ITEM.finditer(data, start, end))
    rest = _ITEM.sub(b"", data[start:end])
    return [] if rest.strip(b", \t\r\n") else [(item.start() + 1, item.end() - 1) for item in found]


def _slices(parts: list[tuple[int, int]], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where `[start:end]` of what the parts are together stands in each of them."""
    for first, last in parts:
        yield first + min(max(start, 0), last - first), first + max(0, min(end, last - first))
        start, end = start - (last - first), end - (last - first)


def bounds(data: bytes, at: Location) -> tuple[int, int] | None:
    """Return where a location begins and ends in the bytes of its file; None when that is beyond them."""
    starts = [0]
    for _ in range(at.end_line - 1):
        newline = data.find(b"\n", starts[-1])
        if newline < 0:
            return None
        starts.append(newline + 1)
    start, end = starts[at.line - 1] + at.column - 1, starts[at.end_line - 1] + at.end_column
    return (start, end) if start < end <= len(data) else None


def _span(finding: Finding, data: bytes, at: Location) -> tuple[int, int] | None:
    """Return the bounds of a location, and where base64 has more text than the secret, those of all of it."""
    span = bounds(data, at)
    if span is None or "base64" not in at.layers:
        return span
    first, last = lines.line_at(data, span[0])
    for run in _RUN.finditer(data, first, last):
        text = decoded(run[0]) if run.start() <= span[0] and span[1] <= run.end() else None
        if text and finding.secret in text and _is_text(text):
            return run.span()
    return span


def decoded(text: bytes) -> bytes | None:
    """Return what base64 stands for; None for what is none."""
    try:
        return b64decode(text, validate=True)
    except Error:
        return None


def _is_text(data: bytes) -> bool:
    try:
        return all(char.isprintable() or char in "\t\r\n" for char in data.decode("utf-8"))
    except UnicodeDecodeError:
        return False


def _value(finding: Finding, raw: bytes, data: bytes) -> tuple[bytes, str] | None:
    """Return what a store is to hold for the text `raw`, and its form; None when `raw` is not the finding's secret.

    A program that decodes base64 goes on to do so; a Secret of Kubernetes is decoded by whoever reads it.
    """
    form = forms.form(raw, finding.secret)
    if form == "plain" and raw.startswith(_KEY) and b"\\n" in raw and b"\n" not in raw:
        return raw.replace(b"\\n", b"\n"), "newlines"
    if form == "base64" and not _KUBERNETES.search(data):
        return raw, "plain"
    if form:
        return finding.secret, form
    text = decoded(raw)
    if text is None or finding.secret not in text:
        return None
    return (text, "base64") if _KUBERNETES.search(data) else (raw, "plain")


def _found(finding: Finding, path: str, data: bytes, start: int, end: int) -> Found:
    value, form = _value(finding, data[start:end], data) or (data[start:end], "plain")
    holding = [item for item in _read(path, data, start, end) if _part(item, start, end)]
    assignment = min(holding, key=lambda item: len(item.value), default=None)
    if form == "newlines" and assignment:
        start, end = _key(assignment, data, start, end)
        value = data[start:end].replace(b"\\n", b"\n")
    elif form == "plain":
        assignment, start, end = _connection(holding, data, start, end) or (assignment, start, end)
        value = data[start:end]
    name, around = (assignment.name, assignment.section) if assignment else (b"", b"")
    where = runtime(data)
    format = formats.of(path, data)
    fixed = format is not None and not format.code
    place = Place(path, data, start, end, name, where.value if where else None)
    return Found(place, value, form, data.count(b"\n", 0, start) + 1, around, fixed)


def _read(path: str, data: bytes, start: int, end: int) -> Iterator[Assignment]:
    format = formats.of(path, data)
    if format and len(data) <= readers.LARGEST:
        found = list(readers.read(format, data, ((start, end),)))
        yield from found
        if any(_part(item, start, end) for item in found):
            return
    first, last = lines.line_at(data, start)
    yield from (item.moved(first) for item in lines.read(data[first:last]))


def _part(assignment: Assignment, start: int, end: int) -> tuple[int, int] | None:
    return next((part for part in assignment.parts if part[0] <= start and end <= part[1]), None)


def _key(assignment: Assignment, data: bytes, start: int, end: int) -> tuple[int, int]:
    """Return the span of a private key with the end of its last line, where its literal has one."""
    first, last = _part(assignment, start, end) or (start, end)
    is_one = data[first:last].startswith(_KEY) and not data[end:last].replace(b"\\n", b"").strip()
    return (first, last) if is_one else (start, end)


def _connection(
    holding: list[Assignment], data: bytes, start: int, end: int
) -> tuple[Assignment | None, int, int] | None:
    """Return the literal, and what it is assigned to, of the address or connection string that a password is a part of.

    Whoever reads one from a vault reads all of it: most settings cannot put one together. None where it is no part.
    """
    for item in sorted(holding, key=lambda item: len(item.value)):
        first, last = _part(item, start, end) or (start, end)
        one = len(item.parts) == 1 and data[first:last] == item.value and not item.dynamic
        if one and _connects(data[first:last]):
            return item, first, last
    line_first, line_last = lines.line_at(data, start)
    for literal in _QUOTED.finditer(data, line_first, line_last):
        first, last = literal.start() + 1, literal.end() - 1
        if first <= start and end <= last and _connects(data[first:last]):
            return None, first, last  # an argument, which has no name
    return None


def _connects(text: bytes) -> bool:
    kinds = (_URL, _PAIRS, _HOSTED)
    return any(kind.fullmatch(text) for kind in kinds) and not _FILLED_IN.search(text)
