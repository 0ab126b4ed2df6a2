"""Shards and scanners that misbehave as told."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from stanch import pool
from stanch.model import Batch, Chunk, Detection, Fault, Location, Origin
from stanch.sources import halves

MISHAPS: dict[bytes, Callable[[], object]] = {
    b"exit": lambda: os._exit(7),
    b"crash": lambda: (signal.signal(signal.SIGSEGV, signal.SIG_DFL), os.kill(os.getpid(), signal.SIGSEGV)),
    b"killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    b"hang": lambda: time.sleep(1_000),
    b"group": lambda: [os.kill(os.getpid(), number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)],
}
"""What a word does to the process that reads it."""


@dataclass(frozen=True)
class Words:
    """A shard of one content for each word."""

    words: tuple[bytes, ...]
    weight: int = 10
    once: Path | None = field(default=None)
    """Where it is noted that a word did what it does: it does so only once."""
    local = False

    def chunks(self) -> Iterator[Chunk | Batch | Fault]:
        """Yield the words."""
        for word in self.words:
            if word in MISHAPS and not (self.once and self.once.exists()):
                if self.once:
                    self.once.touch()
                MISHAPS[word]()
            yield Chunk(Origin("t", word.decode()), word)

    def origins(self) -> list[Origin]:
        """Return a place for each word."""
        return [Origin("t", word.decode()) for word in self.words]

    def split(self) -> tuple[Words, ...]:
        """Return the halves."""
        return tuple(replace(self, words=half) for half in halves(self.words))


class Echo:
    """A scanner that finds the content itself."""

    def scan(self, chunk: Chunk) -> list[Detection | Fault]:
        """Return the content."""
        return [Detection("r", chunk.data, 1.0, Location("t", chunk.origin.path, 1, 1, 1, len(chunk.data)))]

    def scan_batch(self, batch: Batch) -> list[Detection | Fault]:
        """Return each content of a batch."""
        return [item for part in range(len(batch.starts)) for chunk in batch.open(part) for item in self.scan(chunk)]


@dataclass
class Deadly:
    """A scanner that ends its process over a content that holds something."""

    scanner: pool.Scanner
    content: bytes

    def scan(self, chunk: Chunk) -> list[Detection | Fault]:
        """Return what stands in a chunk."""
        if self.content in chunk.data:
            os._exit(7)
        return self.scanner.scan(chunk)

    def scan_batch(self, batch: Batch) -> list[Detection | Fault]:
        """Return what stands in the contents of a batch."""
        return [item for part in range(len(batch.starts)) for chunk in batch.open(part) for item in self.scan(chunk)]


def build(_weight: int) -> pool.Scanner:
    """Make the scanner."""
    return Echo()


@dataclass(frozen=True)
class OnlyHere:
    """Makes a scanner in the process that it was made in, and ends any other."""

    process: int = field(default_factory=os.getpid)

    def __call__(self, weight: int) -> pool.Scanner:
        """Make the scanner."""
        if os.getpid() != self.process:
            os._exit(3)
        return Echo()


def words(number: int, *bad: bytes) -> tuple[bytes, ...]:
    """Return so many words, the bad ones among them at even distances."""
    good = [b"%03d" % position for position in range(number)]
    for turn, word in enumerate(bad, 1):
        good.insert(turn * number // (len(bad) + 1), word)
    return tuple(good)


def found(outcomes: Iterator[pool.Outcome]) -> list[bytes | Fault]:
    """Return what was found, in order."""
    return [item if isinstance(item, Fault) else item.secret for outcome in outcomes for item in outcome.found]
