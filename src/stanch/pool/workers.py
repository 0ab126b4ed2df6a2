"""Worker processes: each scans one shard at a time, and is replaced when it dies or answers no more."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from multiprocessing.connection import wait

from stanch import stopping
from stanch.model import Fault, Shard
from stanch.pool import Build, Outcome, Scanner, work
from stanch.pool.process import Process
from stanch.stopping import Stopped
from stanch.values import dataclass

PATIENCE = 2.0
"""Seconds that the workers at rest have to end by themselves."""
HASTE = 0.3
"""The same when the scan was stopped."""
WINDOW = 128
"""How many shards may be listed and not yet yielded: it bounds what waits for an earlier shard's answer."""
SLOW = 300.0, 2e-5
"""Seconds after which a worker is taken to hang: so many, and so many for each byte of its shard."""
LONGEST_WAIT = 3_600.0
"""Seconds; the system's own limit is 24 days."""
FALSE_STARTS = 3
"""After so many workers that ended before they were ready there are no new ones."""
DEATHS = 500
"""After so many deaths a shard that kills its worker is not tried again: something is wrong beyond some contents."""

Key = tuple[int, ...]
"""Number of a shard; of a part of one, that of the shard and then its own. They sort in the order of the content."""


class _Worker(Process):
    """A process that scans shards."""

    def __init__(self, build: Build, weight: int, scanner: Scanner, others: Sequence[_Worker]) -> None:
        super().__init__(_Making(build, weight), partial(work, scanner=scanner), others)
        self.task: tuple[Key, Shard] | None = None
        self.until = 0.0
        """When it is taken to hang."""
        self.last = -1
        """Number of the shard that it had last."""

    def give(self, key: Key, shard: Shard) -> None:
        """Send a shard to scan."""
        self.last = key[0]
        self.until = time.monotonic() + SLOW[0] + SLOW[1] * shard.weight
        self.send(shard)
        self.task = key, shard

    def dismiss(self) -> None:
        """Tell a worker at rest to put away what it has, and end."""
        if self.task is None:
            super().dismiss()


@dataclass(frozen=True, slots=True)
class _Making:
    """Makes what a spawned worker does with shards."""

    build: Build
    weight: int

    def __call__(self) -> Callable[[Shard], Outcome]:
        return partial(work, scanner=self.build(self.weight))


class Workers:
    """A number of workers, each replaced when it dies.

    What a dead one had in hand is scanned again, in halves: so what kills workers is found, and it alone is lost.
    """

    def __init__(self, jobs: int, build: Build, weight: int, scanner: Scanner) -> None:
        self._jobs = jobs
        self._given_to_each = (build, weight, scanner)
        self._scanner = scanner
        self._workers: list[_Worker] = []
        self._waiting: dict[Key, Shard] = {}
        self._done: dict[Key, Outcome] = {}
        self._listed = self._given = self._deaths = self._false_starts = 0
        self._exhausted = False

    def __enter__(self) -> Workers:
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.dismiss()
        until = time.monotonic() + (HASTE if stopping.must_stop() else PATIENCE)
        for worker in self._workers:
            worker.end(0 if worker.task else max(until - time.monotonic(), 0))

    def map(self, shards: Iterable[Shard | Fault]) -> Iterator[Outcome]:
        """Yield outcomes in the shards' order; at most WINDOW shards are listed and not yet yielded.

        A shard that was tried again has several outcomes. Raises Stopped after all outcomes that there are by then.
        """
        source = enumerate(shards)
        try:
            while True:
                stopping.interruptibly(self._give, source)
                yield from self._in_order()
                if self._exhausted and not self._busy and not self._waiting:
                    return
                stopping.interruptibly(self._collect)
                self._replace()
        except Stopped:
            yield from (self._done.pop(key) for key in sorted(self._done))
            raise

    @property
    def _busy(self) -> list[_Worker]:
        return [worker for worker in self._workers if worker.task]

    @property
    def _first(self) -> Key | None:
        """The first in order of what is listed and not done."""
        return min([*self._waiting, *(worker.task[0] for worker in self._workers if worker.task)], default=None)

    def _in_order(self) -> Iterator[Outcome]:
        """Yield what is done and has nothing before it that is not."""
        first = self._first
        for key in sorted(self._done):
            if first is not None and key > first:
                return
            yield self._done.pop(key)

    def _give(self, source: Iterator[tuple[int, Shard | Fault]]) -> None:
        """Give every worker at rest a shard; where there are no workers, scan one here."""
        for worker in self._workers:
            if worker.task is None:
                self._list(source)
                if self._waiting:
                    key = self._choose(worker)
                    worker.give(key, self._waiting.pop(key))
                    self._given += 1
        if not self._workers:
            self._list(source)
            for key in sorted(self._waiting)[:1]:
                self._done[key] = work(self._waiting.pop(key), self._scanner)

    def _list(self, source: Iterator[tuple[int, Shard | Fault]]) -> None:
        """Take shards from the source: at first few, since the workers wait for them, but one that can be given."""
        first = self._first
        most = (first[0] if first else self._listed) + WINDOW
        while self._listed < most and (self._listed < self._jobs + 4 * self._given or not self._waiting):
            entry = next(source, None)
            if entry is None:
                self._exhausted = True
                return
            number, shard = entry
            self._listed = number + 1
            if isinstance(shard, Fault):
                self._done[number,] = Outcome((shard,))
            elif shard.local:
                self._done[number,] = work(shard, self._scanner)
            else:
                self._waiting[number,] = shard

    def _choose(self, worker: _Worker) -> Key:
        """Return the shard to give: the neighbour of the worker's last one, since it may share what that one needed.

        A worker without a neighbour begins in the middle of the longest stretch that nobody works towards. What is
        tried again goes first.
        """
        again = min((key for key in self._waiting if len(key) > 1), default=None)
        if again:
            return again
        if (worker.last + 1,) in self._waiting:
            return (worker.last + 1,)
        stretches: list[list[int]] = []
        for (number,) in sorted(self._waiting):
            if stretches and stretches[-1][-1] == number - 1:
                stretches[-1].append(number)
            else:
                stretches.append([number])
        longest = max(stretches, key=len)
        taken = any(other.task and other.task[0] == (longest[0] - 1,) for other in self._workers)
        return (longest[len(longest) // 2 if taken else 0],)

    def _collect(self) -> None:
        """Wait for an answer, a death, or too long."""
        busy = {worker.pipe: worker for worker in self._busy if not worker.lost}
        if not busy:
            return
        began = time.monotonic()
        patience = min(max(min(worker.until for worker in busy.values()) - began, 0), LONGEST_WAIT)
        for pipe in wait(list(busy), patience):
            worker = busy[pipe]  # type: ignore[index]  # what went in comes out
            outcome = worker.answer()
            if outcome is not None and worker.task:
                self._done[worker.task[0]] = outcome
                worker.task = None
                self._false_starts = 0
        # Who was stopped with Ctrl-Z, and we with them, did not hang.
        stopped = max(time.monotonic() - began - patience - 1, 0)
        for worker in busy.values():
            worker.until += stopped

    def _replace(self) -> None:
        """Put new workers in the place of those that died or hang."""
        now = time.monotonic()
        for worker in self._busy:
            hangs = now > worker.until
            if not hangs and not worker.lost:
                continue
            self._workers.remove(worker)
            how = worker.end(1 if worker.lost else 0)
            assert worker.task  # noqa: S101  # busy means it has one
            key, shard = worker.task
            if not worker.ready:
                self._false_starts += 1
                self._waiting[key] = shard
            elif hangs:
                self._again(key, shard, "worker-hung", "gave no answer any more")
            else:
                self._again(key, shard, "worker-died", f"ended with {how}")
        self._start()

    def _start(self) -> None:
        """Have as many workers as there are to be, unless they do not start: then those that there are, or none."""
        while len(self._workers) < self._jobs and self._false_starts < FALSE_STARTS:
            try:
                self._workers.append(_Worker(*self._given_to_each, self._workers))
            except OSError:  # no memory for another process, or too many
                self._false_starts += 1

    def _again(self, key: Key, shard: Shard, kind: str, said: str) -> None:
        """Have what a worker lost scanned once more, in parts; what is no longer divisible is lost."""
        self._deaths += 1
        parts: tuple[Shard, ...] = ()
        if self._deaths <= DEATHS:
            parts = shard.split() or ((shard,) if len(key) == 1 else ())
        for number, part in enumerate(parts):
            self._waiting[*key, number] = part
        if not parts:
            first, *others = shard.origins()
            name = f"{first.name} and {len(others)} more" if others else first.name
            self._done[key] = Outcome((Fault(first.target, kind, f"{name}: the worker {said}"),))
