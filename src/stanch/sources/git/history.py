"""Which objects to scan: all of a history, or those that some commits introduce."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TypeVar

from stanch.errors import GitError, UsageError
from stanch.model import Fault, Shard
from stanch.sources import MOST_ITEMS, SHARD
from stanch.sources.git import Repository
from stanch.sources.git.command import scratch
from stanch.sources.git.known import Choice
from stanch.sources.git.objects import GitShard
from stanch.sources.git.refs import refs, tips
from stanch.sources.names import Names
from stanch.values import dataclass

Listed = tuple[str, int, str | None]
"""An object's id, its size in bytes, and its path where that is known."""
REACHABLE = ("--all",)
"""Commits that refs lead to, as arguments of rev-list."""
_MOST_FAULTS = 100
"""How many missing objects are named one by one."""


@dataclass(frozen=True, slots=True)
class History:
    """The objects of a repository: all of them, or those that some commits introduce."""

    repository: Repository
    revisions: tuple[str, ...] | None = None
    """Arguments of rev-list that choose commits, ids before options; None: every object, whatever leads to it."""
    max_size: int | None = None
    known: Choice | None = None
    """What an earlier scan has read is left out."""
    pathless: bool = False
    """Read each object for itself, as if nobody knew its path: so it is judged the same wherever it is."""

    def shards(self) -> Iterator[Shard | Fault]:
        """Yield the objects in the order of their packs, contiguous runs together, so that deltas stay near."""
        target = self.repository.target
        for store in self.repository.view.refused:
            detail = f"{store}: lies outside of the repository, not read; --allow-alternates reads it"
            yield Fault(target, "alternates", detail)
        if self.revisions in (None, REACHABLE):
            yield from noting(self.repository, self._refs())
        listed = noting(self.repository, self._listed())
        yield from batched(self.repository, filter(self._wants, listed), self.max_size)

    def _wants(self, entry: Listed | Fault) -> bool:
        """Tell whether an object is to be read. What is too large is not known by that: it is a fault every time."""
        if self.known is None or isinstance(entry, Fault):
            return True
        oid, size, _ = entry
        return (self.max_size is not None and size > self.max_size) or self.known.wants(oid)

    def _refs(self) -> Iterator[Names | Fault]:
        """Yield the refs' names, and the refs that name what is not there: no walk of git's tells."""
        named = refs(self.repository)
        yield Names(self.repository.target, tuple(named.items()))
        with scratch("".join(f"{oid}\n" for oid in named.values()).encode()) as wanted:
            git = self.repository.start("cat-file", "--batch-check", "--buffer", stdin=wanted)
        yield from self._missing(line[:-8].decode() for line in git.records(b"\n") if line.endswith(b" missing"))

    def _listed(self) -> Iterator[Listed | Fault]:
        if self.revisions is None:
            yield from self._all()
            return
        options = [word for word in self.revisions if word.startswith("--")]
        ids = "".join(f"{word}\n" for word in self.revisions if not word.startswith("--"))
        with scratch(ids.encode()) as named:  # a push may bring more refs than a command line holds
            command = ("rev-list", "--objects", "--missing=print", "--stdin", *options)
            git = self.repository.start(*command, stdin=named)
        paths = {}
        for line in git.records(b"\n"):
            oid, _, path = line.removeprefix(b"?").partition(b" ")
            paths[oid.decode()] = None if self.pathless else os.fsdecode(path) or None
        yield from self.sized(paths)

    def sized(self, paths: dict[str, str | None]) -> Iterator[Listed | Fault]:
        """Yield the objects of these ids with their sizes; what is not there is a fault. Raises GitError."""
        with scratch("".join(f"{oid}\n" for oid in paths).encode()) as wanted:
            git = self.repository.start("cat-file", _CHECK, "--buffer", stdin=wanted)
            yield from self._checked(git.records(b"\n"), paths)

    def _all(self) -> Iterator[Listed | Fault]:
        """Yield all objects there are; then, since a lost one is not listed, those that are named and not there."""
        with scratch(tips(self.repository)) as named:
            leading = ("--all", "--reflog", "--indexed-objects", "--ignore-missing", "--stdin")
            walk = self.repository.start("rev-list", "--objects", "--missing=print", "--quiet", *leading, stdin=named)
        try:
            git = self.repository.start("cat-file", _CHECK, "--batch-all-objects", "--unordered")
            yield from self._checked(git.records(b"\n"), {})
            yield from self._missing(line.removeprefix(b"?").decode() for line in walk.records(b"\n"))
        finally:
            walk.end()

    def _checked(self, lines: Iterable[bytes], paths: dict[str, str | None]) -> Iterator[Listed | Fault]:
        missing = []
        for line in lines:
            oid, size = line.decode().split()
            if size == "missing":
                missing.append(oid)
            else:
                yield oid, int(size), paths.get(oid)
        yield from self._missing(missing)

    def _missing(self, oids: Iterable[str]) -> Iterator[Fault]:
        """Yield what is said of objects that are named and not there: in a partial clone they are many, and meant."""
        listed, target = list(oids), self.repository.target
        if listed and any((self.repository.view.common / "objects" / "pack").glob("*.promisor")):
            detail = f"{len(listed):,} objects were never fetched; `git fetch --refetch --no-filter` gets them"
            yield Fault(target, "partial-clone", detail)
            return
        yield from (Fault(target, "missing-object", oid) for oid in listed[:_MOST_FAULTS])
        if len(listed) > _MOST_FAULTS:
            yield Fault(target, "missing-object", f"and {len(listed) - _MOST_FAULTS:,} more")


_T = TypeVar("_T")


def noting(repository: Repository, listed: Iterable[_T | Fault]) -> Iterator[_T | Fault]:
    """Pass on what is listed; where git fails, that is the last of it."""
    try:
        yield from listed
    except GitError as error:
        yield Fault(repository.target, "git-failed", str(error).removeprefix(f"{repository.target}: "))


_CHECK = "--batch-check=%(objectname) %(objectsize)"


def resolved(repository: Repository, revisions: str) -> tuple[str, ...]:
    """Return `A..B` as arguments for rev-list. Raises UsageError when it is no range or git has no such commits."""
    old, dots, new = revisions.partition("..")
    if not dots or new.startswith("."):
        raise UsageError(f"--range {revisions}: write it as OLD..NEW")
    ends = []
    for name in (old or "HEAD", new or "HEAD"):
        try:
            ends.append(repository.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"))
        except GitError:
            raise UsageError(f"{repository.target}: no revision {name!r}; a shallow clone may lack it") from None
    return ends[1].decode().strip(), "^" + ends[0].decode().strip()


def batched(repository: Repository, listed: Iterable[Listed | Fault], max_size: int | None) -> Iterator[Shard | Fault]:
    """Yield runs of objects that make about a shard's worth of content."""
    oids: list[str] = []
    paths: dict[str, str] = {}
    weight = 0
    for entry in listed:
        if isinstance(entry, Fault):
            yield entry
            continue
        oid, size, path = entry
        if oids and (weight + size > SHARD or len(oids) >= MOST_ITEMS):
            yield GitShard(repository, tuple(oids), weight, paths, max_size)
            oids, paths, weight = [], {}, 0
        oids.append(oid)
        if path is not None:
            paths[oid] = path
        weight += size
    if oids:
        yield GitShard(repository, tuple(oids), weight, paths, max_size)
