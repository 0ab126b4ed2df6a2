"""Archives in a source: what lies in them as chunks of the outer content, what was not read as faults."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate, chain
from typing import TYPE_CHECKING

from stanch.archives import HEAD, PROGRAMS, TAIL, suspected
from stanch.model import Batch, Chunk, Fault, Origin, Sealed
from stanch.sources import BATCH, windows

if TYPE_CHECKING:
    from stanch.archives.stream import Content

MOST_FAULTS = 10
"""How many faults of a kind are named one by one for one outer content."""
_PIECE = 128 << 10

Contents = Iterator[Chunk | Batch | Fault | Sealed]


def in_file(descriptor: int, size: int, origin: Origin) -> Contents | None:
    """Return what lies in an open file of that size, or None when it is no archive. Reading may raise OSError."""

    def read(start: int, size: int) -> bytes:
        data = os.pread(descriptor, size, start)
        while 0 < len(data) < size and (more := os.pread(descriptor, size - len(data), start + len(data))):
            data += more
        return data

    head = read(0, HEAD)
    if head.startswith(PROGRAMS):
        head += read(max(HEAD, size - TAIL), TAIL)
    if not suspected(head):
        return None
    from stanch.archives.stream import Content

    return _chunks(Content(size, read), origin)


def in_memory(data: bytes, origin: Origin) -> Contents:
    """Yield what lies in an archive that is at hand."""
    from stanch.archives.stream import in_memory

    return _chunks(in_memory(data), origin)


def flowing(read: Callable[[int], bytes], size: int, origin: Origin) -> Contents:
    """Yield what lies in content that `read(n)` returns bit by bit; the content itself where it is no archive."""
    head = read(min(size, HEAD))
    if head.startswith(PROGRAMS) or suspected(head):
        yield from _chunks(chain((head,), iter(lambda: read(_PIECE), b"")), origin)
    else:
        yield from windows(_after(head, read), size, origin)


def _after(head: bytes, read: Callable[[int], bytes]) -> Callable[[int], bytes]:
    """Return `read` as it was before it returned `head`."""
    heads = [head]
    return lambda size: heads[0] + read(size - len(heads.pop())) if heads else read(size)


def _chunks(content: Content | Iterable[bytes], origin: Origin) -> Contents:
    """Yield what lies in `content`, small members together; and what was not read."""
    from stanch.archives.opening import SEALED, Unread, opened

    name = origin.path or origin.blob or "standard input"
    faults = Counter[str]()
    small: list[Chunk] = []
    weight, sealed = 0, False
    for item in opened(content):
        if isinstance(item, Unread):
            sealed = sealed or item.kind == SEALED
            faults[item.kind] += 1
            if item.kind != SEALED and faults[item.kind] <= MOST_FAULTS:
                detail = f"{name}{_inner(item.layers)}: {item.detail}"
                yield Fault(origin.target, item.kind, detail, origin.blob)
            continue
        data = item.stream.head(BATCH + 1)
        if len(data) > BATCH:
            yield from windows(item.stream.read, sys.maxsize, origin, item.layers)
            continue
        small.append(Chunk(origin, item.stream.read(BATCH), item.layers, line=item.line))
        weight += len(data)
        if weight > BATCH:
            yield _together(small)
            small, weight = [], 0
    if small:
        yield _together(small)
    for kind, number in faults.items():
        if kind != SEALED and number > MOST_FAULTS:
            yield Fault(origin.target, kind, f"{name}: and {number - MOST_FAULTS:,} more")
    if sealed:
        yield Sealed(origin.target, name)


def _inner(layers: tuple[str, ...]) -> str:
    return "".join(f"!{member}" for member in (layer.partition(":")[2] for layer in layers) if member)


def _together(chunks: list[Chunk]) -> Batch:
    starts = list(accumulate((len(chunk.data) + 1 for chunk in chunks[:-1]), initial=0))
    paths = [chunk.path for chunk in chunks]
    return Batch(b"\n".join([chunk.data for chunk in chunks]), starts, lambda part: (chunks[part],), paths=paths)
