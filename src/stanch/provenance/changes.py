"""The changes of a history, as git lists them: which commit put which object at which path."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator

from stanch.sources.git import Repository
from stanch.sources.git.command import Command, scratch
from stanch.sources.git.refs import tips
from stanch.values import dataclass

_MOST_ARGUMENTS = 500
"""Up to so many objects or names are named to git; of more, git is asked for all changes."""
_SPECIAL = re.compile(r"[*?\[\\]")
"""What a glob of git does not take as it is."""


@dataclass(frozen=True, slots=True)
class Change:
    """One commit's change of one path."""

    commit: str
    time: int
    """When it was committed, in seconds since 1970."""
    blob: str
    """Id of the object that stands at the path since; zeros where there is none."""
    path: str
    before: str = ""
    """Id of the object that stood there in the parent; zeros where there was none."""
    merge: bool = False
    """Has the commit more than one parent? Each of them has its own changes."""


@dataclass(frozen=True, slots=True)
class Named:
    """What changes are asked for: those that bring these blobs, or paths with these names in them."""

    blobs: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.blobs or self.names)

    def things(self, change: Change) -> Iterator[tuple[str, str]]:
        """Yield what of this a change brings, and the path of that."""
        if not change.blob.strip("0"):
            return
        if change.blob in self.blobs:
            yield change.blob, change.path
        if self.names:
            parts = change.path.split("/")
            for number, part in enumerate(parts):
                if part in self.names:
                    yield part, "/".join(parts[: number + 1])

    def options(self) -> list[str]:
        """Return the arguments that make git list little else."""
        if len(self.blobs) + len(self.names) > _MOST_ARGUMENTS or (self.blobs and self.names):
            return []
        globs = [":(top,glob)**/" + _SPECIAL.sub(r"\\\g<0>", name) for name in sorted(self.names)]
        patterns = [*globs, *(f"{glob}/**" for glob in globs)]  # files, and what is in folders
        return [*(f"--find-object={oid}" for oid in sorted(self.blobs)), *(["--", *patterns] if patterns else [])]


def changes(repository: Repository, what: Named, commits: Collection[str] | None = None) -> Iterator[Change]:
    """Start a listing of the changes of every commit, merges against each parent, the newest first.

    Some may be left out that bring nothing of `what`.

    With `commits`, of those alone and of what only they lead to. Raises GitError, at once or while it is read.
    """
    since = ("--not", "--all") if commits is not None else ()
    named = tips(repository) if commits is None else "".join(f"{oid}\n" for oid in sorted(commits)).encode()
    with scratch(named) as stdin:
        git = repository.start(
            "log", "--ignore-missing", *(() if since else ("--all", "--reflog")), "--stdin", *since, "--raw", "-z",
            "-m", "--root", "--no-renames", "--no-abbrev", "--no-ext-diff", "--no-textconv", "--no-show-signature",
            "--ignore-submodules=none", "--format=%H %ct %P", *what.options(), stdin=stdin,
        )  # fmt: skip
    return _read(git, None if what.names else frozenset(map(str.encode, what.blobs)))


def _read(git: Command, blobs: frozenset[bytes] | None) -> Iterator[Change]:
    """Yield the changes that git lists, or of those the ones that bring or end `blobs`: in a long history, few."""
    commit, before, blob = "", b"", b""
    time, merge = 0, False
    for token in git.records(b"\0"):
        if blob:
            if blobs is None or blob in blobs or before in blobs:
                yield Change(commit, time, blob.decode(), os.fsdecode(token), before.decode(), merge)
            blob = b""
            continue
        token = token.lstrip(b"\n")
        if token.startswith(b":"):
            _, _, before, blob, _ = token.split(b" ", 4)
        elif token:
            commit, when, *parents = token.decode().split()
            time, merge = int(when), len(parents) > 1
