"""Standard input, the environment, and the message of a commit that is being made."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping

from stanch.model import Chunk, Fault, Origin, Shard, Surface
from stanch.sources import WINDOW, archived, halves, windows
from stanch.values import dataclass, field


@dataclass(frozen=True, slots=True)
class Stdin:
    """Standard input, read in this process as it comes."""

    archives: bool = True

    def shards(self) -> Iterator[Shard | Fault]:
        """Yield one shard."""
        yield StdinShard(archives=self.archives)


@dataclass(frozen=True, slots=True)
class StdinShard:
    """The whole of standard input; it can only be read by the process that was given it, and only once."""

    weight: int = 0
    archives: bool = True
    """Is an archive opened?"""
    local = True

    def chunks(self) -> archived.Contents:
        """Yield standard input in windows, or what lies in it."""
        if sys.stdin is None:
            yield Fault("-", "unreadable", "standard input: it is closed")
            return
        read = archived.flowing if self.archives else windows
        try:
            yield from read(_read, sys.maxsize, Origin("-", None))
        except OSError as error:
            yield Fault("-", "unreadable", f"standard input: {error.strerror}")

    def origins(self) -> tuple[Origin, ...]:
        """Return the one place."""
        return (Origin("-"),)

    def split(self) -> tuple[Shard, ...]:
        """Return nothing: what was read is gone."""
        return ()


def _read(size: int) -> bytes:
    return sys.stdin.buffer.read(min(size, WINDOW))


@dataclass(frozen=True, slots=True)
class Environment:
    """Variables, each one line `NAME=value` whose path is the name."""

    variables: Mapping[str, str] = field(repr=False, default_factory=lambda: os.environ)

    def shards(self) -> Iterator[Shard | Fault]:
        """Yield one shard."""
        chunks = tuple(
            Chunk(Origin("env:", name, Surface.ENVIRONMENT), os.fsencode(f"{name}={value}"))
            for name, value in sorted(self.variables.items())
        )
        yield TextShard(chunks)


_SCISSORS = re.compile(rb"^.{1,8} -{24} >8 -{24}$", re.MULTILINE)
"""What `git commit --verbose` puts above the changes that it shows; git cuts the message off there."""


@dataclass(frozen=True, slots=True)
class Message:
    """The file that git lets its user write a commit's message into."""

    target: str
    path: str
    max_size: int | None = None

    def shards(self) -> Iterator[Shard | Fault]:
        """Yield one shard, or the fault that the file cannot be read."""
        try:
            with open(self.path, "rb") as file:
                text = file.read()
        except OSError as error:
            yield Fault(self.target, "unreadable", f"{self.path}: {error.strerror}")
            return
        cut = _SCISSORS.search(text)
        message = text[: cut.start()] if cut else text
        if self.max_size is not None and len(message) > self.max_size:
            yield Fault(self.target, "too-large", f"{self.path}: {len(message)} bytes")
            return
        yield TextShard((Chunk(Origin(self.target, self.path, Surface.COMMIT_MESSAGE), message),))


@dataclass(frozen=True, slots=True)
class TextShard:
    """Texts in hand."""

    texts: tuple[Chunk, ...] = field(repr=False)
    local = False

    @property
    def weight(self) -> int:
        """Return their size in bytes."""
        return sum(len(chunk.data) for chunk in self.texts)

    def chunks(self) -> Iterator[Chunk | Fault]:
        """Yield a chunk for each."""
        yield from self.texts

    def origins(self) -> tuple[Origin, ...]:
        """Return where they come from."""
        return tuple(chunk.origin for chunk in self.texts)

    def split(self) -> tuple[TextShard, ...]:
        """Return the halves."""
        return tuple(TextShard(half) for half in halves(self.texts))
