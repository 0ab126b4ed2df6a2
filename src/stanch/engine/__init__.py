"""The engine: one chunk in, judged detections out."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence

from stanch import allows, decode, readers
from stanch.collisions import Judged, distinct
from stanch.engine import placing, regions
from stanch.engine.judging import Judging
from stanch.engine.memory import Line, Part
from stanch.model import Batch, Chunk, Confidence, Fault, Found, UnusedAllow
from stanch.pairing import Pairs
from stanch.peeling import Peeling
from stanch.prefilter import ENGINES, Probes
from stanch.readers import Reading, Spans
from stanch.readers.formats import Format
from stanch.readers.lines import (
    LONGEST_LINE,
    hides_value,
    is_pointed_at,
    is_unread,
    line_at,
    names_one,
    read,
    read_near,
    within_group,
)
from stanch.rules import Ruleset
from stanch.values import replace

MEMO = 100_000
"""How many distinct lines are remembered: history repeats the same line hundreds of times."""


WORTH = 0.02
"""What is less probable on its line alone is not looked at again in the light of its regions."""


class Engine:
    """Scans chunks with one ruleset and one prefilter.

    Its only state is a memory of the lines it has judged, so equal chunks give equal answers.
    """

    def __init__(
        self,
        ruleset: Ruleset,
        engine: str,
        *,
        least: Confidence = Confidence.LOW,
        explain: bool = False,
        ignore_allows: bool = False,
    ) -> None:
        """`engine` is a key of `prefilter.ENGINES`. What is surely under the confidence `least` is left out.

        `explain` keeps everything, and what filters and inline allows drop with their reasons. `ignore_allows`
        takes those as if they were not there.
        """
        self._least = least
        self._prefilter = ENGINES[engine](Probes(ruleset))
        self._explain = explain
        self._ignore_allows = ignore_allows
        self._ruleset = ruleset
        self._pairs = Pairs(ruleset)
        self._remembered: dict[tuple[int, bytes], Line] = {}
        self._parts: dict[tuple[int, str, Spans, bytes], Part] = {}
        self._peeling = Peeling(lambda data, depth: self._judge(data, depth, regions.reading_inside(data)))
        self._judging = Judging(ruleset, self._peeling, least=least, explain=explain)

    def scan(self, chunk: Chunk) -> list[Found]:
        """Return what stands in `chunk`, by position; a rule that takes too long is a fault, not a silence."""
        transcoded = decode.utf16(chunk.data)
        if transcoded:
            data, name = transcoded
            first, last = (len(decode.utf8(chunk.data[:place], name)) for place in (chunk.first, chunk.last))
            chunk = replace(chunk, data=data, layers=(*chunk.layers, name), first=first, last=last)
        try:
            judged = self._judge(chunk.data, depth=0, reading=regions.reading(chunk))
        except TimeoutError:
            return [Fault(chunk.origin.target, "timeout", f"{chunk.origin.name}: a rule's expression took too long")]
        finally:
            unread, self._peeling.unread = self._peeling.unread, []
        faults = [placing.unread(chunk, way) for way in dict.fromkeys(unread)]
        # The memory of lines knows nothing of allows: the line before, which may hold one, is no part of a line.
        unused: Sequence[UnusedAllow] = ()
        if self._explain and not self._ignore_allows:
            judged, unused = placing.explained(chunk, judged)
        own = [item for item in judged if chunk.first <= item.start < chunk.last and self._is_told(item)]
        if not self._explain and not self._ignore_allows:
            own = list(self._unallowed(chunk, own))
        return [*placing.located(chunk, own), *unused, *faults] if own or unused or faults else []

    def scan_batch(self, batch: Batch) -> list[Found]:
        """Return what `scan` would for each content of `batch`.

        The buffer is looked at as one text first. Contents where that finds nothing hold nothing, which is nearly
        all of them; those where it finds something, or where something begins or ends, are scanned on their own.
        """
        suspects = {*decode.utf16_parts(batch.data, batch.starts), *regions.asked(batch)}
        try:
            for position, item in self._candidates(batch.data, depth=0, leads=regions.Leads(batch, self.part)):
                places = (position, item.start, item.end - 1) if item else (position,)
                suspects.update(max(bisect_right(batch.starts, place) - 1, 0) for place in places)
        except TimeoutError:
            suspects.update(range(len(batch.starts)))  # to tell which one it was
        if self._peeling.unread:
            self._peeling.unread = []
            suspects.update(range(len(batch.starts)))  # likewise
        if self._explain:
            suspects.update(bisect_right(batch.starts, start) - 1 for start, _ in allows.markers(batch.data))
        return [item for part in sorted(suspects) for chunk in batch.open(part) for item in self.scan(chunk)]

    def _judge(self, data: bytes, depth: int, reading: Reading | None = None) -> list[Judged]:
        """Return the candidates of `data` after judgement, none overlapping another, by position."""
        found = [item for _, item in self._candidates(data, depth, reading) if item]
        if not found:
            return found
        found = distinct(found)
        if any(item.rule.pairs_with and item.rule.is_token for item in found):
            from stanch.pairing.beside import with_unnamed

            found = with_unnamed(data, found, self._pairs.secret_of, self._ruleset.by_id)
        return found

    def _is_told(self, item: Judged) -> bool:
        """Is it sure enough to be reported, or may it be as a part of a pair? The rest only hides others."""
        from stanch import scoring

        return self._explain or item.score >= scoring.CUTS[self._least] or self._may_pair(item)

    def _may_pair(self, item: Judged) -> bool:
        return item.beside is not None or item.rule.id in self._pairs.rules

    def _unallowed(self, chunk: Chunk, judged: Iterable[Judged]) -> Iterator[Judged]:
        """Yield the candidates that no comment allows, and of the others those that may be parts of pairs."""
        for item in judged:
            if placing.allow(chunk, item) is None:
                yield item
            elif self._may_pair(item):
                yield replace(item, dropped="allowed", allowed=True)

    def _candidates(
        self,
        data: bytes,
        depth: int,
        reading: Reading | None = None,
        leads: Callable[[int, Line], bool] = lambda *_: False,
    ) -> Iterator[tuple[int, Judged | None]]:
        """Yield the judged candidates, each with a position that led to it; None for one that is dropped.

        Without a `reading` a line that `leads` somewhere is a candidate that is dropped.
        """
        hits = self._prefilter.hits(data)
        encoded: list[tuple[int, int]] = []
        for probe, position in hits.anchors:
            if probe.mark and data.find(probe.mark, position, position + probe.reach) < 0:
                continue
            if probe.form is not None:
                encoded.append((position, probe.form))
            else:
                yield from self._judging.token(data, position, probe)
        if encoded:
            yield from self._peeling.runs(data, encoded, depth)
        if reading is None:
            for first, line in self._lines(data, sorted(hits.names), depth) if hits.names else ():
                yield from line.candidates(first)
                if not line.judged and leads(first, line):
                    yield first, None
        else:
            yield from self._read(data, sorted(hits.names), reading, depth)

    def _read(self, data: bytes, positions: list[int], reading: Reading, depth: int) -> Iterator[tuple[int, Judged]]:
        """Yield what stands on the lines of `positions`; a span is what the format's reader says that it is."""
        plain: list[tuple[int, Judged]] = []
        spans: list[tuple[int, int]] = []
        asked: list[tuple[int, int]] = []
        for first, line in self._lines(data, positions, depth) if positions else ():
            plain.extend(line.candidates(first))
            last = first + line.length
            if line.is_for(reading.format, close=reading.close) and (line.open or reading.is_worth(first, last)):
                asked.append((first, last))
        for start, end, near in reading.regions(asked):
            told = self.part(reading.format, data[start:end], depth, near)
            spans.extend((first + start, last + start) for first, last in told.spans)
            for item in told.judged:
                yield start + item.start, replace(item, start=item.start + start, end=item.end + start)
        spans.sort()
        for position, item in plain:
            number = bisect_left(spans, (item.end,)) - 1
            if number < 0 or spans[number][1] <= item.start:
                yield position, item

    def part(self, format: Format, text: bytes, depth: int, near: Spans = ()) -> Part:
        """Return what a format's reader tells of a part of a content, from memory where it can be.

        `near`: of code, only what stands there need be told.
        """
        key = depth, format.name, near, _hashed(text)
        part = self._parts.get(key)
        if part is not None:
            return part
        spans: list[tuple[int, int]] = []
        judged: list[Judged] = []
        for assignment in readers.read(format, text, near):
            spans.append((assignment.parts[0][0], assignment.parts[-1][1]))
            named = within_group(assignment) if format.name != "csv" else assignment  # whose rows have titles
            if named.sure or names_one(named.name):
                first, last = line_at(text, spans[-1][0])
                context = text[first:last] if last - first <= LONGEST_LINE else b""
                judged.extend(
                    item for item in self._judging.assigned((named,), context, depth) if self._judging.is_kept(item)
                )
        part = Part(tuple(spans), tuple(judged))
        if not self._peeling.unread:  # which is told of every content
            if len(self._parts) >= MEMO:
                self._parts.clear()
            self._parts[key] = part
        return part

    def _lines(self, data: bytes, positions: list[int], depth: int) -> Iterator[tuple[int, Line]]:
        """Yield what the lines of `positions` say, with where each begins; most say nothing.

        A line that was judged before is answered from memory. A long one is read around its positions only: the
        hits of either engine lead to the same assignments.
        """
        last = -1
        for number, position in enumerate(positions):
            if position < last:
                continue
            first, last = line_at(data, position)
            text = data[first:last]
            long = last - first > LONGEST_LINE
            key = depth, _hashed(text) if long else text
            line = self._remembered.get(key)
            if line is None:
                stop = bisect_left(positions, last, number)
                assigned = list(read_near(text, [at - first for at in positions[number:stop]]) if long else read(text))
                judged = self._judging.on_line(text, assigned, b"" if long else text, depth)
                kept = tuple(item for item in judged if self._judging.is_kept(item))
                open_ = any(item.score > WORTH for item in judged) or (not long and is_pointed_at(text))
                told = bool(assigned) and not any(one.dynamic for one in assigned)
                hidden = not (told or long or open_) and (bool(assigned) or hides_value(text))
                unread = not (judged or long or open_ or hidden) and is_unread(text)
                line = Line(kept, len(text), open_, hidden, unread)
                if not self._peeling.unread:  # which is told of every content
                    self._remember(key, line)
            if line.judged or line.open or line.hidden or line.unread:
                yield first, line

    def _remember(self, key: tuple[int, bytes], line: Line) -> None:
        if len(self._remembered) >= MEMO:
            self._remembered.clear()
        self._remembered[key] = line


def _hashed(line: bytes) -> bytes:
    import hashlib  # long lines are rare

    return hashlib.blake2b(line, digest_size=16).digest()
