"""The pool: spreads shards over processes and brings the answers back in the shards' order.

It starts processes only when there is work enough to pay for them; otherwise it is a plain loop. What fails costs
itself alone: a content that cannot be scanned, a shard that cannot be read, a worker that dies. Each is reported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import chain
from typing import Protocol

from stanch import stopping
from stanch.errors import where
from stanch.model import Batch, Chunk, Fault, Found, Origin, Sealed, Shard
from stanch.stopping import Stopped
from stanch.values import dataclass, field

WORTH = 24 << 20
"""Less work than this, in bytes of content, is done sooner than a second process starts."""


class Scanner(Protocol):
    """What a worker does with content: the engine."""

    def scan(self, chunk: Chunk) -> list[Found]:
        """Return what stands in a chunk."""

    def scan_batch(self, batch: Batch) -> list[Found]:
        """Return what stands in the contents of a batch."""


Build = Callable[[int], Scanner]
"""Makes a scanner, given how many bytes of work are known of."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one shard."""

    found: tuple[Found, ...] = field(repr=False)
    blobs: int = 0
    bytes: int = 0


def work(shard: Shard, scanner: Scanner) -> Outcome:
    """Scan one shard in this process; when it is stopped, as far as it got."""
    done = _Tally(scanner)
    with suppress(Stopped):  # the caller checks
        stopping.interruptibly(done.read, shard)
    return Outcome(tuple(done.found), done.blobs, done.bytes)


class _Tally:
    """What is found so far."""

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self.found: list[Found] = []
        self.blobs = self.bytes = 0

    def read(self, shard: Shard) -> None:
        """Scan a shard. Where reading it fails unforeseen, read its parts again, so that one item alone is lost."""
        before = len(self.found), self.blobs, self.bytes
        try:
            for content in shard.chunks():
                self._take(content)
        except Exception as error:
            parts = shard.split()
            if not parts:
                self.found.append(_failure(shard.origins()[0], error))
                return
            kept, self.blobs, self.bytes = before
            del self.found[kept:]
        else:
            return
        for part in parts:
            self.read(part)

    def _take(self, content: Chunk | Batch | Fault | Sealed) -> None:
        if isinstance(content, (Fault, Sealed)):
            self.found.append(content)
        elif isinstance(content, Chunk):
            self.blobs += content.final
            self.bytes += len(content.data)
            self.found.extend(self._scanned(content))
        else:
            if not content.names:
                self.blobs += len(content.starts)
                self.bytes += len(content.data)
            try:
                self.found.extend(self._scanner.scan_batch(content))
            except Exception:  # which content it was shows when each is scanned on its own
                for part in range(len(content.starts)):
                    for chunk in content.open(part):
                        self.found.extend(self._scanned(chunk))

    def _scanned(self, chunk: Chunk) -> list[Found]:
        try:
            return self._scanner.scan(chunk)
        except Exception as error:
            return [_failure(chunk.origin, error)]


def _failure(origin: Origin, error: Exception) -> Fault:
    """Return the fault for an error that nobody foresaw."""
    kind = "out-of-memory" if isinstance(error, MemoryError) else "internal-error"
    return Fault(origin.target, kind, f"{origin.name}: {where(error)}")


def run(shards: Iterable[Shard | Fault], build: Build, jobs: int) -> Iterator[Outcome]:
    """Yield the outcome of every shard, in order.

    `build` is called once the size of the work is known. With `jobs` above one
    it is called here, before processes are forked, so that they share what it made; where processes are
    spawned, each calls it again, and it must be picklable.
    Raises Stopped when it must end, after the outcomes that there are by then.
    """
    source = _listed(shards)
    first: list[Shard | Fault] = []
    weight = 0
    for shard in source:
        first.append(shard)
        weight += 0 if isinstance(shard, Fault) else shard.weight
        if weight >= WORTH:
            break
    scanner = stopping.interruptibly(build, weight)
    if jobs == 1 or weight < WORTH:
        for shard in chain(first, source):
            yield Outcome((shard,)) if isinstance(shard, Fault) else work(shard, scanner)
            stopping.check()
        return
    from stanch.pool.workers import Workers  # a hook does not pay for importing processes

    with Workers(jobs, build, weight, scanner) as workers:
        yield from workers.map(chain(first, source))


def _listed(shards: Iterable[Shard | Fault]) -> Iterator[Shard | Fault]:
    """Yield what `shards` yields; waiting for it can be interrupted."""
    source = iter(shards)
    while (shard := stopping.interruptibly(_following, source)) is not None:
        yield shard


def _following(source: Iterator[Shard | Fault]) -> Shard | Fault | None:
    return next(source, None)
