"""A git repository: every distinct object once, in pack order, by plumbing commands only.

Nothing of the repository is executed or followed: no hook, filter, textconv, fsmonitor, pager, replace ref or
lazy fetch; the user's and the system's git configuration are ignored; no lock is taken and nothing is written.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import select
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import IO

from stanch.errors import UsageError
from stanch.model import Batch, Chunk, Fault, Origin, Shard, Surface
from stanch.sources import BATCH, MOST_ITEMS, SHARD, windows

_CONFIG = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.attributesFile": os.devnull,
    "core.excludesFile": os.devnull,
    "core.packedGitWindowSize": "16m",  # with the next, bounds what git maps of its packs at a time
    "core.packedGitLimit": "64m",
    "protocol.allow": "never",
}
_KEPT = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")


@dataclass(frozen=True, slots=True)
class Repository:
    """Where a repository's parts are."""

    target: str
    """As the user named it."""
    git_dir: Path
    worktree: Path | None
    """None for a bare one."""

    def run(self, *arguments: str, stdin: bytes = b"", index: bool = False) -> bytes:
        """Return what a git command prints.

        Raises UsageError with git's own words when it fails.
        """
        done = subprocess.run(
            ["git", *arguments],
            input=stdin,
            capture_output=True,
            env=self.environment(index=index),
            cwd=self.cwd,
        )
        if done.returncode:
            words = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no reason given"]
            raise UsageError(f"{self.target}: git {arguments[0]}: {words[0]}")
        return done.stdout

    def start(
        self, *arguments: str, stdin: IO[bytes] | int | None = None, stderr: IO[bytes] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a git command whose output is read as it comes."""
        return subprocess.Popen(
            ["git", *arguments],
            stdin=stdin or subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr or subprocess.PIPE,
            bufsize=1 << 18,
            env=self.environment(),
            cwd=self.cwd,
        )

    @property
    def cwd(self) -> Path:
        """The folder that git commands run in."""
        return self.worktree or self.git_dir

    def environment(self, *, index: bool = False) -> dict[str, str]:
        """Return the environment for git commands; `index` passes on which index git's hook is to look at."""
        config = {**_CONFIG, "safe.directory": str(self.cwd)}
        kept = (*_KEPT, "GIT_INDEX_FILE") if index else _KEPT
        return {
            **{name: os.environ[name] for name in kept if name in os.environ},
            "LC_ALL": "C",
            "GIT_DIR": str(self.git_dir),
            **({"GIT_WORK_TREE": str(self.worktree)} if self.worktree else {}),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_CONFIG_COUNT": str(len(config)),
            **{f"GIT_CONFIG_KEY_{number}": key for number, key in enumerate(config)},
            **{f"GIT_CONFIG_VALUE_{number}": value for number, value in enumerate(config.values())},
        }

    def worktree_files(self) -> tuple[tuple[str, ...], int]:
        """Return the tracked and the untracked files of the worktree, and how many ignored entries there are."""
        listed = self.run("ls-files", "-z", "--cached", "--others", "--exclude-standard")
        ignored = self.run("ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory")
        return tuple(os.fsdecode(path) for path in sorted(set(listed.split(b"\0")) - {b""})), ignored.count(b"\0")


def discover(target: str, *, parents: bool = False) -> Repository | None:
    """Return the repository whose root `target` is, or with `parents` the one that it lies in."""
    path = Path(target).resolve()
    for folder in (path, *path.parents) if parents else (path,):
        dot_git = folder / ".git"
        if _is_git_dir(dot_git):
            return Repository(target, dot_git, folder)
        if dot_git.is_file():
            return Repository(target, _linked(dot_git, target), folder)
        if _is_git_dir(folder):
            return Repository(target, folder, None)
    return None


def _is_git_dir(path: Path) -> bool:
    return (path / "objects").is_dir() and (path / "refs").is_dir() and (path / "HEAD").exists()


def _linked(dot_git: Path, target: str) -> Path:
    """Return the folder that the `.git` file of a linked worktree or a submodule names."""
    line = dot_git.read_bytes()[:4096].split(b"\n")[0]
    if not line.startswith(b"gitdir: "):
        raise UsageError(f"{target}: its .git is neither a folder nor a link to one")
    folder = dot_git.parent / os.fsdecode(line.removeprefix(b"gitdir: ").strip())
    if not folder.is_dir():
        raise UsageError(f"{target}: its .git names {folder}, which does not exist")
    return folder.resolve()


@dataclass(frozen=True, slots=True)
class GitShard:
    """Some objects of one repository, read by the worker's own git process."""

    repository: Repository
    oids: tuple[str, ...] = field(repr=False)
    weight: int
    paths: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The path of an object, where it is known beforehand."""
    max_size: int | None = None

    def chunks(self) -> Iterator[Chunk | Batch | Fault]:
        """Yield the objects' content. One that kills git costs itself alone: the rest is asked of another git."""
        rest, weight = self.oids, 0
        small: list[tuple[str, str, bytes]] = []
        while rest:
            with CatFile.of(self.repository) as git:
                for oid, kind, size in git.objects(rest):
                    if kind == "missing" or (kind == "blob" and (size > BATCH or self._too_large(size))):
                        yield from self._apart(oid, kind, size, git)
                        continue
                    small.append((oid, kind, git.read(size)))
                    weight += size
                    if weight > BATCH:
                        yield self._batch(small)
                        small, weight = [], 0
            if git.answered < len(rest):
                yield Fault(self.repository.target, "corrupt-object", f"{rest[git.answered]}: {git.complaint}")
            rest = rest[git.answered + 1 :]
        if small:
            yield self._batch(small)

    def _too_large(self, size: int) -> bool:
        return self.max_size is not None and size > self.max_size

    def _apart(self, oid: str, kind: str, size: int, git: CatFile) -> Iterator[Chunk | Fault]:
        if kind == "missing":
            yield Fault(self.repository.target, "missing-object", oid)
        elif self._too_large(size):
            yield Fault(self.repository.target, "too-large", f"{self.paths.get(oid, oid)}: {size} bytes")
        else:
            yield from windows(git.read, size, Origin(self.repository.target, self.paths.get(oid), blob=oid))

    def _batch(self, objects: list[tuple[str, str, bytes]]) -> Batch:
        starts = list(accumulate((len(data) + 1 for _, _, data in objects[:-1]), initial=0))
        buffer = b"\n".join([data for _, _, data in objects])
        return Batch(buffer, starts, lambda part: self._object(*objects[part]))

    def _object(self, oid: str, kind: str, data: bytes) -> Iterator[Chunk]:
        target = self.repository.target
        if kind == "blob":
            yield Chunk(Origin(target, self.paths.get(oid), blob=oid), data)
        elif kind == "commit":
            yield from _commit(data, target, oid)
        elif kind == "tag":
            yield Chunk(Origin(target, None, Surface.TAG, oid), data.partition(b"\n\n")[2])


def _commit(data: bytes, target: str, oid: str) -> Iterator[Chunk]:
    """Yield who wrote a commit, and its message."""
    headers, _, message = data.partition(b"\n\n")
    people = b"\n".join(line for line in headers.split(b"\n") if line.startswith((b"author ", b"committer ")))
    yield Chunk(Origin(target, None, Surface.AUTHOR, oid), people)
    if message:
        yield Chunk(Origin(target, None, Surface.COMMIT_MESSAGE, oid), message)


_READ = 96 << 10
"""How much is read from git at a time, in bytes: more would cost a fresh mapping of memory each time."""
PATIENCE = 10.0
"""Seconds after which a silent git is given up: it waits for a question, and we for an answer that does not come."""


class CatFile:
    """A `git cat-file --batch` that lives on from shard to shard, so that it keeps the bases of nearby deltas.

    A process has one at a time; used as a context, it is given up unless all that was asked for was read.
    """

    _current: CatFile | None = None
    _SLICE = 400
    """How many objects are asked for at a time; two such requests fit into a pipe."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.complaint = ""
        self._errors = scratch()
        self._git = repository.start("cat-file", "--batch", stdin=subprocess.PIPE, stderr=self._errors)
        assert self._git.stdout is not None  # noqa: S101  # a pipe, opened by start()
        assert self._git.stdin is not None  # noqa: S101  # as above
        self._answers, self._requests = self._git.stdout, self._git.stdin
        _widen(self._answers)
        self._owner = os.getpid()
        self.answered = 0
        """How many of the objects last asked for came whole."""
        self._buffer = b""
        self._used = 0
        self._silent = False
        self._left = 0
        self._idle = True

    @classmethod
    def of(cls, repository: Repository) -> CatFile:
        """Return this process's git for `repository`, started if need be."""
        current = cls._current
        if current is None or current.repository != repository or current._owner != os.getpid():
            cls.close_current()
            current = cls._current = cls(repository)
        return current

    @classmethod
    def close_current(cls) -> None:
        """End this process's git, if there is one. One inherited by a fork is left to its owner."""
        current, cls._current = cls._current, None
        if current is not None and current._owner == os.getpid():
            current.close()

    def __enter__(self) -> CatFile:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._idle:
            CatFile._current = None
            self.close()

    def objects(self, oids: Sequence[str]) -> Iterator[tuple[str, str, int]]:
        """Yield id, type (`missing` for one that git has not) and size of each object.

        Stop early when git dies, falls silent, or answers another question: then `oids[answered]` is broken.
        """
        self._idle, self.answered = False, 0
        self._ask(oids[: self._SLICE])
        for number, oid in enumerate(oids):
            if number % self._SLICE == 0:
                self._ask(oids[number + self._SLICE : number + 2 * self._SLICE])
            header = self._line().split()
            if not header or header[0] != oid.encode():
                return
            kind, size = (header[1].decode(), int(header[2])) if len(header) == 3 else ("missing", -1)
            self._left = size + 1
            yield oid, kind, size
            while self._left > 1 and self.read(min(self._left - 1, 1 << 20)):
                pass  # what nobody wanted
            if self._left > 1 or (self._left and self._take(1) != b"\n"):
                return
            self.answered = number + 1
        self._idle = True

    def read(self, size: int) -> bytes:
        """Return the next `size` bytes of the object; fewer when it ends, or git does."""
        data = self._take(min(size, self._left - 1))
        self._left -= len(data)
        return data

    def _line(self) -> bytes:
        while (newline := self._buffer.find(b"\n", self._used)) < 0:
            if not self._more():
                return b""
        line = self._buffer[self._used : newline]
        self._used = newline + 1
        return line

    def _take(self, size: int) -> bytes:
        while len(self._buffer) - self._used < size and self._more(size):
            pass
        data = self._buffer[self._used : self._used + size]
        self._used += len(data)
        return data

    def _more(self, wanted: int = 0) -> bool:
        """Read on; return False when git has ended or says nothing for too long."""
        if self._silent:
            return False
        pieces = [self._buffer[self._used :]]
        missing = max(wanted - len(pieces[0]), 1)
        while missing > 0:
            patient = select.select([self._answers], [], [], PATIENCE)[0]
            piece = os.read(self._answers.fileno(), max(missing, _READ)) if patient else b""
            if not piece:
                self._silent = True
                break
            pieces.append(piece)
            missing -= len(piece)
        self._buffer, self._used = b"".join(pieces), 0
        return len(pieces) > 1

    def _ask(self, oids: Sequence[str]) -> None:
        try:
            self._requests.write("".join(f"{oid}\n" for oid in oids).encode())
            self._requests.flush()
        except BrokenPipeError:
            return  # git died: reading its answers tells where

    def close(self) -> None:
        """End git; `complaint` then says what it complained of."""
        self._git.kill()  # it may wait for us, and has nothing to put away
        self._answers.close()
        with suppress(BrokenPipeError):  # it ended before it was told to
            self._requests.close()
        self._git.wait()
        self._errors.seek(0)
        self.complaint = (
            self._errors.read(4096).decode("utf-8", "replace").strip().partition("\n")[0] or "git ended early"
        )
        self._errors.close()


def scratch() -> IO[bytes]:
    """Return a file without a name: in memory where the system has that, else in the temporary folder."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("stanch"), "w+b")
    import tempfile

    return tempfile.TemporaryFile()  # the caller closes it


def _widen(pipe: IO[bytes]) -> None:
    """Let a pipe hold a megabyte, so that git and we wait for each other less; a kernel may refuse."""
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 1 << 20)


atexit.register(CatFile.close_current)


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
