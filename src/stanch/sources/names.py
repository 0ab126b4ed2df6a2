"""Names: of files, of folders, of refs. A secret may stand in one."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import accumulate

from stanch.model import Batch, Chunk, Origin, Surface
from stanch.sources import halves
from stanch.values import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Names:
    """Some names of one target; a shard of its own where nothing else is read of what they name."""

    target: str
    names: tuple[tuple[str, str | None], ...] = field(repr=False)
    """Each with the id of a git object that shows what leads to it, where there is one."""
    weight: int = 0
    local = False

    def chunks(self) -> Iterator[Batch]:
        """Yield the names."""
        yield batch(self.target, [(os.fsencode(name), oid) for name, oid in self.names])

    def origins(self) -> tuple[Origin, ...]:
        """Return where they stand."""
        return tuple(Origin(self.target, name, Surface.PATH, oid) for name, oid in self.names)

    def split(self) -> tuple[Names, ...]:
        """Return the halves."""
        return tuple(replace(self, names=half) for half in halves(self.names))


def batch(target: str, names: Sequence[tuple[bytes, str | None]]) -> Batch:
    """Return names as contents: a file's in a tree with the tree's id, a ref's with the id that it names."""
    starts = list(accumulate((len(name) + 1 for name, _ in names[:-1]), initial=0))

    def open_(part: int) -> Iterator[Chunk]:
        name, oid = names[part]
        yield Chunk(Origin(target, os.fsdecode(name), Surface.PATH, oid), name)

    return Batch(b"\n".join([name for name, _ in names]), starts, open_, names=True)
