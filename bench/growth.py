"""Measure how a scan's time and memory grow: a history is doubled four times, and scanned each time."""

from __future__ import annotations

import argparse
import json
import keyword
import re
import statistics
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from random import Random

import records
import repositories
from measure import Run, measure
from planted import fault, planted

DOUBLINGS = 4
PACKAGES = ("asyncio", "email", "http", "json", "logging", "multiprocessing")
REVISIONS = 10
"""How often each file is committed, each time with other changes."""
RENAMED = 0.2
"""The share of a project's identifiers that no other project has."""
CHANGED = 0.02
"""The share of a file's lines that a revision changes."""
TIME, MEMORY_GROWTH, MEMORY = 2.2, 1.15, 250
KINDS = ("parent", "worker", "git")
OWN = ("parent", "worker")
"""Must not grow. Git's processes map the packs and keep delta bases up to git's limits, and fill those as a history
grows; they are held to the limit on any one process."""
_IDENTIFIER = re.compile(rb"\b[A-Za-z_][A-Za-z0-9_]{3,}\b")
_LETTERS = b"abcdefghijklmnopqrstuvwxyz"
_KEYWORDS = frozenset(word.encode() for word in (*keyword.kwlist, *keyword.softkwlist))


def main() -> int:
    """Grow the repository, scan it at each size, print the table; 1 when an answer is wrong or a bound not met."""
    options = _options()
    sizes = [options.base << doubling for doubling in range(DOUBLINGS + 1)]
    measure([records.STANCH, "scan", "--engine", "hyperscan", __file__], environment=records.ENVIRONMENT)
    files, secrets = planted()
    steps: list[_Step] = []
    with tempfile.TemporaryDirectory(dir=records.CACHE) as folder:
        history = History(Path(folder))
        repositories.plant(history.repository, files)
        for size in sizes:
            history.grow(size * 1_000_000)
            steps.append(_Step(history))
            for number in range(options.rounds):
                print(f"{size} MB: round {number + 1}", file=sys.stderr)
                steps[-1].scan(Path(folder) / "report.json", secrets)
    rows = [step.row(before) for before, step in zip([None, *steps], steps, strict=False)]
    text = (
        f"Median of {options.rounds} rounds at each size; peaks by kind of process.\n\n{records.table(COLUMNS, rows)}"
    )
    return records.finish("growth", text, _bounds(steps), recorded=options.record)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=int, default=32, metavar="MB", help="content of the first history; default 32")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    records.add_option(parser)
    records.CACHE.mkdir(parents=True, exist_ok=True)
    return parser.parse_args()


class History:
    """A repository to which project after project is added, each some megabytes of code with a history."""

    def __init__(self, folder: Path, name: str = "growing.git", first: int = 0) -> None:
        """`first` is the number of projects that other repositories have: what is here differs from theirs."""
        self.repository = repositories.bare(folder / name)
        self.bytes = self.blobs = 0
        self.projects = first
        self._sources = _sources()

    def grow(self, size: int) -> None:
        """Add projects until there are `size` bytes of content."""
        repositories.put(self.repository, self._projects(size))

    def _projects(self, size: int) -> Iterator[bytes]:
        while self.bytes < size:
            self.projects += 1
            yield from self._project(size)

    def _project(self, size: int) -> Iterator[bytes]:
        """Yield one project: a file's revisions follow each other, so that fast-import stores them as deltas."""
        random = Random(self.projects)
        names: dict[bytes, bytes] = {}
        marks: list[list[tuple[bytes, int]]] = [[] for _ in range(REVISIONS)]
        for source in random.sample(self._sources, k=len(self._sources) // 8):
            if self.bytes >= size:
                break
            path = b"project%d/%s" % (self.projects, source.name.encode())
            lines = _renamed(source.read_bytes(), names, random).splitlines(keepends=True)
            for commit in marks:
                lines = _revised(lines, random)
                data = b"".join(lines)
                self.bytes, self.blobs = self.bytes + len(data), self.blobs + 1
                commit.append((path, self.blobs))
                yield b"blob\nmark :%d\ndata %d\n%s\n" % (self.blobs, len(data), data)
        yield from self._commits(marks)

    def _commits(self, marks: list[list[tuple[bytes, int]]]) -> Iterator[bytes]:
        for files in marks:
            yield from repositories.commit(f"project{self.projects}", ())
            yield from (b"M 100644 :%d %s\n" % (mark, path) for path, mark in files)


def _sources() -> list[Path]:
    """Return the standard library's own modules of ordinary size, in the same order every time."""
    library = Path(sysconfig.get_path("stdlib"))
    folders = [
        library,
        *(library / name for name in ("asyncio", "email", "http", "logging", "multiprocessing", "json")),
    ]
    found = [path for folder in folders for path in sorted(folder.glob("*.py"))]
    return [path for path in found if 4_000 < path.stat().st_size < 200_000]


def _renamed(data: bytes, names: dict[bytes, bytes], random: Random) -> bytes:
    """Return code with some identifiers renamed, the same one to the same throughout a project (`names`)."""

    def other(found: re.Match[bytes]) -> bytes:
        word = found[0]
        if word not in names:
            renamed = word not in _KEYWORDS and random.random() < RENAMED
            names[word] = word + b"_" + bytes(random.choices(_LETTERS, k=5)) if renamed else word
        return names[word]

    return _IDENTIFIER.sub(other, data)


def _revised(lines: list[bytes], random: Random) -> list[bytes]:
    """Return a file's lines with some of them changed."""
    lines = list(lines)
    for _ in range(max(1, int(len(lines) * CHANGED))):
        mark = bytes(random.choices(_LETTERS, k=6))
        at = random.randrange(len(lines))
        lines[at] = _IDENTIFIER.sub(lambda found, mark=mark: found[0] + b"_" + mark, lines[at], count=1)
    lines[-1] = b"# revision %s\n" % bytes(random.choices(_LETTERS, k=12))
    return lines


COLUMNS = ["content MB", "blobs", "findings", "seconds", "MB/s", "growth", *(f"{kind} MB" for kind in KINDS)]


class _Step:
    """The scans of one size."""

    def __init__(self, history: History) -> None:
        self.repository, self.bytes, self.blobs = history.repository, history.bytes, history.blobs
        self.findings = 0
        self.runs: list[Run] = []

    def scan(self, report: Path, secrets: dict[str, str]) -> None:
        """Scan once and check the answer: complete, every blob scanned, every planted credential found."""
        command = [records.STANCH, "scan", str(self.repository), "-f", "json", "-o", str(report), "--show-secrets"]
        self.runs.append(measure(command, environment=records.ENVIRONMENT, watch=True))
        if wrong := fault(self.runs[-1], report, secrets):
            sys.exit(f"wrong answer, so no figures: {wrong}")
        result = json.loads(report.read_text())
        report.unlink()
        self.findings = len(result["findings"])
        if result["stats"]["blobs"] < self.blobs or result["stats"]["bytes"] < self.bytes:
            sys.exit("wrong answer, so no figures: not everything was scanned")

    @property
    def seconds(self) -> float:
        """The median of the wall times."""
        return statistics.median(run.seconds for run in self.runs)

    def peak(self, kind: str) -> float:
        """Return the largest peak of a kind of process in megabytes; 0 when there was none."""
        return max(run.parts.get(kind, 0) for run in self.runs)

    def row(self, before: _Step | None) -> list[str]:
        """Return the row of the table, with the growth since the step before."""
        return [
            f"{self.bytes / 1e6:.0f}",
            f"{self.blobs:,}",
            str(self.findings),
            f"{self.seconds:.2f}",
            f"{self.bytes / 1e6 / self.seconds:.0f}",
            f"{self.seconds / before.seconds:.2f} x" if before else "-",
            *(f"{self.peak(kind):.0f}" for kind in KINDS),
        ]


def _bounds(steps: list[_Step]) -> list[records.Bound]:
    growth = max(after.seconds / before.seconds for before, after in pairwise(steps))
    first, last = steps[0], steps[-1]
    memory = [
        records.Bound(f"memory of the largest {kind}, last against first", last.peak(kind) / before, MEMORY_GROWTH, "x")
        for kind in OWN
        if (before := first.peak(kind))
    ]
    peak = max(run.peak for step in steps for run in step.runs)
    return [
        records.Bound("time for each doubling, the worst", growth, TIME, "x"),
        *memory,
        records.Bound("peak of any one process", peak, MEMORY, "MB"),
    ]


if __name__ == "__main__":
    sys.exit(main())
