"""Where candidates stand in their target: judged candidates in, detections out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator

from stanch import allows
from stanch.archives.trouble import BOUND
from stanch.collisions import Judged
from stanch.model import Chunk, Confidence, Detection, Fault, Location, Surface, UnusedAllow
from stanch.values import replace

_NEAR = 8_192
"""How much of a content, at its head and around the first sure candidate, is asked where it runs, in bytes."""


def allow(chunk: Chunk, item: Judged) -> allows.Allow | None:
    """Return the comment that allows a candidate. For what stands in a layer, the outer text counts."""
    return allows.find(chunk.data, item.start, item.end, item.rule.id)


def explained(chunk: Chunk, judged: list[Judged]) -> tuple[list[Judged], list[UnusedAllow]]:
    """Return the candidates with who allowed them, and the allows of a worktree's file that allow none."""
    starts = [item.start for item in judged]
    used: set[int] = set()
    marked: list[Judged] = []
    for item in judged:
        by = None if item.dropped else allow(chunk, item)
        if by:
            used.add(by.start)
            following = bisect_right(starts, by.start)
            until = starts[following] if following < len(starts) else len(chunk.data)
            if following and judged[following - 1].end > by.start:
                until = by.start  # a secret goes on behind the marker
            item = replace(item, dropped=allows.explained(chunk.data, by, until), allowed=True)
        marked.append(item)
    origin = chunk.origin
    if origin.path is None or origin.blob is not None or origin.surface is not Surface.BLOB:
        return marked, []
    own = (span for span in allows.markers(chunk.data) if chunk.first <= span[0] < chunk.last and span[0] not in used)
    return marked, [UnusedAllow(place) for place in _places(chunk, ((*span, ()) for span in own))]


def located(chunk: Chunk, judged: list[Judged]) -> Iterator[Detection]:
    """Yield the detections that candidates make."""
    from stanch import scoring
    from stanch.runtimes import runtime

    data = chunk.data
    sure = next((item for item in judged if item.score >= scoring.CUTS[Confidence.MEDIUM]), None)
    where = runtime(data[:_NEAR] + data[max(0, sure.start - _NEAR) : sure.end + _NEAR]) if sure else None
    places = _places(chunk, ((item.start, item.end, item.layers) for item in judged))
    for item, place in zip(judged, places, strict=True):
        yield Detection(
            item.rule.id, item.candidate.secret, item.score, place, item.candidate.quoted, where, item.dropped,
            item.rivals, item.allowed, item.beside, around=item.candidate.around,
        )  # fmt: skip


def _places(chunk: Chunk, spans: Iterable[tuple[int, int, tuple[str, ...]]]) -> Iterator[Location]:
    """Yield where spans, with their layers, are: lines and columns are counted once from each to the next."""
    data, line, line_start, position = chunk.data, chunk.line, 1 - chunk.column, 0
    for start, end, layers in spans:
        line += data.count(b"\n", position, start)
        line_start = _line_start(data, start, line_start)
        position = start
        inside = data.count(b"\n", start, end - 1)
        last_start = _line_start(data, end - 1, line_start)
        yield Location(
            chunk.origin.target,
            chunk.origin.path,
            line,
            start - line_start + 1,
            line + inside,
            end - last_start,
            chunk.origin.surface,
            (*chunk.layers, *layers),
            chunk.origin.blob,
        )


def _line_start(data: bytes, position: int, otherwise: int) -> int:
    """Return where the line of `position` begins; `otherwise` when that is before the data."""
    newline = data.rfind(b"\n", 0, position)
    return newline + 1 if newline >= 0 else otherwise


def unread(chunk: Chunk, way: str) -> Fault:
    """Return the fault for a layer that is too large to be read; `way` leads to it."""
    detail = f"{chunk.origin.name}: {way} in encoded text expands to too much; the rest is not scanned"
    return Fault(chunk.origin.target, BOUND, detail, chunk.origin.blob)
