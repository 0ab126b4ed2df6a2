"""One repository: asked, fetched, scanned, deleted. The same in a process of this machine and on a Dask worker."""

from __future__ import annotations

import errno
import hashlib
import os
import random
import time
from array import array
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from stanch import __version__, stopping
from stanch.acceptance import Acceptance
from stanch.context import Look
from stanch.engine import Engine
from stanch.errors import StanchError, where
from stanch.incremental import RESTATED
from stanch.model import Fault, Result, Stats, Surface
from stanch.options import Options
from stanch.report.veil import veiled
from stanch.rules import Ruleset
from stanch.scan import GRACE, Progress, Scan
from stanch.sources.git import Repository, discover
from stanch.sources.git.cat_file import close
from stanch.sources.git.history import REACHABLE, History
from stanch.stopping import Stopped
from stanch.sweep import clones
from stanch.sweep.clones import Access, CloneError, Refs
from stanch.sweep.credentials import VARIABLES, variables
from stanch.sweep.inplace import state
from stanch.sweep.model import Listed, Swept
from stanch.sweep.seen import Folder, Seen
from stanch.values import dataclass, field, replace

TRIES = 4
"""How often a repository is asked or fetched where the network fails."""
PAUSE = 2.0
"""Seconds before the second try; before each later one twice as many, and up to half as many again."""
_LONGEST_NAME = 200

Token = Callable[[Listed], tuple[str, str] | None]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Job:
    """What is the same for all repositories of a sweep; it pickles."""

    ruleset: Ruleset
    options: Options
    token: Token
    """What git is to be told for a repository's host; asked where the task runs, from the environment there."""
    work: Path
    """Where clones are made."""
    acceptances: Sequence[Acceptance] = ()
    keep: Path | None = None
    """Where they are kept for the next sweep."""
    seen: Path | None = None
    """The folder of the objects that were read, which workers of this machine share."""
    known: tuple[bytes, ...] = field(default=(), repr=False)
    """The same for workers elsewhere: as it was when the sweep began."""
    time_limit: float | None = None
    """Seconds for one repository."""
    authorities: bytes | None = field(default=None, repr=False)
    """Certificates that git is to trust beside the system's."""
    stall: int = clones.STALL
    pause: float = PAUSE
    secrets: bool = False
    """Are the secrets themselves wanted?"""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done with one repository."""

    listed: Listed
    before: str | None = None
    """The state of its last complete scan under the same setting; None to scan it whatever its state."""
    room: int | None = None
    """Bytes that its clone may take."""
    known: bytes = field(default=b"", repr=False)
    """Ids that its source held, for workers who do not share the folder."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it."""

    swept: Swept
    read: bytes = field(default=b"", repr=False)
    """The first eight bytes of the ids that were read and held nothing, in ascending order."""


class Sweeper:
    """Does tasks, one after the other; the engine is loaded with the first one and stays."""

    def __init__(self, job: Job, ended: Callable[[], bool] | None = None) -> None:
        """`ended` is asked now and then whether the sweep has ended; by default the parent's end tells that."""
        self.job = job
        self._ended = ended
        self._engines: dict[str, Engine] = {}
        self._look_around: Look | None = None
        self._folder = Folder(job.seen) if job.seen else None
        self._known = [memoryview(known).cast("Q") for known in job.known]
        self._read: list[array[int]] = []
        self._parent = os.getppid()
        self._trusted: Path | None = None

    def __call__(self, task: Task) -> Outcome:
        """Return what became of a repository. It raises nothing: what goes wrong is a fault."""
        began = time.monotonic()
        try:
            outcome = self._swept(task, None if self.job.time_limit is None else began + self.job.time_limit)
        except CloneError as error:
            outcome = _failed(task, error.kind, str(error))
        except (StanchError, OSError) as error:
            full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
            kind = "disk-full" if full or "No space left" in str(error) else "git-failed"
            said = clones.cleaned(str(error)) if isinstance(error, StanchError) else error.strerror or where(error)
            outcome = _failed(task, kind, said)
        except MemoryError as error:
            outcome = _failed(task, "out-of-memory", where(error))
        except Stopped:
            outcome = _failed(task, "timeout", "stopped at the time limit")
        except Exception as error:
            outcome = _failed(task, "internal-error", where(error))
        finally:
            close()
        return replace(outcome, swept=replace(outcome.swept, seconds=round(time.monotonic() - began, 3)))

    def _swept(self, task: Task, until: float | None) -> Outcome:
        listed = task.listed
        if listed.forge == "folder":
            return self._in_place(task, until)
        access = self._access(task, until)
        now = self._asked(listed, access, until)
        if task.before is not None and now.state == task.before:
            return Outcome(Swept(listed.name, now.state, None, unchanged=True))
        if now.empty:
            return Outcome(Swept(listed.name, now.state, self._nothing()))
        folder = self._place(listed)
        try:
            transferred = self._again(lambda: self._fetched(listed, folder, access, now.head), until)
            repository = discover(str(folder))
            if repository is None:
                raise CloneError("clone-failed", "git left no repository behind")
            kept = self.job.keep is not None
            outcome = self._scanned(task, repository, now.state, until, REACHABLE if kept else None)
        finally:
            if self.job.keep is None:
                clones.remove(folder)
        return replace(outcome, swept=replace(outcome.swept, transferred=transferred))

    def _access(self, task: Task, until: float | None) -> Access:
        home = self.job.work / "home"
        home.mkdir(mode=0o700, exist_ok=True)
        if self.job.authorities is not None and self._trusted is None:
            self._trusted = clones.trusted(self.job.work, self.job.authorities)
        token = self.job.token(task.listed)
        return Access(home, token, self._trusted, until, task.room, self.job.stall, self._is_left)

    def _asked(self, listed: Listed, access: Access, until: float | None) -> Refs:
        """Ask for the refs. Who is refused without a token is told which variable it is looked for in."""
        try:
            return self._again(lambda: clones.refs(listed, access), until)
        except CloneError as error:
            if error.kind in ("denied", "gone") and access.token is None and listed.forge in VARIABLES:
                raise CloneError(error.kind, f"{error}; is {variables(listed.forge)} set?") from error
            raise

    def _in_place(self, task: Task, until: float | None) -> Outcome:
        """Scan a repository of this machine where it is: nothing in it is changed, so there is no need for a clone."""
        found = discover(task.listed.url)
        if found is None:
            raise CloneError("gone", f"{task.listed.url}: no git repository any more")
        repository = replace(found, worktree=None, alternates=self.job.options.alternates)
        now = state(repository)
        if task.before is not None and now == task.before:
            return Outcome(Swept(task.listed.name, now, None, unchanged=True))
        return self._scanned(task, repository, now, until, None)

    def _scanned(
        self, task: Task, repository: Repository, now: str, until: float | None, revisions: tuple[str, ...] | None
    ) -> Outcome:
        name, asked = task.listed.name, self.job.options
        left = None if until is None else max(until - time.monotonic(), GRACE)
        options = replace(asked, targets=(name,), jobs=1, timeout=left, secrets=self.job.secrets)
        repository = replace(repository, target=name, alternates=asked.alternates, archives=asked.archives)
        seen = Seen(*self._folder.known() if self._folder else (), *self._known, *self._read, _ids(task.known))
        part = History(repository, revisions, asked.max_size, seen, pathless=True)
        running = Scan(self.job.ruleset, options, self.job.acceptances, self._look, part, engines=self._engines)
        running.contexts, running.look = True, self._look_around
        result = running.run()
        self._look_around = running.look
        if running.stopped:
            stopping.end_children()
        read = self._clean(running, repository, seen, result)
        if not self.job.secrets:
            result = veiled(result)
        return Outcome(Swept(name, now, result, bytes=result.stats.bytes), read.tobytes())

    def _clean(self, running: Scan, repository: Repository, seen: Seen, result: Result) -> array[int]:
        """Return the objects that were read and held nothing: those of a scan that broke off are not known."""
        if running.stopped or any(fault.kind not in RESTATED for fault in result.faults):
            return array("Q")
        held = {place.blob for place in running.places if place.blob}
        held |= {fault.blob for fault in result.faults if fault.blob}
        if any(place.surface is Surface.PATH for place in running.places):
            held |= _trees(repository)
        read = seen.read(held)
        if self._folder is None:
            self._read.append(read)
            if len(self._read) > 8:
                self._read = [array("Q", sorted({id for ids in self._read for id in ids}))]
        return read

    def _place(self, listed: Listed) -> Path:
        if self.job.keep is None:
            return self.job.work / f"{os.urandom(8).hex()}.git"
        name = quote(listed.name, safe="")
        if len(name) > _LONGEST_NAME:
            name = f"{name[:_LONGEST_NAME]}~{hashlib.sha256(listed.name.encode()).hexdigest()[:16]}"
        return self.job.keep / f"{name}.git"

    def _fetched(self, listed: Listed, folder: Path, access: Access, head: str | None) -> int:
        """Fetch what is new into a clone that was kept, else all; return its bytes on the disk."""
        if folder.exists():
            try:
                return clones.update(listed, folder, access, head)
            except CloneError as error:
                if error.kind != "clone-failed":
                    raise
                clones.remove(folder)  # an earlier sweep was killed in the midst of it
        return clones.clone(listed, folder, access)

    def _again(self, ask: Callable[[], T], until: float | None) -> T:
        """Return what `ask` returns; where the network fails, ask a few times, each later than the one before."""
        pause = self.job.pause
        for tries in range(1, TRIES + 1):
            try:
                return ask()
            except CloneError as error:
                wait = pause * (1 + random.random() / 2)  # noqa: S311  # so that not all come back at once
                late = until is not None and time.monotonic() + wait > until
                if error.kind != "network" or tries == TRIES or late or self._is_left():
                    raise
                time.sleep(wait)
                pause *= 2
        raise AssertionError("the last try returns or raises")

    def _is_left(self) -> bool:
        """Has the sweep that this worker belongs to ended?"""
        return self._ended() if self._ended else os.getppid() != self._parent

    def _look(self, _: Progress) -> None:
        """Leave a scan that nobody waits for any more."""
        if self._is_left():
            raise Stopped

    def _nothing(self) -> Result:
        ruleset = self.job.ruleset
        digest = f"sha256:{ruleset.digest}"
        return Result((), (), Stats(), self.job.options.engine, digest, len(ruleset), __version__)


def _failed(task: Task, kind: str, detail: str) -> Outcome:
    name = task.listed.name
    return Outcome(Swept(name, "", None, faults=(Fault(name, kind, detail),)))


def _ids(read: bytes) -> memoryview[int]:
    return memoryview(read).cast("Q")


def _trees(repository: Repository) -> set[str]:
    """Return all trees. A name that holds a secret is told for the first tree with it, and stands in many."""
    git = repository.start("cat-file", "--batch-check=%(objecttype) %(objectname)", "--batch-all-objects")
    lines = (line.decode().split() for line in git.records(b"\n"))
    return {oid for kind, oid in lines if kind == "tree"}
