"""Candidates in layers: what stands in encoded text is judged like any other text, and placed in the outer one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from stanch import decode
from stanch.archives import suspected
from stanch.collisions import Judged
from stanch.decode import DEEPEST, Decoded
from stanch.readers import Assignment
from stanch.values import replace

Judge = Callable[[bytes, int], list[Judged]]
"""Judges a text that lies so many layers deep."""


class Peeling:
    """Peels layers off, and asks `judge` about what is in them."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self.unread: list[str] = []
        """What was not read since it is too much; whoever tells of it empties this."""

    def runs(self, data: bytes, anchors: Iterable[tuple[int, int]], depth: int) -> Iterator[tuple[int, Judged | None]]:
        """Yield the candidates in the encoded text around anchors, given by place and form, with the place.

        An anchor in what was decoded already leads there too.
        """
        lately: dict[tuple[str, int], Decoded] = {}
        for position, form in sorted(anchors) if depth < DEEPEST else ():
            if any(run.holds(position, form if form < 4 else 0) for run in lately.values()):
                yield position, None
                continue
            run = decode.around(data, position, form)
            if run is not None:
                lately[run.layer, run.pieces[0][0] % run.unit[1]] = run
                yield from ((position, item) for item in self._placed(run, depth))

    def _placed(self, run: Decoded, depth: int) -> Iterator[Judged]:
        for item in self.inside(run.data, depth + 1):
            start, end = run.outer(item.start, item.end)
            yield replace(item, start=start, end=end, layers=(run.layer, *item.layers))

    def inside(self, data: bytes, depth: int) -> Iterator[Judged]:
        """Yield the candidates in what came out of a layer: it may be UTF-16, or compressed."""
        if depth < DEEPEST and suspected(data):
            yield from self._unpacked(data, depth + 1)
        name = decode.utf16_name(data) if depth < DEEPEST else None
        if name is None:
            yield from self._judge(data, depth)
            return
        text = decode.utf8(data, name)
        for item in self._judge(text, depth + 1):
            start, end = (len(text[:place].decode("utf-8", "replace").encode(name)) for place in (item.start, item.end))
            yield replace(item, start=start, end=min(end, len(data)), layers=(name, *item.layers))

    def _unpacked(self, data: bytes, depth: int) -> Iterator[Judged]:
        from stanch.decode.packed import unpacked

        for layers, content in unpacked(data):
            if content is None:
                self.unread.append("!".join(layers))
                continue
            for item in self._judge(content, depth):
                yield replace(item, start=0, end=len(data), layers=(*layers, *item.layers))

    def unescaped(self, line: bytes, assigned: Sequence[Assignment], depth: int) -> Iterator[Judged]:
        """Yield the candidates on a line whose values hold escapes, as it reads without them."""
        from stanch.decode import escapes

        views: list[Decoded] = []
        for assignment in assigned if depth < DEEPEST else ():
            start = assignment.parts[0][0]
            kind = escapes.escapes_in(assignment.value)
            if kind is None or any(view.layer == kind[0] and view.holds(start, 0) for view in views):
                continue
            view = escapes.unescaped(line, start, kind)
            if view is not None:
                views.append(view)
                yield from self._placed(view, depth)
