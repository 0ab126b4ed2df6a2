"""One scan, from targets to a result: sources, pool, engine, provenance, findings."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from stanch import __version__, pool, stopping
from stanch.acceptance import Acceptance, accepted
from stanch.engine import Engine
from stanch.engines import Build
from stanch.errors import UsageError, where
from stanch.model import Confidence, Detection, Fault, Finding, Location, Result, Sealed, Shard, Stats, UnusedAllow
from stanch.options import Options
from stanch.report.place import spot
from stanch.rules import Ruleset
from stanch.sources import Remote, Source
from stanch.sources.git import Repository, discover
from stanch.sources.git.cat_file import close
from stanch.sources.git.history import REACHABLE, History, resolved
from stanch.sources.git.index import Indexed, staged
from stanch.stopping import Stopped
from stanch.values import dataclass, field, replace

if TYPE_CHECKING:
    from stanch.context import Look
    from stanch.incremental import Incremental
    from stanch.provenance import Provenance

GRACE = 0.5
"""Seconds that a scan which was stopped has to find out where its findings come from."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a scan is."""

    blobs: int
    bytes: int
    total: int
    """Bytes of work known of so far."""
    found: int


@dataclass
class Scan:
    """A scan of `options.targets` with `ruleset`. `notes` are words for the user, apart from the report."""

    ruleset: Ruleset
    options: Options
    acceptances: Sequence[Acceptance] = ()
    watch: Callable[[Progress], None] = lambda _: None
    part: Source | None = None
    """What is scanned instead of the targets; its findings get their commits when it is a history."""
    named: Mapping[str, Source] = field(default_factory=dict)
    """What targets mean that are no paths, by their names."""
    engines: dict[str, Engine] = field(default_factory=dict)
    """Engines by their prefilter, made when they are missing: scans with the same rules and options may share them."""
    contexts: bool = False
    """Is the line around each secret wanted, masked?"""
    look: Look | None = None
    """What looks for secrets in those lines, made when it is missing; it may be shared as engines are."""
    notes: list[str] = field(default_factory=list)
    stopped: bool = False
    """Did a signal or the time limit end it?"""
    _repositories: dict[str, Repository] = field(default_factory=dict)
    _memory: Incremental | None = None
    _detections: list[Detection] = field(default_factory=list, repr=False)
    _faults: dict[Fault, None] = field(default_factory=dict)
    _sealed: dict[Sealed, None] = field(default_factory=dict)
    _blobs: int = 0
    _bytes: int = 0
    _weight: int = 0

    def run(self) -> Result:
        """Scan everything, and return all that was found and all that could not be scanned.

        A signal or the time limit stops it: then that is a fault, and the rest is what was found by then.
        Raises UsageError for a target or revision that does not exist, before anything is scanned.
        """
        with stopping.held():
            try:
                return self._run(time.monotonic())
            finally:
                close()  # what git was given to look at: the next scan looks anew

    def _run(self, began: float) -> Result:
        memory = self._memory = self._remembered()
        build = Build(self.ruleset, self.options, self.engines)
        secrets = self.options.secrets or self.contexts or any(acceptance.by_secret for acceptance in self.acceptances)
        with stopping.phase(self.options.timeout):
            sources = self._looked()
            if memory and not self._repositories and not self.stopped:
                raise UsageError("--incremental is about git repositories, and no target is the root of one")
            last = memory.unchanged(self.options.targets) if memory and not secrets and not self.stopped else None
            if last is None and not self.stopped:
                self._scan(sources, build)
        if last:
            self.notes.append("nothing has changed since the last scan: what it found is reported again")
            result = replace(last, stats=Stats(seconds=round(time.monotonic() - began, 3)))
        else:
            for _, source in sources:
                if isinstance(source, (Indexed, Remote)):
                    self._detections = list(source.everywhere(self._detections))
            self._join()
            result = self._around_secrets(self._result(build, began))
            for remote in [source for _, source in sources if isinstance(source, Remote)]:
                result = remote.concluded(result)
                self.notes += remote.notes
            try:
                if memory:
                    memory.close(result, self._detections)
            except UsageError as error:  # a full disk must not cost what was found
                fault = Fault(self.options.targets[0], "not-kept", str(error))
                result = replace(result, faults=(*result.faults, fault))
        if memory:
            self.notes += memory.notes
        standing = self._standing(result.findings, full=self._leaves_out_nothing and result.complete)
        return replace(result, findings=tuple(standing))

    @property
    def places(self) -> list[Location]:
        """Where something was found, before it was judged who has accepted it."""
        return [detection.location for detection in self._detections]

    def _looked(self) -> list[tuple[str, Source]]:
        """Return what there is to scan, each with its target; nothing when it was time to stop already."""
        try:
            return stopping.interruptibly(lambda: list(self._all_sources()))
        except Stopped:
            self._stop()
            return []

    def _scan(self, sources: list[tuple[str, Source]], build: Build) -> None:
        """Scan until all is scanned, or it is time to stop."""
        try:
            for outcome in pool.run(self._shards(sources), build, self.options.jobs):
                self._blobs, self._bytes = self._blobs + outcome.blobs, self._bytes + outcome.bytes
                for item in outcome.found:
                    if isinstance(item, Fault):
                        self._faults[item] = None
                    elif isinstance(item, Sealed):
                        self._sealed[item] = None
                    elif isinstance(item, UnusedAllow):
                        self.notes.append(f"{spot(item.location)}: this stanch:allow allows nothing")
                    else:
                        self._detections.append(item)
                self.watch(Progress(self._blobs, self._bytes, self._weight, len(self._detections)))
        except Stopped:
            self._stop()
        except UsageError:
            raise
        except Exception as error:  # what was found by then is not lost
            self._faults[Fault(self.options.targets[0], "internal-error", where(error))] = None
        else:
            if self.options.revisions is not None and not self._blobs:
                self.notes.append(f"{self.options.revisions} holds no commits: are its ends the right way round?")

    def _join(self) -> None:
        """Make one of each id and its secret; then what may have been a part of a pair, and is not, is let go."""
        if not self._detections:
            return
        from stanch import pairing, scoring  # a clean hook does not pay for importing them

        least, explain = scoring.CUTS[self.options.min_confidence], self.options.explain
        found = pairing.joined(self._detections, pairing.Pairs(self.ruleset), explain=explain)
        self._detections = [item for item in found if item.score >= least or explain]

    def _result(self, build: Build, began: float) -> Result:
        """Return what was found, accepted findings too, with where it comes from."""
        self._note_sealed(list(self._sealed))
        with stopping.phase(self._left(began)):
            traced = self._traced()
        return Result(
            self._collected(traced),
            tuple(self._faults),
            Stats(self._blobs, self._bytes, round(time.monotonic() - began, 3)),
            build.engine or self.options.engine,
            f"sha256:{self.ruleset.digest}",
            len(self.ruleset),
            __version__,
        )

    def _around_secrets(self, result: Result) -> Result:
        """Return the result with the lines around its secrets, where they are wanted and there is time."""
        if self.contexts and result.findings:
            from stanch.context import looking, reader, told

            self.look = self.look or looking(self.ruleset)
            with suppress(Stopped), stopping.phase(GRACE if self.stopped else None):  # a scan that stops says so
                return stopping.interruptibly(told, result, reader(self._repositories), self.look)
        return result

    def _stop(self) -> None:
        """Note why the scan ends before its end."""
        self.stopped = True
        number = stopping.received()
        if number:
            fault = Fault(self.options.targets[0], "interrupted", f"stopped by {signal.Signals(number).name}")
        else:
            fault = Fault(self.options.targets[0], "timeout", f"stopped after {self.options.timeout:g} seconds")
        self._faults[fault] = None

    def _left(self, began: float) -> float | None:
        """Return how many seconds there are for what comes after the scan."""
        if self.stopped or stopping.received():
            return GRACE
        limit = self.options.timeout
        return None if limit is None else max(began + limit - time.monotonic(), GRACE)

    def _note_sealed(self, sealed: list[Sealed]) -> None:
        if sealed:
            named = ", ".join(item.name for item in sealed[:3])
            more = f" and {len(sealed) - 3:,} more" if len(sealed) > 3 else ""
            self.notes.append(f"{named}{more}: encrypted members are not scanned")

    @property
    def _leaves_out_nothing(self) -> bool:
        """False where the user asked for a part: then what was not looked at would seem stale in a baseline."""
        asked = self.options
        part = asked.staged or asked.revisions is not None or asked.history is False or asked.reachable_only
        return not part and self.part is None and asked.archives and asked.min_confidence is not Confidence.HIGH

    def _remembered(self) -> Incremental | None:
        """Return what earlier scans with the same rules and options have left; None when that is not wanted."""
        options = self.options
        if options.incremental is None:
            return None
        if options.staged or options.revisions is not None or options.history is False:
            raise UsageError("--incremental is about a whole history; --staged, --range, --since, --no-history are not")
        from stanch.incremental import Incremental

        apart = replace(options, incremental=None, secrets=False, jobs=0, engine="", timeout=None)
        return Incremental(options.incremental, f"{__version__} {self.ruleset.digest} {apart}")

    def _collected(self, traced: Mapping[str, Provenance]) -> tuple[Finding, ...]:
        if not self._detections:
            return ()
        from stanch.findings import collect  # a clean hook does not pay for importing it

        return tuple(collect(self._detections, self.ruleset.by_id, traced, self.options.min_confidence))

    def _standing(self, findings: Sequence[Finding], *, full: bool) -> list[Finding]:
        """Return the findings that nobody has accepted; in an explained scan the others too, with their reason."""
        standing, aside = accepted(findings, self.acceptances)
        if aside and not self.options.explain:
            noun = "1 finding is" if len(aside) == 1 else f"{len(aside):,} findings are"
            self.notes.append(f"{noun} accepted and not reported; --explain lists them")
        if full:
            self.notes += [line for acceptance in self.acceptances for line in acceptance.stale()]
        return standing + aside if self.options.explain else standing

    def _shards(self, sources: list[tuple[str, Source]]) -> Iterator[Shard | Fault]:
        """Yield all work. A source that fails where others were listed before it is a fault, and those are scanned."""
        for target, source in sources:
            try:
                for shard in source.shards():
                    self._weight += 0 if isinstance(shard, Fault) else shard.weight
                    yield shard
            except UsageError as error:
                if not self._weight:
                    raise
                yield Fault(target, "cloud-failed" if isinstance(source, Remote) else "git-failed", str(error))
            except Exception as error:
                yield Fault(target, "internal-error", f"listing: {where(error)}")

    def _all_sources(self) -> Iterator[tuple[str, Source]]:
        for target in self.options.targets if self.part is None else ():
            yield from ((target, source) for source in self._sources(target))
        if isinstance(self.part, History):
            self._repositories[self.part.repository.target] = self.part.repository
        if self.part is not None:
            yield self.options.targets[0], self.part
        for repository in self._repositories.values():
            _ = repository.view  # made before there are workers: one that is killed leaves none behind

    def _sources(self, target: str) -> Iterator[Source]:
        """Yield what a target on the command line means."""
        options = self.options
        part = options.staged or options.revisions is not None
        if target in self.named:
            yield self.named[target]
        elif target in ("-", "env:"):
            if part:
                raise UsageError(f"{target}: --staged, --range and --since are about a git repository")
            from stanch.sources.text import Environment, Stdin

            yield Stdin(options.archives) if target == "-" else Environment()
        elif not os.path.lexists(target):
            raise UsageError(f"{target}: no such file or folder")
        elif options.staged:
            yield staged(self._around(target), options.max_size)
        elif options.revisions is not None:
            repository = self._around(target)
            yield History(repository, resolved(repository, options.revisions), options.max_size)
        else:
            yield from self._path(target)

    def _around(self, target: str) -> Repository:
        """Return the repository around a folder, under the name of its root: what is found there has paths from it."""
        repository = discover(target, parents=True) if os.path.isdir(target) else None
        if repository is None:
            raise UsageError(f"{target}: not a folder inside a git repository, whose index or commits could be scanned")
        if repository.cwd != Path(target).resolve():
            root = str(repository.cwd) if os.path.isabs(target) else os.path.relpath(repository.cwd)
            repository = replace(repository, target=root)
        repository = replace(repository, alternates=self.options.alternates, archives=self.options.archives)
        self._repositories[repository.target] = repository
        self._note_shallow(repository)
        return repository

    def _note_shallow(self, repository: Repository) -> None:
        if (repository.git_dir / "shallow").exists():
            self.notes.append(f"{repository.target}: a shallow clone; older history, and who began what, is not in it")

    def _path(self, target: str) -> Iterator[Source]:
        options, path = self.options, Path(target)
        repository = discover(target) if path.is_dir() else None
        if options.history and repository is None:
            raise UsageError(f"{target}: not the root of a git repository, so it has no history to scan")
        from stanch.sources.files import Files, named  # each source is imported when it is wanted

        if repository is None:
            yield named(target, path, options.max_size, archives=options.archives)
            return
        if repository.worktree is None and options.history is False:
            raise UsageError(f"{target}: a bare repository has nothing but history; leave out --no-history")
        repository = replace(repository, alternates=options.alternates, archives=options.archives)
        self._repositories[target] = repository
        self._note_shallow(repository)
        if repository.worktree is not None:
            listed, ignored = repository.worktree_files()
            if ignored:
                what = "1 file or folder" if ignored == 1 else f"{ignored} files or folders"
                self.notes.append(f"{target}: git ignores {what} here, not scanned; name one to scan it")
            yield Files(target, repository.worktree, options.max_size, listed, options.archives)
        if options.history is not False:
            known = self._memory.look(target, repository) if self._memory else None
            yield History(repository, REACHABLE if options.reachable_only else None, options.max_size, known)

    def _traced(self) -> Mapping[str, Provenance]:
        """Return where the objects of the detections come from, by target. What is staged comes from nowhere yet.

        Where that cannot be told it is a fault: findings stand without it.
        """
        traced: dict[str, Provenance] = {}
        if self.options.staged or not self._detections:
            return traced
        from stanch.provenance import Provenance, trace, wanted  # wanted only when there are findings

        for target, repository in self._repositories.items():
            sought = wanted(target, self._detections)
            traced[target] = Provenance()
            try:
                if sought:
                    traced[target] = stopping.interruptibly(trace, repository, sought)
            except Stopped:
                self._faults[Fault(target, "provenance", "paths and commits are not known: there was no time")] = None
            except Exception as error:
                self._faults[Fault(target, "provenance", f"paths and commits are not known: {where(error)}")] = None
            self._faults.update(dict.fromkeys(traced[target].faults))
        if stopping.must_stop():
            self._stop()
        return traced
