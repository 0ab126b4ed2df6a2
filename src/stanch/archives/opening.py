"""The way into an archive, and into what lies in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from stanch.archives import HEAD, PROGRAMS, ar, compressed, cpio, documents, programs, sqlite, tar, zip
from stanch.archives.bounds import DEPTH, NAMES, Budget
from stanch.archives.stream import Content, Entry, Stream, in_memory
from stanch.archives.trouble import BOUND, CORRUPT, Trouble
from stanch.values import dataclass, field

Layers = tuple[str, ...]
"""The way in: `zip:lib/a.jar`, `zip:app.properties`, `gzip`. A bare `zip` or `tar` are its members' names."""
SEALED = "sealed"
"""Encrypted: only who has the password can read it."""


@dataclass(frozen=True, slots=True)
class Member:
    """Content that is no archive, or none that could be opened."""

    layers: Layers
    stream: Stream
    """To be read before the next one is asked for."""
    line: int = 1
    """The number of its first line."""


@dataclass(frozen=True, slots=True)
class Unread:
    """What was not read, and why."""

    layers: Layers
    kind: str
    """One of `trouble`'s, or SEALED."""
    detail: str = field(default="", repr=False)


Items = Iterator[Member | Unread]


def opened(content: Content | Iterable[bytes]) -> Items:
    """Yield what lies in content that is at hand, or comes in pieces, none of them empty."""
    return _Opening(content).items()


class _Opening:
    """One outer content, and what is left of its bounds."""

    def __init__(self, content: Content | Iterable[bytes]) -> None:
        self._content = content
        self._budget = Budget(content.size if isinstance(content, Content) else 0)

    def items(self) -> Items:
        """Yield what lies in it."""
        if isinstance(self._content, Content):
            yield from self._inside(self._content.stream(), (), self._content)
        else:
            yield from self._inside(Stream(self._counted(self._content)), ())

    def _counted(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self._budget.size += len(piece)
            yield piece

    def _inside(self, stream: Stream, layers: Layers, whole: Content | None = None) -> Items:
        """Yield what is in content, and in what stands behind that, as one tar may behind another."""
        while stream.head(1) and not self._budget.spent:
            yield from self._first(stream, layers, whole)
            whole = None
            stream.skip_zeros()

    def _first(self, stream: Stream, layers: Layers, whole: Content | None) -> Items:
        """Yield what is in the content that `stream` begins with, of which `whole` is all; leave what stands behind."""
        head = stream.head(HEAD)
        kind = _kind(head)
        if len(layers) >= DEPTH and (kind or zip.is_local_header(head)):
            yield from self._tell(Trouble(BOUND, f"in more than {DEPTH} layers; it is not opened"), layers)
            yield from _plain(stream, layers)
        elif kind in _ENTRIES:
            yield from self._members(kind, _ENTRIES[kind](stream), layers)
        elif kind == "rpm":
            yield from self._package(stream, layers, whole)
        elif kind == "sqlite":
            yield from self._database(stream, layers, whole)
        elif kind in ("class", "pyc"):
            yield from _program(kind, stream, layers)
        elif kind:
            yield from self._expanded(kind, stream, layers, whole)
        elif head.startswith((*zip.MAGICS, *PROGRAMS)) and len(layers) < DEPTH:
            yield from self._zip(stream, layers, whole)
        elif layers and documents.is_document(stream.head(documents.HEAD)):
            yield from _plain(Stream(documents.text(stream)), (*layers, "text"))
            stream.skip()
        else:
            yield from _plain(stream, layers)

    def _package(self, stream: Stream, layers: Layers, whole: Content | None) -> Items:
        """Yield what is in a package of rpm: behind its headers it is compressed."""
        try:
            cpio.skip_to_payload(stream)
        except Trouble as trouble:
            yield from self._tell(trouble, layers)
            if whole is not None:
                yield Member(layers, whole.stream())
            stream.end()
            return
        yield from self._inside(stream, (*layers, "rpm"))

    def _database(self, stream: Stream, layers: Layers, whole: Content | None) -> Items:
        """Yield the rows of a database; one that does not fit into memory is read as it stands."""
        if whole is not None:
            yield from self._rows(whole, layers)
            stream.end()
            return
        held = bytearray()
        for piece in stream.pieces():
            held += piece
            if len(held) > self._budget.memory:
                yield from _plain(Stream(chain((bytes(held),), stream.pieces())), layers)
                return
        self._budget.hold(len(held))
        try:
            yield from self._rows(in_memory(held), layers)
        finally:
            self._budget.hold(-len(held))

    def _rows(self, whole: Content, layers: Layers) -> Items:
        rows = Stream(sqlite.text(whole, self._budget))
        yield from _plain(rows, (*layers, "sqlite"))
        yield from self._tell(rows.trouble, layers)

    def _members(self, kind: str, entries: Iterator[Entry], layers: Layers) -> Items:
        """Yield what is in the members of an archive, and their names as one text."""
        names = _Names((*layers, kind))
        try:
            for entry in entries:
                self._budget.count()
                yield from names.add(entry)
                inner = (*layers, f"{kind}:{entry.name}")
                if entry.sealed:
                    yield Unread(inner, SEALED)
                if entry.content is not None:
                    yield from self._inside(entry.content, inner)
                    yield from self._tell(entry.content.trouble, inner)
                if self._budget.spent:
                    break
        except Trouble as trouble:
            yield from self._tell(trouble, layers)
        yield from names.rest()

    def _expanded(self, kind: str, stream: Stream, layers: Layers, whole: Content | None) -> Items:
        inside = Stream(compressed.expanded(stream, kind, self._budget))
        yield from self._inside(inside, (*layers, kind))
        yield from self._tell(inside.trouble, layers)
        if inside.trouble and whole:  # where there is no more to be had, what is left of it is read as it stands
            yield Member(layers, whole.stream())
            stream.end()

    def _zip(self, stream: Stream, layers: Layers, whole: Content | None) -> Items:
        head = stream.head(HEAD)
        if whole is not None:
            yield from self._listed(whole, layers, head)
            stream.end()
            return
        held = bytearray()
        for piece in stream.pieces():
            if len(held) + len(piece) > self._budget.memory:
                if zip.is_local_header(head):
                    detail = f"zip: of more than {self._budget.memory:,} bytes, which are not held in memory"
                    yield from self._tell(Trouble(BOUND, detail), layers)
                begun = in_memory(held)
                yield from _plain(Stream(chain(begun.pieces(0, begun.size), (piece,), stream.pieces())), layers)
                return
            held += piece
        self._budget.hold(len(held))
        try:
            yield from self._listed(in_memory(held), layers, head)
        finally:
            self._budget.hold(-len(held))

    def _listed(self, whole: Content, layers: Layers, head: bytes) -> Items:
        """Yield what is in a zip; and all of it as it stands, unless there is nothing else in it."""
        listed = zip.directory(whole)
        if listed is None:
            if zip.is_local_header(head):
                yield from self._tell(Trouble(CORRUPT, "zip: without its end: cut off, or one part of several"), layers)
            yield Member(layers, whole.stream())
            return
        complete = head.startswith(zip.MAGICS)
        for item in self._members("zip", zip.entries(whole, listed, self._budget), layers):
            complete = complete and isinstance(item, Member)
            yield item
        if not complete:
            yield Member(layers, whole.stream())

    def _tell(self, trouble: Trouble | None, layers: Layers) -> Iterator[Unread]:
        if trouble is not None and not trouble.told:
            trouble.told = True
            yield Unread(layers, trouble.kind, trouble.detail)


_ENTRIES: dict[str, Callable[[Stream], Iterator[Entry]]] = {"tar": tar.entries, "ar": ar.entries, "cpio": cpio.entries}


def _kind(head: bytes) -> str | None:
    """Return what content is, from its first bytes; a zip is told by its end."""
    if tar.is_header(head):
        return "tar"
    if sqlite.is_header(head):
        return "sqlite"
    for magic, name in ((ar.MAGIC, "ar"), (cpio.RPM, "rpm")):
        if head.startswith(magic):
            return name
    if head.startswith(cpio.MAGICS) and cpio.is_header(head):
        return "cpio"
    return compressed.kind(head) or programs.kind(head)


def _program(kind: str, stream: Stream, layers: Layers) -> Items:
    """Yield the strings of a compiled program, or all of it as it stands when it is large or damaged."""
    data = stream.head(programs.MOST + 1)
    told = programs.lines(kind, data) if len(data) <= programs.MOST else None
    if told is None:
        yield from _plain(stream, layers)
    else:
        stream.skip()
        yield Member((*layers, kind), Stream(iter((told,)) if told else iter(())))


def _plain(stream: Stream, layers: Layers) -> Items:
    yield Member(layers, stream)
    stream.skip()


class _Names:
    """The names of an archive's members, one a line, with what else it says of each; some at a time."""

    def __init__(self, layers: Layers) -> None:
        self._layers = layers
        self._lines: list[bytes] = []
        self._size = 0
        self._line = 1

    def add(self, entry: Entry) -> Items:
        """Take one in, and yield what has come together."""
        line = b"\t".join(text for text in (entry.name.encode("utf-8", "surrogateescape"), entry.note) if text)
        self._lines.append(line.replace(b"\n", b" "))
        self._size += len(line)
        if self._size > NAMES:
            yield from self.rest()

    def rest(self) -> Items:
        """Yield what has not been."""
        if self._lines:
            yield Member(self._layers, Stream(iter([b"\n".join(self._lines)])), self._line)
            self._line, self._lines, self._size = self._line + len(self._lines), [], 0
