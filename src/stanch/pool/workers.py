"""Worker processes: each scans one shard at a time, and is replaced when it dies."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from multiprocessing.connection import wait
from typing import Any

from stanch.model import Fault, Shard
from stanch.pool import Build, Outcome, Scanner, work

PATIENCE = 2.0
"""Seconds that a worker at rest has to end by itself."""
WINDOW = 128
"""How many shards may be listed and not yet yielded: it bounds what waits for an earlier shard's answer."""

_FORKS = sys.platform == "linux"
_CONTEXT: Any = multiprocessing.get_context("fork" if _FORKS else "spawn")


class _Worker:
    """A process and the pipe to it."""

    def __init__(self, build: Build, weight: int, scanner: Scanner) -> None:
        self.pipe, theirs = _CONTEXT.Pipe()
        # A forked worker inherits the engine; a spawned one builds its own.
        inherited = scanner if _FORKS else None
        self.process = _CONTEXT.Process(target=_serve, args=(theirs, build, weight, inherited), daemon=True)
        self.process.start()
        theirs.close()
        self.task: int | None = None
        self.last = -1
        """Number of the shard that it had last."""

    def give(self, number: int, shard: Shard) -> None:
        """Send a shard to scan."""
        self.task = self.last = number
        self.pipe.send(shard)

    def stop(self) -> None:
        """End the process: one at rest is told to, and puts away what it has; one at work is killed."""
        if self.task is None:
            with suppress(OSError):  # it died a moment ago
                self.pipe.send(None)
                self.process.join(PATIENCE)
        self.pipe.close()
        self.process.kill()
        self.process.join()


def _serve(pipe: Any, build: Build, weight: int, scanner: Scanner | None) -> None:
    """Scan shards from the pipe until it closes."""
    _let_readers_fill()
    gc.freeze()  # what was inherited stays; looking through it again and again costs a tenth of the time
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    scanner = scanner or build(weight)
    try:
        while True:
            shard = pipe.recv()
            if shard is None:
                return
            pipe.send(work(shard, scanner))
    except (EOFError, BrokenPipeError):
        return  # the parent has no more work, or is gone


def _let_readers_fill() -> None:
    """Run without preempting others on wake-up: git then fills the pipe, and we read a megabyte rather than a file."""
    if hasattr(os, "SCHED_BATCH"):
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


class Workers:
    """A fixed number of workers, each replaced when it dies."""

    def __init__(self, jobs: int, build: Build, weight: int, scanner: Scanner) -> None:
        self._jobs = jobs
        self._given_to_each = (build, weight, scanner)
        self._workers: list[_Worker] = []
        self._waiting: dict[int, Shard] = {}
        self._done: dict[int, Outcome] = {}
        self._listed = self._given = 0

    def __enter__(self) -> Workers:
        self._workers = [_Worker(*self._given_to_each) for _ in range(self._jobs)]
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.stop()

    def map(self, shards: Iterable[Shard | Fault]) -> Iterator[Outcome]:
        """Yield outcomes in the shards' order; at most WINDOW of them are listed and not yet yielded."""
        source = enumerate(shards)
        following = 0
        while True:
            for worker in self._workers:
                if worker.task is None:
                    # Little is listed at first: the workers wait for it.
                    self._list(source, min(following + WINDOW, self._jobs + 4 * self._given))
                    if self._waiting:
                        number = self._choose(worker)
                        worker.give(number, self._waiting.pop(number))
                        self._given += 1
            while following in self._done:
                yield self._done.pop(following)
                following += 1
            busy = [worker for worker in self._workers if worker.task is not None]
            if not busy:
                return
            self._collect(busy)

    def _list(self, source: Iterator[tuple[int, Shard | Fault]], until: int) -> None:
        """Take shards from the source, up to the number `until`."""
        while self._listed < until and (entry := next(source, None)) is not None:
            number, shard = entry
            self._listed = number + 1
            if isinstance(shard, Fault):
                self._done[number] = Outcome((shard,))
            else:
                self._waiting[number] = shard

    def _choose(self, worker: _Worker) -> int:
        """Return the shard to give: the neighbour of the worker's last one, since it may share what that one needed.

        A worker without a neighbour begins in the middle of the longest stretch that nobody works towards.
        """
        if worker.last + 1 in self._waiting:
            return worker.last + 1
        stretches: list[list[int]] = []
        for number in sorted(self._waiting):
            if stretches and stretches[-1][-1] == number - 1:
                stretches[-1].append(number)
            else:
                stretches.append([number])
        longest = max(stretches, key=len)
        taken = any(other.task == longest[0] - 1 for other in self._workers)
        return longest[len(longest) // 2 if taken else 0]

    def _collect(self, busy: list[_Worker]) -> None:
        """Wait for an answer, or a death."""
        by_pipe = {worker.pipe: worker for worker in busy}
        for pipe in wait(list(by_pipe)):
            worker = by_pipe[pipe]
            assert worker.task is not None  # noqa: S101  # busy means it has one
            try:
                self._done[worker.task] = worker.pipe.recv()
            except (EOFError, OSError):
                worker.process.join()
                lost = Fault("", "worker-died", f"exit status {worker.process.exitcode}; a shard was not scanned")
                self._done[worker.task] = Outcome((lost,))
                self._workers[self._workers.index(worker)] = _Worker(*self._given_to_each)
            worker.task = None
