"""The index: what the next commit would add, and every file that git tracks, with the content that stands there."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from stanch.errors import GitError, UsageError
from stanch.model import Detection, Fault, Shard
from stanch.sources.git import Repository
from stanch.sources.git.history import History, Listed, batched, noting
from stanch.sources.names import Names
from stanch.values import dataclass, field, replace

FEW = 200
"""Up to so many files are taken to be small; of more, git is asked for the sizes, so that the work can be spread."""
_SUBMODULE = b"160000"
"""The mode of a submodule: its commit is not an object of this repository."""


@dataclass(frozen=True, slots=True)
class Indexed:
    """Files of a repository's index."""

    repository: Repository
    files: tuple[tuple[str, str], ...] = field(repr=False)
    """Path and object id of each; a path in conflict comes once for each of its versions."""
    max_size: int | None = None
    unmerged: tuple[str, ...] = ()
    """Paths in conflict: what a commit would hold there is not known yet."""

    @property
    def paths(self) -> frozenset[str]:
        """The distinct paths of the files."""
        return frozenset(path for path, _ in self.files)

    def shards(self) -> Iterator[Shard | Fault]:
        """Yield the paths, which are text too, and each distinct content once, with the first of its paths."""
        for path in self.unmerged:
            detail = f"{path}: in conflict, so what a commit would add is not known; resolve it and `git add` it"
            yield Fault(self.repository.target, "unmerged", detail)
        if self.files:
            yield Names(self.repository.target, tuple((path, None) for path in sorted(self.paths)))
        first: dict[str, str | None] = {}
        for path, oid in self.files:
            first.setdefault(oid, path)
        few = len(first) <= FEW
        listed: Iterable[Listed | Fault] = (
            ((oid, 0, path) for oid, path in first.items()) if few else History(self.repository).sized(first)
        )
        yield from batched(self.repository, noting(self.repository, listed), self.max_size)

    def everywhere(self, detections: Iterable[Detection]) -> Iterator[Detection]:
        """Yield the detections, those in this index once for each path that their content stands at."""
        paths: dict[str | None, list[str]] = {}
        for path, oid in self.files:
            paths.setdefault(oid, []).append(path)
        for detection in detections:
            place = detection.location
            ours = place.target == self.repository.target
            for path in dict.fromkeys(paths.get(place.blob, [])) if ours else ():
                yield replace(detection, location=replace(place, path=path))
            if not ours or place.blob not in paths:
                yield detection


def staged(repository: Repository, max_size: int | None = None) -> Indexed:
    """Return what the index holds that HEAD does not: what a commit would add.

    Raises UsageError when there is no index, or git cannot read it.
    """
    if repository.worktree is None:
        where = f"{repository.target}: a bare repository has no index, so nothing is staged"
        raise UsageError(f"{where}; a server's hook is `stanch hook --stage pre-receive`")
    try:
        raw = _changes(repository, "HEAD")
    except GitError:  # no commit yet: all is new against the empty tree
        raw = _changes(repository, repository.run("hash-object", "-t", "tree", "--stdin").decode().strip())
    fields = raw.split(b"\0")
    files, unmerged = [], []
    for meta, name in zip(fields[::2], fields[1::2], strict=False):
        _, mode, _, oid, status = meta.split()
        path = os.fsdecode(name)
        if status == b"U":
            unmerged.append(path)
        elif mode != _SUBMODULE:
            files.append((path, oid.decode()))
    return Indexed(repository, tuple(files), max_size, tuple(unmerged))


def _changes(repository: Repository, against: str) -> bytes:
    """Return what differs from a tree, without what is deleted there or was only announced by `git add -N`."""
    options = ("--cached", "--raw", "-z", "--no-renames", "--no-abbrev", "--diff-filter=AMTU")
    return repository.run("diff-index", *options, "--ita-invisible-in-index", against, "--", index=True)


def tracked(repository: Repository, max_size: int | None = None) -> Indexed:
    """Return every file of the index, one in conflict in all its versions.

    Raises UsageError when git cannot read the index.
    """
    files = []
    for line in repository.run("ls-files", "--stage", "-z", index=True).split(b"\0"):
        meta, _, name = line.partition(b"\t")
        if meta and not meta.startswith(_SUBMODULE):
            files.append((os.fsdecode(name), meta.split()[1].decode()))
    return Indexed(repository, tuple(files), max_size)
