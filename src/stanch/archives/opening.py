"""The way into an archive, and into what lies in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from stanch.archives import HEAD, PROGRAMS, compressed, tar, zip
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
        kind = "tar" if tar.is_header(head) else compressed.kind(head)
        if len(layers) >= DEPTH and (kind or zip.is_local_header(head)):
            yield from self._tell(Trouble(BOUND, f"in more than {DEPTH} layers; it is not opened"), layers)
            yield from _plain(stream, layers)
        elif kind == "tar":
            yield from self._members(kind, tar.entries(stream), layers)
        elif kind:
            yield from self._expanded(kind, stream, layers, whole)
        elif head.startswith((*zip.MAGICS, *PROGRAMS)) and len(layers) < DEPTH:
            yield from self._zip(stream, layers, whole)
        else:
            yield from _plain(stream, layers)

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
