"""Provenance: which commits brought an object, at which paths, by whom, and is it still there."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from stanch.sources.git import Repository

_MOST_ARGUMENTS = 1_000
"""Up to so many objects are named to git; of more, git is asked for all changes."""


@dataclass(frozen=True, slots=True)
class Place:
    """A path that an object stands at, and the first commit that put it there."""

    path: str
    commit: str


@dataclass(frozen=True, slots=True)
class Author:
    """Who made a commit, and when (ISO 8601)."""

    name: str
    date: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the objects of one repository come from."""

    places: dict[str, list[Place]] = field(default_factory=dict)
    """By object id, each path once, with its oldest commit."""
    head: dict[str, str] = field(default_factory=dict)
    """Object id by path in HEAD, for the objects asked for."""
    index: dict[str, str] = field(default_factory=dict)
    """Object id by path in the index, for the objects asked for."""
    ages: dict[str, int] = field(default_factory=dict)
    """Rank of each commit that brought one, from the newest (0): a greater one is older."""
    authors: dict[str, Author] = field(default_factory=dict)
    """By commit id."""


def trace(repository: Repository, blobs: Collection[str], commits: Iterable[str]) -> Provenance:
    """Return where `blobs` come from, and who made their commits and `commits`."""
    if not blobs:
        return Provenance(authors=dict(_authors(repository, sorted(commits))))
    walk = _log(repository, blobs)
    head, index = _tree(repository, blobs), _index(repository, blobs)
    import git.cmd  # noqa: F401  # GitPython takes its time to import: now, while git walks the history

    places, ages = _places(walk, set(blobs))
    wanted = {place.commit for found in places.values() for place in found} | set(commits)
    return Provenance(places, head, index, ages, dict(_authors(repository, sorted(wanted))))


def _log(repository: Repository, blobs: Collection[str]) -> subprocess.Popen[bytes]:
    """Start a listing of every commit's changes, merges against each parent, newest first."""
    named = [f"--find-object={oid}" for oid in sorted(blobs)] if len(blobs) <= _MOST_ARGUMENTS else []
    return repository.start(
        "log", "--all", "--reflog", *_head(repository), "--raw", "-z", "-m", "--root", "--no-renames", "--no-abbrev",
        "--no-ext-diff", "--no-textconv", "--no-show-signature", "--ignore-submodules=none", "--format=%H", *named,
    )  # fmt: skip


def _places(git: subprocess.Popen[bytes], wanted: set[str]) -> tuple[dict[str, list[Place]], dict[str, int]]:
    """Read the listing: the last commit seen with an object at a path is the oldest."""
    assert git.stdout is not None  # noqa: S101  # pipes, opened by Repository.start
    assert git.stderr is not None  # noqa: S101  # as above
    found: dict[tuple[str, str], str] = {}
    ages: dict[str, int] = {}
    commit = oid = ""
    for token in _tokens(git.stdout):
        if oid:
            if oid in wanted:
                found[oid, os.fsdecode(token)] = commit
            oid = ""
        elif token.startswith(b":"):
            oid = token.split(b" ")[3].decode()
        elif token:
            commit = token.decode()
            ages.setdefault(commit, len(ages))
    git.stdout.close()
    git.stderr.close()
    git.wait()
    places: dict[str, list[Place]] = {}
    for (blob, path), first in found.items():
        places.setdefault(blob, []).append(Place(path, first))
    return places, ages


def _head(repository: Repository) -> list[str]:
    """Return HEAD as an argument when it names a commit: a detached one is no ref."""
    git = repository.start("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    return ["HEAD"] if git.communicate()[0] else []


def _tokens(stream: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what NUL separates in git's output."""
    rest = b""
    read = stream.read1  # type: ignore[attr-defined]  # a BufferedReader
    while data := read(1 << 18):
        *tokens, rest = (rest + data).split(b"\0")
        yield from (token.strip(b"\n") if token.startswith(b"\n") else token for token in tokens)
    if rest:
        yield rest


def _tree(repository: Repository, blobs: Collection[str]) -> dict[str, str]:
    if not _head(repository):
        return {}
    listed = repository.run("ls-tree", "-r", "-z", "--full-tree", "HEAD")
    return _entries(listed, 2, set(blobs))


def _index(repository: Repository, blobs: Collection[str]) -> dict[str, str]:
    if repository.worktree is None:
        return {}
    return _entries(repository.run("ls-files", "-s", "-z", "--full-name"), 1, set(blobs))


def _entries(listed: bytes, column: int, wanted: set[str]) -> dict[str, str]:
    """Return object id by path, for lines such as `100644 blob ID<tab>PATH`."""
    found = {}
    for line in listed.split(b"\0"):
        meta, _, path = line.partition(b"\t")
        if path and (oid := meta.split()[column].decode()) in wanted:
            found[os.fsdecode(path)] = oid
    return found


def _authors(repository: Repository, commits: Sequence[str]) -> Iterator[tuple[str, Author]]:
    """Yield who made each commit, and when."""
    import git.cmd  # GitPython: slow to import, and wanted only when there are findings

    command = git.cmd.Git(str(repository.cwd))
    command.update_environment(**repository.environment())
    for start in range(0, len(commits), _MOST_ARGUMENTS):
        some = commits[start : start + _MOST_ARGUMENTS]
        listed = command.log("--no-walk", "--no-show-signature", "--format=%H%x00%an <%ae>%x00%aI", *some)
        for line in listed.split("\n"):
            sha, _, rest = line.partition("\0")
            name, _, date = rest.partition("\0")
            yield sha, Author(name, date)
