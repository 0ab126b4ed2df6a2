"""What is read around a line, or whatever the prefilter says: by the format that a content has."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator

from stanch import readers
from stanch.engine.memory import Line, Part
from stanch.model import Batch, Chunk, Surface
from stanch.readers import LARGEST, Reading, Spans, formats
from stanch.readers.formats import Format


def reading(chunk: Chunk) -> Reading | None:
    """Return what reads a whole content, or None: then its lines are all that is read."""
    if chunk.offset or not chunk.final or len(chunk.data) > LARGEST or chunk.origin.surface is not Surface.BLOB:
        return None
    format = formats.of(chunk.path, chunk.data)
    return Reading(format, chunk.data, close=chunk.path is None) if format else None


def reading_inside(data: bytes) -> Reading | None:
    """Return what reads a text from a layer, by how it begins."""
    format = formats.by_beginning(data[: formats.HEAD]) if len(data) <= LARGEST else None
    return Reading(format, data, close=False) if format else None


class Leads:
    """Does a line of a batch lead to more than it says itself, so that its content must be read?"""

    def __init__(self, batch: Batch, part: Callable[[Format, bytes, int, Spans], Part]) -> None:
        """`part` tells what a format's reader makes of a text, so many layers deep, at a place in it."""
        self._batch = batch
        self._part = part
        self._formats: dict[int, Format | None] = {}

    def __call__(self, first: int, line: Line) -> bool:
        """Tell so of a line that begins at `first`."""
        batch = self._batch
        number = max(bisect_right(batch.starts, first) - 1, 0)
        start = batch.starts[number]
        end = batch.starts[number + 1] - 1 if number + 1 < len(batch.starts) else len(batch.data)
        path = batch.paths[number] if batch.paths else None
        if path is None and not (line.open or line.hidden):
            return False
        if number not in self._formats:
            self._formats[number] = formats.of(path, batch.data[start : min(end, start + formats.HEAD)])
        format = self._formats[number]
        if format is None or not line.is_for(format, close=path is None):
            return False
        if path is not None or format.always:
            return True
        begin, _, stop = readers.around(batch.data, first, first + line.length, *readers.CLOSE)
        if format.code and not line.open and not readers.holds_literal(batch.data, begin, stop):
            return False
        begin = max(begin, start)
        near = ((first - begin, first - begin + line.length),)
        return bool(self._part(format, batch.data[begin : min(stop, end)], 0, near).judged)


def asked(batch: Batch) -> Iterator[int]:
    """Yield which contents are read whatever the prefilter says: credential files by their path, or by their bytes."""
    for part, path in enumerate(batch.paths):
        format = formats.by_path(path) if path else None
        if format and format.always:
            yield part
    for part, start in enumerate(batch.starts):
        if formats.is_store(batch.data, start):
            yield part
