"""The prefilter for bulk: every probe in one Hyperscan (Vectorscan) database, cached on disk."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import hyperscan

from stanch import cache, names, prefilter, stopping
from stanch.prefilter import Hits, Probe, Probes
from stanch.prefilter.shapes import expression
from stanch.rules import Ruleset


class Hyperscan:
    """Looks for anchors and the shapes of assignments, as regular expressions."""

    name = "hyperscan"

    def __init__(self, probes: Probes) -> None:
        path = _cache_file(probes.ruleset)
        self._anchored, self._database = _load(path) or _compile(path, probes)
        self._probes: list[Probe | None] = [None] * len(self._anchored.widths)
        self._scratch = hyperscan.Scratch(self._database)

    def hits(self, data: bytes) -> Hits:
        """Return a hit for every match in `data`; an assignment's last byte is on its line."""
        found = Hits([], [])
        widths, probes, made = self._anchored.widths, self._probes, self._anchored.probe
        name, anchor = found.names.append, found.anchors.append
        assignments = len(widths)

        def on_match(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            if number < assignments:  # a match is reported by its end, and an anchor's width is fixed
                probe = probes[number]
                if probe is None:
                    probe = probes[number] = made(number)
                anchor((probe, end - widths[number]))
            else:
                name(end - 1)

        self._database.scan(data, on_match, scratch=self._scratch)
        return found


def is_cached(ruleset: Ruleset) -> bool:
    """Is there a database on disk for these rules?"""
    return _cache_file(ruleset).exists()


def _cache_file(ruleset: Ruleset) -> Path:
    """Return where the database of these rules is kept: it also depends on our code, the library and the processor."""
    versions = sys.version, vars(hyperscan)["__version__"], _processor()
    digest = hashlib.sha256("\n".join((ruleset.digest, *versions, "")).encode())
    for source in prefilter.sources():
        digest.update(Path(source).read_bytes())
    return cache.folder() / f"hyperscan-{digest.hexdigest()[:32]}.db"


def _processor() -> str:
    """Return what the database's code depends on: a cache folder may be shared between machines."""
    try:
        with open("/proc/cpuinfo") as lines:
            return next(line for line in lines if line.startswith(("flags", "Features")))
    except (OSError, StopIteration):
        return os.uname().machine


class _Anchored(NamedTuple):
    """The anchors in their order, by columns: those load fast, and few of the probes are ever needed."""

    widths: list[int]
    """Of every anchor, in bytes; the expressions after these are those of assignments."""
    rules: list[str]
    """Ids of each of the first ones, a blank between them."""
    marks: list[bytes]
    reaches: list[int]
    forms: bytes
    """Of the others, which are anchors inside of other text."""

    def probe(self, number: int) -> Probe:
        """Return what to try where that anchor stands."""
        mark, reach, forms = self.marks[number], self.reaches[number], number - len(self.rules)
        if forms < 0:
            return Probe(tuple(self.rules[number].split()), mark, reach)
        return Probe((), mark, reach, self.forms[forms])


Loaded = tuple[_Anchored, hyperscan.Database]


def _load(path: Path) -> Loaded | None:
    """Return the cached probes and their database, or None when there are none that can be trusted and read."""
    content = cache.read_own(path)
    if content is None:
        return None
    try:
        if crc32(memoryview(content)[4:]) != int.from_bytes(content[:4]):
            raise ValueError("damaged")
        size = 8 + int.from_bytes(content[4:8])
        anchored = _Anchored(*cache.unpacked(memoryview(content)[8:size]))
        if len(anchored.widths) != len(anchored.rules) + len(anchored.forms):
            raise ValueError("damaged")
        return anchored, hyperscan.loadb(content[size:], mode=hyperscan.HS_MODE_BLOCK)
    except (ValueError, TypeError, EOFError, hyperscan.error) as error:
        cache.note("info", "%s does not load (%s); compiling again", path, error)
        return None


def _compile(path: Path, probes: Probes) -> Loaded:
    anchors = [anchor for anchor, _ in probes.anchored]
    expressions = [*map(expression, anchors), *names.SHAPES]
    caseless = [*(anchor.caseless for anchor in anchors), *(True for _ in names.SHAPES)]
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    stopping.aside(
        database.compile,
        expressions=[text.encode() for text in expressions],
        ids=list(range(len(expressions))),
        elements=len(expressions),
        flags=[hyperscan.HS_FLAG_CASELESS if either else 0 for either in caseless],
    )
    tried = [probe for _, probe in probes.anchored]
    anchored = _Anchored(
        [anchor.width for anchor in anchors],
        [" ".join(probe.rules) for probe in tried if probe.form is None],
        [probe.mark for probe in tried],
        [probe.reach for probe in tried],
        bytes(probe.form for probe in tried if probe.form is not None),
    )
    table = cache.packed(tuple(anchored))
    content = len(table).to_bytes(4) + table + hyperscan.dumpb(database)
    cache.write(path, crc32(content).to_bytes(4) + content)
    return anchored, database
