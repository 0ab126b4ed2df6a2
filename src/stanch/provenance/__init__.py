"""Provenance: which commits brought an object, at which paths, by whom, what leads to it, and is it still there."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager

from stanch.errors import GitError
from stanch.model import Detection, Fault, Reach, Surface
from stanch.provenance.changes import Change, Named, changes
from stanch.provenance.reach import Reaches
from stanch.sources.git import Repository
from stanch.stopping import Stopped
from stanch.values import dataclass, field

_MOST_ARGUMENTS = 1_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be traced: ids of objects, and names that stand in trees."""

    blobs: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    """Of files and folders, without the folders above them."""
    commits: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    """Tags, and trees that hold names."""


@dataclass(frozen=True, slots=True)
class Place:
    """A path that an object stands at, the first commit that put it there, and what leads to that commit."""

    path: str
    commit: str
    reach: Reach | None
    note: bool = False
    """True where only notes hold it; the path is then the commit that it is a note on."""


@dataclass(frozen=True, slots=True)
class End:
    """A commit on the way to HEAD that put something else, or nothing, in the place of an object."""

    commit: str
    instead: str
    """Id of the object that stands there since; zeros for none."""
    merge: bool = False


@dataclass(frozen=True, slots=True)
class Author:
    """Who made a commit, and when (ISO 8601)."""

    name: str
    date: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the objects of one repository come from."""

    places: dict[str, list[Place]] = field(default_factory=dict)
    """By blob id, each path once, with its oldest commit: of those that refs lead to, where there are any."""
    names: dict[str, list[Place]] = field(default_factory=dict)
    """By name, the whole paths that end in it."""
    ends: dict[tuple[str, str], list[End]] = field(default_factory=dict)
    """By blob id and path, the newest first."""
    reach: dict[str, Reach] = field(default_factory=dict)
    """Of commits, tags, trees, and blobs that stand at no path."""
    head: dict[str, str] = field(default_factory=dict)
    """Object id by path in HEAD, for what was asked for."""
    index: dict[str, str] = field(default_factory=dict)
    """Object id by path in the index, for what was asked for."""
    ages: dict[str, tuple[int, int]] = field(default_factory=dict)
    """A greater one is older; of each commit that brought something."""
    authors: dict[str, Author] = field(default_factory=dict)
    """By commit id."""
    faults: tuple[Fault, ...] = ()
    """What git could not tell."""


def wanted(target: str, detections: Iterable[Detection]) -> Wanted | None:
    """Return what is to be traced in the repository `target`; None when nothing is."""
    places = [at for at in (detection.location for detection in detections) if at.target == target and at.blob]
    if not places:
        return None
    held: dict[Surface, set[str]] = defaultdict(set)
    for at in places:
        held[at.surface].add(at.blob or "")
    names = frozenset(at.path for at in places if at.surface is Surface.PATH and at.path)
    return Wanted(
        blobs=frozenset(held[Surface.BLOB]),
        names=names,
        commits=frozenset(held[Surface.COMMIT_MESSAGE] | held[Surface.AUTHOR]),
        others=frozenset(held[Surface.TAG] | held[Surface.PATH]),
    )


def trace(repository: Repository, wanted: Wanted) -> Provenance:
    """Return where `wanted` comes from. What git cannot tell, or not in time, is a fault, and left out."""
    tracing = _Tracing(repository, wanted)
    try:
        tracing.run()
    except Stopped:
        detail = "not all paths and commits are known: there was no time"
        tracing.faults.append(Fault(repository.target, "provenance", detail))
    return Provenance(
        tracing.placed(wanted.blobs),
        tracing.placed(wanted.names),
        tracing.ends,
        tracing.reach,
        tracing.head,
        tracing.index,
        tracing.ages,
        tracing.authors,
        tuple(tracing.faults),
    )


class _Tracing:
    """The questions to git, one after the other, and what they have brought so far."""

    def __init__(self, repository: Repository, wanted: Wanted) -> None:
        self.repository, self.wanted = repository, wanted
        self.faults: list[Fault] = []
        self.found: dict[tuple[str, str], list[str]] = {}
        self.ends: dict[tuple[str, str], list[End]] = {}
        self.ages: dict[str, tuple[int, int]] = {}
        self.reach: dict[str, Reach] = {}
        self.head: dict[str, str] = {}
        self.index: dict[str, str] = {}
        self.authors: dict[str, Author] = {}
        self.notes: frozenset[str] = frozenset()
        self.reaches = Reaches(repository)

    def run(self) -> None:
        """Ask everything; a question that git fails to answer costs its own answer alone."""
        wanted = self.wanted
        walks = []
        for what in filter(None, (Named(blobs=wanted.blobs), Named(names=wanted.names))):
            with self._noting():
                walks.append((what, changes(self.repository, what)))
        import git.cmd  # noqa: F401  # GitPython takes its time to import: now, while git walks the history

        for what, walk in walks:
            with self._noting():
                self._read(what, walk)
        with self._noting():
            self._read_dangling((wanted.blobs | wanted.names) - self._placed())
        if walks:
            with self._noting():
                self.head = self._head_entries()
            with self._noting():
                self.index = self._index_entries()
        self._read_reach(wanted.commits | wanted.others | wanted.blobs - self._placed())
        with self._noting():
            self._keep_ends()
        with self._noting():
            commits = {commit for seen in self.found.values() for commit in seen} | wanted.commits
            commits |= {end.commit for ends in self.ends.values() for end in ends}
            self.authors = dict(_authors(self.repository, sorted(commits)))

    @contextmanager
    def _noting(self) -> Iterator[None]:
        try:
            yield
        except GitError as error:
            target = self.repository.target
            self.faults.append(Fault(target, "provenance", str(error).removeprefix(f"{target}: ")))

    def _read(self, what: Named, walk: Iterator[Change]) -> None:
        """Read a listing: the last commit seen with a thing at a path is the oldest."""
        for change in walk:
            for thing, path in what.things(change):
                self.found.setdefault((thing, path), []).append(change.commit)
                self.ages.setdefault(change.commit, (-change.time, len(self.ages)))
            if change.before in self.wanted.blobs:
                self.ages.setdefault(change.commit, (-change.time, len(self.ages)))
                end = End(change.commit, change.blob, change.merge)
                self.ends.setdefault((change.before, change.path), []).append(end)

    def _keep_ends(self) -> None:
        """Forget what ended on no way to HEAD: there it never was, or is still to come."""
        if self.ends and self.repository.has_head():
            ended = {end.commit for ends in self.ends.values() for end in ends}
            led = ended.intersection(self.reaches.to_head())
            kept = {place: [end for end in ends if end.commit in led] for place, ends in self.ends.items()}
            self.ends = {place: ends for place, ends in kept.items() if ends}
        else:
            self.ends = {}

    def _placed(self) -> frozenset[str]:
        return frozenset(thing for thing, _ in self.found)

    def _read_dangling(self, unplaced: frozenset[str]) -> None:
        """Look for what nothing leads to in the commits that nothing leads to."""
        if unplaced and (commits := self.reaches.dangling_commits()):
            for what in filter(None, (Named(self.wanted.blobs & unplaced), Named(names=self.wanted.names & unplaced))):
                self._read(what, changes(self.repository, what, commits))

    def _read_reach(self, loose: frozenset[str]) -> None:
        """Ask what leads to the commits that were found, and to the objects that stand at no path."""
        with self._noting():
            self.reach = {commit: self.reaches.of_commit(commit) for seen in self.found.values() for commit in seen}
        with self._noting():
            self.notes = self.reaches.notes if self.found else frozenset()
        if loose:
            with self._noting():
                self.reach |= self.reaches.of_objects(loose)

    def placed(self, things: Collection[str]) -> dict[str, list[Place]]:
        """Return the places of each of `things`: the oldest commit of those that are reached best."""
        places: dict[str, list[Place]] = {}
        order = list(Reach)
        for (thing, path), commits in self.found.items():
            if thing in things:
                reached = [(order.index(self.reach.get(commit, Reach.DANGLING)), commit) for commit in commits]
                best = min(rank for rank, _ in reached)
                first = next(commit for rank, commit in reversed(reached) if rank == best)
                places.setdefault(thing, []).append(Place(path, first, self.reach.get(first), first in self.notes))
        return places

    def _head_entries(self) -> dict[str, str]:
        if not self.repository.has_head():
            return {}
        listed = self.repository.run("ls-tree", "-r", "-t", "-z", "--full-tree", "HEAD")
        return self._entries(listed, 2)

    def _index_entries(self) -> dict[str, str]:
        if self.repository.worktree is None:
            return {}
        return self._entries(self.repository.run("ls-files", "-s", "-z", "--full-name"), 1)

    def _entries(self, listed: bytes, column: int) -> dict[str, str]:
        """Return object id by path, for lines such as `100644 blob ID<tab>PATH`."""
        blobs, names = self.wanted.blobs, self.wanted.names
        found = {}
        for line in listed.split(b"\0"):
            meta, _, raw = line.partition(b"\t")
            path = os.fsdecode(raw)
            if path and ((oid := meta.split()[column].decode()) in blobs or path.rpartition("/")[2] in names):
                found[path] = oid
        return found


def _authors(repository: Repository, commits: Sequence[str]) -> Iterator[tuple[str, Author]]:
    """Yield who made each commit, and when."""
    import git.cmd  # GitPython: slow to import, and wanted only when there are findings
    from git.exc import GitError as Failed

    command = git.cmd.Git(str(repository.cwd))
    # GitPython hands on what it was started with; blank is what git takes for unset, where it is not a folder.
    theirs = dict.fromkeys((name for name in os.environ if name.startswith("GIT_")), "")
    folder = repository.view.folder
    folders = {"GIT_OBJECT_DIRECTORY": str(folder / "objects"), "GIT_COMMON_DIR": str(folder)}
    command.update_environment(**{**theirs, **folders, **repository.environment()})
    for start in range(0, len(commits), _MOST_ARGUMENTS):
        some = commits[start : start + _MOST_ARGUMENTS]
        try:
            listed = command.log("--no-walk", "--no-show-signature", "--format=%H%x00%an <%ae>%x00%aI", *some)
        except Failed as error:
            raise GitError(f"git log: the authors of {len(commits)} commits cannot be told") from error
        for line in listed.split("\n"):
            sha, _, rest = line.partition("\0")
            name, _, date = rest.partition("\0")
            yield sha, Author(name, date)
