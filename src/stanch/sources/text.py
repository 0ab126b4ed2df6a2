"""Standard input and the environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from stanch.model import Chunk, Fault, Origin, Shard, Surface
from stanch.sources import WINDOW, windows


@dataclass(frozen=True, slots=True)
class Stdin:
    """Standard input, read in this process as it comes."""

    def shards(self) -> Iterator[Shard | Fault]:
        """Yield one shard."""
        yield StdinShard()


@dataclass(frozen=True, slots=True)
class StdinShard:
    """The whole of standard input; it can only be read by the process that was given it."""

    weight: int = 0

    def chunks(self) -> Iterator[Chunk | Fault]:
        """Yield standard input in windows."""
        try:
            yield from windows(_read, sys.maxsize, Origin("-", None))
        except OSError as error:
            yield Fault("-", "unreadable", f"standard input: {error.strerror}")


def _read(size: int) -> bytes:
    return sys.stdin.buffer.read(min(size, WINDOW))


@dataclass(frozen=True, slots=True)
class Environment:
    """Variables, each one line `NAME=value` whose path is the name."""

    variables: Mapping[str, str] = field(repr=False, default_factory=lambda: os.environ)

    def shards(self) -> Iterator[Shard | Fault]:
        """Yield one shard."""
        pairs = tuple((name, os.fsencode(f"{name}={value}")) for name, value in sorted(self.variables.items()))
        yield EnvironmentShard(pairs, sum(len(line) for _, line in pairs))


@dataclass(frozen=True, slots=True)
class EnvironmentShard:
    """Variables in hand."""

    lines: tuple[tuple[str, bytes], ...] = field(repr=False)
    weight: int

    def chunks(self) -> Iterator[Chunk | Fault]:
        """Yield a chunk for each variable."""
        for name, line in self.lines:
            yield Chunk(Origin("env:", name, Surface.ENVIRONMENT), line)
