"""Which objects to scan: all of a history, those of a range, those of the index."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO

from stanch.errors import UsageError
from stanch.model import Fault, Shard
from stanch.sources import MOST_ITEMS, SHARD
from stanch.sources.git import Repository
from stanch.sources.git.cat_file import scratch
from stanch.sources.git.objects import GitShard

Listed = tuple[str, int, str | None]
"""An object's id, its size in bytes, and its path where that is known."""


@dataclass(frozen=True, slots=True)
class History:
    """The objects of a repository: all of them, or those that `revisions` (`A..B`) introduce."""

    repository: Repository
    revisions: str | None = None
    max_size: int | None = None

    def shards(self) -> Iterator[Shard | Fault]:
        """Yield the objects in the order of their packs, contiguous runs together, so that deltas stay near."""
        yield from _batched(self.repository, self._listed(), self.max_size)

    def _listed(self) -> Iterator[Listed | Fault]:
        check = ("cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)")
        if self.revisions is None:
            yield from self._objects(*check, "--batch-all-objects", "--unordered", paths={})
            return
        ends = _verified(self.repository, self.revisions)
        listed = self.repository.run("rev-list", "--objects", "--missing=print", "--end-of-options", *ends)
        paths = {}
        for line in listed.splitlines():
            oid, _, path = line.removeprefix(b"?").partition(b" ")
            paths[oid.decode()] = os.fsdecode(path) or None
        with scratch() as wanted:
            wanted.write("".join(f"{oid}\n" for oid in paths).encode())
            wanted.seek(0)
            yield from self._objects(*check, "--buffer", paths=paths, stdin=wanted)

    def _objects(
        self, *command: str, paths: dict[str, str | None], stdin: IO[bytes] | None = None
    ) -> Iterator[Listed | Fault]:
        git = self.repository.start(*command, stdin=stdin)
        assert git.stdout is not None  # noqa: S101  # pipes, opened by Repository.start
        assert git.stderr is not None  # noqa: S101  # as above
        for line in git.stdout:
            oid, kind, *size = line.decode().split()
            if kind == "missing":
                yield Fault(self.repository.target, "missing-object", oid)
            elif kind != "tree":
                yield oid, int(size[0]), paths.get(oid)
        complaint = git.stderr.read(4096).decode("utf-8", "replace").strip().partition("\n")[0]
        git.stdout.close()
        git.stderr.close()
        if git.wait():
            yield Fault(self.repository.target, "git-failed", complaint or f"git exited with {git.returncode}")


def _verified(repository: Repository, revisions: str) -> list[str]:
    """Return `A..B` as arguments for rev-list, after git has resolved both ends."""
    old, dots, new = revisions.partition("..")
    if not dots or new.startswith("."):
        raise UsageError(f"--range {revisions}: write it as OLD..NEW")
    ends = []
    for name in (old or "HEAD", new or "HEAD"):
        try:
            ends.append(repository.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"))
        except UsageError:
            raise UsageError(f"{repository.target}: no revision {name!r}; a shallow clone may lack it") from None
    return [ends[1].decode().strip(), "^" + ends[0].decode().strip()]


@dataclass(frozen=True, slots=True)
class Staged:
    """What the index holds that HEAD does not: what a commit would add, with the index's content."""

    repository: Repository
    max_size: int | None = None

    def shards(self) -> Iterator[Shard | Fault]:
        """Yield the staged files."""
        try:
            raw = self._changes("HEAD")
        except UsageError:  # no commit yet: all is new against the empty tree
            raw = self._changes(self.repository.run("hash-object", "-t", "tree", "--stdin").decode().strip())
        fields = raw.split(b"\0")
        staged = []
        for meta, path in zip(fields[::2], fields[1::2], strict=False):
            _, mode, _, oid, _ = meta.split()
            if mode != b"160000":  # a submodule's commit is not an object of this repository
                staged.append((oid.decode(), 0, os.fsdecode(path)))
        yield from _batched(self.repository, staged, self.max_size)

    def _changes(self, against: str) -> bytes:
        options = ("--cached", "--raw", "-z", "--no-renames", "--no-abbrev", "--diff-filter=AMT")
        return self.repository.run("diff-index", *options, against, "--", index=True)


def _batched(repository: Repository, listed: Iterable[Listed | Fault], max_size: int | None) -> Iterator[Shard | Fault]:
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
