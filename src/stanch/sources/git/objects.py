"""Objects: a worker's share of them, and what of each is text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import accumulate

from stanch.archives import suspected
from stanch.model import Batch, Chunk, Fault, Origin, Sealed, Surface
from stanch.sources import BATCH, archived, halves, names, windows
from stanch.sources.git import Repository
from stanch.sources.git.cat_file import CatFile
from stanch.values import dataclass, field, replace

_FIELD = re.compile(rb"^([^ \n]+) (.*(?:\n .*)*)$", re.MULTILINE)
"""A header of a commit: its value goes on in lines that begin with a space."""
_NO_TEXT = frozenset({b"tree", b"parent", b"gpgsig", b"gpgsig-sha256"})
_PEOPLE = frozenset({b"author", b"committer"})


@dataclass(frozen=True, slots=True)
class GitShard:
    """Some objects of one repository, read by the worker's own git process."""

    repository: Repository
    oids: tuple[str, ...] = field(repr=False)
    weight: int
    paths: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The path of an object, where it is known beforehand."""
    max_size: int | None = None
    local = False

    def origins(self) -> tuple[Origin, ...]:
        """Return the objects."""
        return tuple(Origin(self.repository.target, self.paths.get(oid), blob=oid) for oid in self.oids)

    def split(self) -> tuple[GitShard, ...]:
        """Return the halves."""
        return tuple(replace(self, oids=half, weight=self.weight // 2) for half in halves(self.oids))

    def chunks(self) -> Iterator[Chunk | Batch | Fault | Sealed]:
        """Yield the objects' content. One that kills git costs itself alone: the rest is asked of another git."""
        rest, weight = self.oids, 0
        small: list[tuple[str, str, bytes]] = []
        entries: dict[bytes, str | None] = {}
        while rest:
            with CatFile.of(self.repository) as git:
                for oid, kind, size in git.objects(rest):
                    if kind == "missing" or (kind == "blob" and (size > BATCH or self._too_large(size))):
                        yield from self._apart(oid, kind, size, git)
                    elif kind == "tree":
                        for name in _entry(len(oid) // 2).findall(git.read(size)):
                            entries.setdefault(name, oid)  # every version of a folder repeats nearly all of them
                    else:
                        data = git.read(size)
                        if kind == "blob" and self.repository.archives and suspected(data):
                            yield from archived.in_memory(data, self._origin(oid))
                            continue
                        small.append((oid, kind, data))
                        weight += size
                        if weight > BATCH:
                            yield self._batch(small)
                            small, weight = [], 0
            if git.answered < len(rest):
                broken = self._called(rest[git.answered])
                yield Fault(self.repository.target, "corrupt-object", f"{broken}: {git.complaint}")
            rest = rest[git.answered + 1 :]
        if small:
            yield self._batch(small)
        if entries:
            yield names.batch(self.repository.target, list(entries.items()))

    def _called(self, oid: str) -> str:
        """Return how people find an object: by its path, where that is known."""
        path = self.paths.get(oid)
        return f"{path} ({oid})" if path else oid

    def _too_large(self, size: int) -> bool:
        return self.max_size is not None and size > self.max_size

    def _origin(self, oid: str) -> Origin:
        return Origin(self.repository.target, self.paths.get(oid), blob=oid)

    def _apart(self, oid: str, kind: str, size: int, git: CatFile) -> archived.Contents:
        if kind == "missing":
            yield Fault(self.repository.target, "missing-object", self._called(oid))
        elif self._too_large(size):
            yield Fault(self.repository.target, "too-large", f"{self.paths.get(oid, oid)}: {size} bytes")
        else:
            read = archived.flowing if self.repository.archives else windows
            yield from read(git.read, size, self._origin(oid))

    def _batch(self, objects: list[tuple[str, str, bytes]]) -> Batch:
        starts = list(accumulate((len(data) + 1 for _, _, data in objects[:-1]), initial=0))
        buffer = b"\n".join([data for _, _, data in objects])
        paths = [self.paths.get(oid) for oid, *_ in objects] if self.paths else ()
        return Batch(buffer, starts, lambda part: self._object(*objects[part]), paths=paths)

    def _object(self, oid: str, kind: str, data: bytes) -> Iterator[Chunk]:
        target = self.repository.target
        if kind == "blob":
            yield Chunk(self._origin(oid), data)
        elif kind == "commit":
            yield from _commit(data, target, oid)
        elif kind == "tag":
            # What it names, who made it, and the message.
            yield Chunk(Origin(target, None, Surface.TAG, oid), data)


def _commit(data: bytes, target: str, oid: str) -> Iterator[Chunk]:
    """Yield who wrote a commit, its message, and what other headers say; a signature is no text."""
    headers, _, message = data.partition(b"\n\n")
    fields = _FIELD.findall(headers)
    people = b"\n".join(key + b" " + value for key, value in fields if key in _PEOPLE)
    others = b"\n".join(key + b" " + value for key, value in fields if key not in _PEOPLE | _NO_TEXT)
    for text, surface in (
        (people, Surface.AUTHOR),
        (message, Surface.COMMIT_MESSAGE),
        (others, Surface.COMMIT_MESSAGE),
    ):
        if text:
            yield Chunk(Origin(target, None, surface, oid), text)


def _entry(size: int) -> re.Pattern[bytes]:
    """Return the shape of a tree's entry: mode, name, and an id of `size` bytes; `re` remembers what it compiled."""
    return re.compile(rb"[0-7]+ ([^\0]+)\0.{%d}" % size, re.DOTALL)
