"""The prefilter for bulk: every probe in one Hyperscan (Vectorscan) database, cached on disk."""

from __future__ import annotations

import hashlib
import json
import os
from importlib.metadata import version
from pathlib import Path

import hyperscan

from stanch import cache, names, prefilter
from stanch.prefilter import Hits, Kind, Probe, Probes
from stanch.rules import Ruleset


class Hyperscan:
    """Looks for the probes' expressions."""

    name = "hyperscan"

    def __init__(self, probes: Probes) -> None:
        path = _cache_file(probes.ruleset)
        self.probes, self._database = _load(path, probes.ruleset) or _compile(path, probes)
        self._scratch = hyperscan.Scratch(self._database)
        # A match is reported by its end: the start of one of fixed width follows from that.
        self._back = tuple(0 if probe.kind is Kind.NAME else probe.width for probe in self.probes)

    def hits(self, data: bytes) -> Hits:
        """Return a hit for every match in `data`; an assignment's last byte is on its line."""
        found = Hits([], [])
        back, name, anchor = self._back, found.names.append, found.anchors.append

        def on_match(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            width = back[number]
            if width:
                anchor((number, end - width))
            else:
                name(end - 1)

        self._database.scan(data, on_match, scratch=self._scratch)
        return found


def is_cached(ruleset: Ruleset) -> bool:
    """Is there a database on disk for these rules?"""
    return _cache_file(ruleset).exists()


def _cache_file(ruleset: Ruleset) -> Path:
    """Return where the database of these rules is kept: it also depends on our code, the library and the processor."""
    digest = hashlib.sha256(f"{ruleset.digest}\n{version('hyperscan')}\n{_processor()}\n".encode())
    for source in (Path(names.__file__), *sorted(Path(prefilter.__file__).parent.glob("*.py"))):
        digest.update(source.read_bytes())
    return cache.folder() / f"hyperscan-{digest.hexdigest()[:32]}.db"


def _processor() -> str:
    """Return what the database's code depends on: a cache folder may be shared between machines."""
    try:
        with open("/proc/cpuinfo") as lines:
            return next(line for line in lines if line.startswith(("flags", "Features")))
    except (OSError, StopIteration):
        return os.uname().machine


Loaded = tuple[tuple[Probe, ...], hyperscan.Database]


def _load(path: Path, ruleset: Ruleset) -> Loaded | None:
    """Return the cached probes and their database, or None when there are none that can be trusted and read."""
    content = cache.read_own(path)
    if content is None:
        return None
    digest, _, content = content.partition(b"\n")
    table, _, database = content.partition(b"\n")
    try:
        if digest != _digest(content):
            raise ValueError("damaged")
        probes = tuple(
            Probe(
                Kind(kind),
                (),
                width=width,
                phase=phase,
                mark=mark.encode(),
                reach=reach,
                rules=tuple(map(ruleset.by_id.__getitem__, rules)),
            )
            for kind, width, phase, mark, reach, rules in json.loads(table)
        )
        return probes, hyperscan.loadb(database, mode=hyperscan.HS_MODE_BLOCK)
    except (ValueError, KeyError, TypeError, hyperscan.error) as error:
        cache.note("info", "%s does not load (%s); compiling again", path, error)
        return None


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()


def _compile(path: Path, probes: Probes) -> Loaded:
    shaped = probes.shaped
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[probe.expression.encode() for probe in shaped],
        ids=list(range(len(shaped))),
        elements=len(shaped),
        flags=[hyperscan.HS_FLAG_CASELESS if probe.caseless else 0 for probe in shaped],
    )
    table = [[p.kind.value, p.width, p.phase, p.mark.decode(), p.reach, [rule.id for rule in p.rules]] for p in shaped]
    content = json.dumps(table).encode() + b"\n" + hyperscan.dumpb(database)
    cache.write(path, _digest(content) + b"\n" + content)
    return shaped, database
