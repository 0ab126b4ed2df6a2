"""The engine: one chunk in, judged detections out."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from stanch import allows, decode, readers
from stanch.archives.trouble import BOUND
from stanch.collisions import Judged, distinct
from stanch.model import Batch, Candidate, Chunk, Confidence, Detection, Fault, Found, Location, Surface, UnusedAllow
from stanch.pairing import Pairs
from stanch.peeling import Peeling
from stanch.prefilter import ENGINES, Probe, Probes
from stanch.readers import LARGEST, Assignment, Reading, formats
from stanch.readers.formats import Format
from stanch.readers.lines import LONGEST_LINE, is_open, is_unread, line_at, names_one, read, read_near, within_group
from stanch.rules import Rule, Ruleset
from stanch.values import replace

if TYPE_CHECKING:
    from stanch.matcher.keyed import KeyedMatcher, Match
    from stanch.matcher.tokens import TokenMatcher

MEMO = 100_000
"""How many distinct lines are remembered: history repeats the same line hundreds of times."""


WORTH = 0.02
"""What is less probable on its line alone is not looked at again in the light of its surroundings."""

_NEAR = 8_192
"""How much of a content, at its head and around the first sure candidate, is asked where it runs, in bytes."""


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
        self._tokens: dict[str, TokenMatcher] = {}
        self._remembered: dict[tuple[int, bytes], Line] = {}
        self._parts: dict[tuple[int, str, tuple[int, int] | None, bytes], Part] = {}
        self._peeling = Peeling(lambda data, depth: self._judge(data, depth, _reading_inside(data)))

    @cached_property
    def _keyed(self) -> KeyedMatcher:
        from stanch.matcher.keyed import KeyedMatcher  # only now that there is an assignment

        return KeyedMatcher(self._ruleset)

    def scan(self, chunk: Chunk) -> list[Found]:
        """Return what stands in `chunk`, by position; a rule that takes too long is a fault, not a silence."""
        transcoded = decode.utf16(chunk.data)
        if transcoded:
            data, name = transcoded
            first, last = (len(decode.utf8(chunk.data[:place], name)) for place in (chunk.first, chunk.last))
            chunk = replace(chunk, data=data, layers=(*chunk.layers, name), first=first, last=last)
        try:
            judged = self._judge(chunk.data, depth=0, reading=_reading(chunk))
        except TimeoutError:
            return [Fault(chunk.origin.target, "timeout", f"{chunk.origin.name}: a rule's expression took too long")]
        finally:
            unread, self._peeling.unread = self._peeling.unread, []
        faults = [_unread(chunk, way) for way in dict.fromkeys(unread)]
        # The memory of lines knows nothing of allows: the line before, which may hold one, is no part of a line.
        unused: Sequence[UnusedAllow] = ()
        if self._explain and not self._ignore_allows:
            judged, unused = _explained(chunk, judged)
        own = [item for item in judged if chunk.first <= item.start < chunk.last and self._is_told(item)]
        if not self._explain and not self._ignore_allows:
            own = list(self._unallowed(chunk, own))
        return [*_located(chunk, own), *unused, *faults] if own or unused or faults else []

    def scan_batch(self, batch: Batch) -> list[Found]:
        """Return what `scan` would for each content of `batch`.

        The buffer is looked at as one text first. Contents where that finds nothing hold nothing, which is nearly
        all of them; those where it finds something, or where something begins or ends, are scanned on their own.
        """
        suspects = {*decode.utf16_parts(batch.data, batch.starts), *_asked(batch)}
        try:
            for position, item in self._candidates(batch.data, depth=0, leads=_Leads(self, batch)):
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
            if _allow(chunk, item) is None:
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
                yield from self._token(data, position, probe)
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
        asked = [(0, 0)] if reading.format.always else []
        for first, line in self._lines(data, positions, depth) if positions else ():
            plain.extend(line.candidates(first))
            if line.is_for(reading.format, close=reading.close):
                asked.append((first, first + line.length))
        for first, last in asked:
            part = reading.part(first, last)
            if part is None:
                continue
            start, end = part
            near = (first - start, last - start) if reading.close else None
            told = self.part(reading.format, data[start:end], depth, near)
            spans.extend((first + start, last + start) for first, last in told.spans)
            for item in told.judged:
                yield start + item.start, replace(item, start=item.start + start, end=item.end + start)
        spans.sort()
        for position, item in plain:
            number = bisect_left(spans, (item.end,)) - 1
            if number < 0 or spans[number][1] <= item.start:
                yield position, item

    def part(self, format: Format, text: bytes, depth: int, near: tuple[int, int] | None = None) -> Part:
        """Return what a format's reader tells of a part of a content, from memory where it can be.

        `near`: only what stands there need be told.
        """
        key = depth, format.name, near, _hashed(text)
        part = self._parts.get(key)
        if part is not None:
            return part
        spans: list[tuple[int, int]] = []
        judged: list[Judged] = []
        for assignment in readers.read(format, text, near):
            spans.append((assignment.parts[0][0], assignment.parts[-1][1]))
            first, last = line_at(text, spans[-1][0])
            context = text[first:last] if last - first <= LONGEST_LINE else b""
            named = within_group(assignment) if format.name != "csv" else assignment  # whose rows have titles
            if named.sure or names_one(named.name):
                judged.extend(item for item in self._assigned((named,), context, depth) if self._is_kept(item))
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
                judged = self._on_line(text, assigned, b"" if long else text, depth)
                kept = tuple(item for item in judged if self._is_kept(item))
                open_ = any(item.score > WORTH for item in judged) or (not long and is_open(text, assigned))
                unread = not (assigned or long or open_) and is_unread(text)
                line = Line(kept, len(text), open_, unread)
                if not self._peeling.unread:  # which is told of every content
                    self._remember(key, line)
            if line.judged or line.open or line.unread:
                yield first, line

    def _remember(self, key: tuple[int, bytes], line: Line) -> None:
        if len(self._remembered) >= MEMO:
            self._remembered.clear()
        self._remembered[key] = line

    def _on_line(self, text: bytes, assigned: list[Assignment], context: bytes, depth: int) -> list[Judged]:
        """Return the judgements of a line's assignments; where values hold escapes, of what they say without."""
        judged = list(self._assigned(assigned, context, depth))
        if b"\\" not in text and b"&" not in text:
            return judged
        known = {(item.start, item.end, item.rule.id) for item in judged}
        plain = [
            item
            for item in self._peeling.unescaped(text, assigned, depth)
            if (item.start, item.end, item.rule.id) not in known or len(item.candidate.secret) < item.end - item.start
        ]
        as_they_stand = (
            item for item in judged if not any(item.start < other.end and other.start < item.end for other in plain)
        )
        return [*as_they_stand, *plain]

    def _token(self, data: bytes, position: int, probe: Probe) -> Iterator[tuple[int, Judged | None]]:
        for id in probe.rules:
            rule = self._ruleset.by_id[id]
            matcher = self._tokens.get(id)
            if matcher is None:
                from stanch.matcher.tokens import TokenMatcher

                matcher = self._tokens[id] = TokenMatcher(rule)
            for candidate in matcher.at(data, position):
                from stanch import scoring  # only now that there is a candidate

                if scoring.is_weighed(rule):
                    first, last = line_at(data, candidate.start)
                    candidate = replace(candidate, line=data[first:last] if last - first <= LONGEST_LINE else b"")
                judged = self._weighed(rule, candidate)
                yield position, judged if self._is_kept(judged) else None

    def _assigned(self, assigned: Iterable[Assignment], line: bytes, depth: int) -> Iterator[Judged]:
        from stanch.decode.values import peeled  # a hook that meets no assignment does not need it

        for assignment in map(_until_zero, assigned):
            value = peeled(assignment.value)
            items = list(self._named(assignment, value.text, line))
            if value.is_document and depth < decode.DEEPEST:
                inner = list(self._peeling.inside(value.text, depth + len(value.layers)))
                items = inner if any(item.dropped is None for item in inner) else [*items, *inner]
            for item in items:
                start, end = assignment.span(*value.outer(item.start, item.end))
                yield replace(item, start=start, end=end, layers=(*value.names, *item.layers))

    def _named(self, assignment: Assignment, value: bytes, line: bytes) -> Iterator[Judged]:
        """Yield the judgements of the rules that a name and a value satisfy.

        Which part of the value is the secret, the first one says that stands. A generic one is asked where no other
        rule matches, or those that do are not sure: then it may be surer.
        """
        from stanch import scoring  # a hook that meets no assignment does not need it

        settled, span = False, None
        for match in self._keyed.match(assignment.name, value, line, assignment.section):
            generic = match.rule.category == "generic"
            if generic and settled:
                return
            if span not in (None, (match.start, match.end)) and not generic:
                continue
            secret = value[match.start : match.end]
            if not assignment.dynamic or secret != value:
                judged = self._weighed(match.rule, _candidate(match, assignment, value, line))
                yield judged
                if self._is_kept(judged) and judged.dropped is None:
                    span = match.start, match.end
                    settled = settled or judged.rule.public or judged.score >= scoring.CUTS[Confidence.HIGH]
                else:
                    settled = True
            if generic:
                return

    def _weighed(self, rule: Rule, candidate: Candidate) -> Judged:
        """Return the judgement of a candidate."""
        from stanch import filters, scoring  # a hook that meets no candidate does not need them

        formatted = rule.category != "generic"
        if rule.is_token and not formatted:
            candidate = replace(candidate, value=candidate.secret)
        dropped = filters.reason(candidate, formatted=formatted) or scoring.reason(rule, candidate)
        score = 0.0 if dropped else scoring.score(rule, candidate)
        if not dropped and scoring.confidence(score) is None:
            dropped = f"score {score:.2f}: too improbable"
        return Judged(candidate.start, candidate.end, rule, candidate, score, dropped)

    def _is_kept(self, item: Judged) -> bool:
        """Does anybody want to hear of it, or does it hide another? A file's role can only lower a score."""
        from stanch import scoring

        return self._explain or not (item.dropped or (not item.known and item.score < scoring.CUTS[self._least]))


class Part(NamedTuple):
    """What is remembered of a part that a format's reader was given."""

    spans: tuple[tuple[int, int], ...]
    """What it read."""
    judged: tuple[Judged, ...]


class Line(NamedTuple):
    """What is remembered of a line."""

    judged: tuple[Judged, ...]
    """By their place on it."""
    length: int
    open: bool
    """Is there more to be told by who reads what stands around it?"""
    unread: bool
    """Did nothing come of its credential's name? In settings, whose values are no expressions, that may be wrong."""

    def is_for(self, format: Format | None, *, close: bool) -> bool:
        """Should the reader of a format look at it? `close`: where that can tell little more than the line."""
        return format is not None and (self.open or (self.unread and not format.code and not close))

    def candidates(self, first: int) -> Iterator[tuple[int, Judged]]:
        """Yield its candidates where the line begins at `first`, which is what led to them."""
        for item in self.judged:
            yield first, replace(item, start=item.start + first, end=item.end + first)


def _candidate(match: Match, assignment: Assignment, value: bytes, line: bytes) -> Candidate:
    secret = value[match.start : match.end]
    name, quoted, sure = assignment.name, assignment.quoted, assignment.sure
    return Candidate(match.rule.id, match.start, match.end, secret, name, value, quoted, match.named, sure, line)


def _until_zero(assignment: Assignment) -> Assignment:
    """Return it with a value that ends where a string does in a program."""
    if 0 not in assignment.value:
        return assignment
    value = assignment.value.partition(b"\0")[0]
    return replace(assignment, value=value, parts=(assignment.span(0, max(1, len(value))),))


def _reading_inside(data: bytes) -> Reading | None:
    """Return what reads a text from a layer, by how it begins."""
    format = formats.by_beginning(data[: formats.HEAD]) if len(data) <= LARGEST else None
    return Reading(format, data, close=False) if format else None


def _unread(chunk: Chunk, way: str) -> Fault:
    detail = f"{chunk.origin.name}: {way} in encoded text expands to too much; the rest is not scanned"
    return Fault(chunk.origin.target, BOUND, detail, chunk.origin.blob)


def _reading(chunk: Chunk) -> Reading | None:
    """Return what reads a whole content, or None: then its lines are all that is read."""
    if chunk.offset or not chunk.final or len(chunk.data) > LARGEST or chunk.origin.surface is not Surface.BLOB:
        return None
    format = formats.of(chunk.path, chunk.data)
    return Reading(format, chunk.data, close=chunk.path is None) if format else None


class _Leads:
    """Does a line of a batch lead to more than it says itself, so that its content must be read?"""

    def __init__(self, engine: Engine, batch: Batch) -> None:
        self._engine = engine
        self._batch = batch
        self._formats: dict[int, Format | None] = {}

    def __call__(self, first: int, line: Line) -> bool:
        batch = self._batch
        number = max(bisect_right(batch.starts, first) - 1, 0)
        start = batch.starts[number]
        end = batch.starts[number + 1] - 1 if number + 1 < len(batch.starts) else len(batch.data)
        path = batch.paths[number] if batch.paths else None
        if path is None and not line.open:
            return False
        if number not in self._formats:
            self._formats[number] = formats.of(path, batch.data[start : min(end, start + formats.HEAD)])
        format = self._formats[number]
        if format is None or not line.is_for(format, close=path is None):
            return False
        if path is not None or format.always:
            return True
        begin, _, stop = readers.around(batch.data, first, first + line.length, *readers.CLOSE)
        begin = max(begin, start)
        near = first - begin, first - begin + line.length
        return bool(self._engine.part(format, batch.data[begin : min(stop, end)], 0, near).judged)


def _asked(batch: Batch) -> Iterator[int]:
    """Yield which contents are read whatever the prefilter says: credential files by their path, or by their bytes."""
    for part, path in enumerate(batch.paths):
        format = formats.by_path(path) if path else None
        if format and format.always:
            yield part
    for part, start in enumerate(batch.starts):
        if formats.is_store(batch.data, start):
            yield part


def _allow(chunk: Chunk, item: Judged) -> allows.Allow | None:
    """Return the comment that allows a candidate. For what stands in a layer, the outer text counts."""
    return allows.find(chunk.data, item.start, item.end, item.rule.id)


def _explained(chunk: Chunk, judged: list[Judged]) -> tuple[list[Judged], list[UnusedAllow]]:
    """Return the candidates with who allowed them, and the allows of a worktree's file that allow none."""
    starts = [item.start for item in judged]
    used: set[int] = set()
    marked: list[Judged] = []
    for item in judged:
        allow = None if item.dropped else _allow(chunk, item)
        if allow:
            used.add(allow.start)
            following = bisect_right(starts, allow.start)
            until = starts[following] if following < len(starts) else len(chunk.data)
            if following and judged[following - 1].end > allow.start:
                until = allow.start  # a secret goes on behind the marker
            item = replace(item, dropped=allows.explained(chunk.data, allow, until), allowed=True)
        marked.append(item)
    origin = chunk.origin
    if origin.path is None or origin.blob is not None or origin.surface is not Surface.BLOB:
        return marked, []
    own = (span for span in allows.markers(chunk.data) if chunk.first <= span[0] < chunk.last and span[0] not in used)
    return marked, [UnusedAllow(place) for place in _places(chunk, ((*span, ()) for span in own))]


def _located(chunk: Chunk, judged: list[Judged]) -> Iterator[Detection]:
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
            item.rivals, item.allowed, item.beside,
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


def _hashed(line: bytes) -> bytes:
    import hashlib  # long lines are rare

    return hashlib.blake2b(line, digest_size=16).digest()


def _line_start(data: bytes, position: int, otherwise: int) -> int:
    """Return where the line of `position` begins; `otherwise` when that is before the data."""
    newline = data.rfind(b"\n", 0, position)
    return newline + 1 if newline >= 0 else otherwise
