"""The pool: spreads shards over processes and brings the answers back in the shards' order.

It starts processes only when there is work enough to pay for them; otherwise it is a plain loop. A worker that
dies is replaced; what it had in hand is reported as lost, never forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Protocol

from stanch.model import Batch, Chunk, Fault, Found, Shard
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
    """Scan one shard in this process."""
    found: list[Found] = []
    blobs = size = 0
    for content in shard.chunks():
        if isinstance(content, Batch):
            if not content.names:
                blobs += len(content.starts)
                size += len(content.data)
            found.extend(scanner.scan_batch(content))
        elif isinstance(content, Fault):
            found.append(content)
        else:
            blobs += content.final
            size += len(content.data)
            found.extend(scanner.scan(content))
    return Outcome(tuple(found), blobs, size)


def run(shards: Iterable[Shard | Fault], build: Build, jobs: int) -> Iterator[Outcome]:
    """Yield the outcome of every shard, in order.

    `build` is called once the size of the work is known. With `jobs` above one
    it is called here, before processes are forked, so that they share what it made; where processes are
    spawned, each calls it again, and it must be picklable.
    """
    source = iter(shards)
    first: list[Shard | Fault] = []
    weight = 0
    for shard in source:
        first.append(shard)
        weight += 0 if isinstance(shard, Fault) else shard.weight
        if weight >= WORTH:
            break
    scanner = build(weight)
    if jobs == 1 or weight < WORTH:
        for shard in chain(first, source):
            yield Outcome((shard,)) if isinstance(shard, Fault) else work(shard, scanner)
        return
    from stanch.pool.workers import Workers  # a hook does not pay for importing processes

    with Workers(jobs, build, weight, scanner) as workers:
        yield from workers.map(chain(first, source))
