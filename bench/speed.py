"""Measure a scan of a whole history, or of a folder of many files: stanch, peers, and what merely reads it, in turn.

Each one's answer is checked on planted credentials.
"""

from __future__ import annotations

import argparse
import gzip
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import records
import repositories
from measure import Run, measure
from planted import fault, missing, planted
from tools import FILES, HISTORY, Work

TOOLS = records.ROOT.parent / "shared" / "tools"


COLUMNS = ["", "version", "rounds", "median s", "least to most s", "CPU s", "peak MB", "planted found", "stanch takes"]
BUSY = 1.3
"""How many times its processor seconds git, one process that only computes, may take before the machine was too busy
for any figure here to mean much."""
MEMORY = 250
"""Megabytes that any one process may have resident at most."""


class WrongAnswer(Exception):
    """A measurement that means nothing, since what it measured did not do its work."""


def main() -> int:
    """Run everything in turn, print the tables, and return 1 when an answer is wrong or a bound is not met."""
    options = _options()
    work = FILES if options.files else HISTORY
    programs = _programs(work, options)
    _, secrets = planted()
    records.CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=records.CACHE) as folder:
        bench = _Bench(Path(folder), work, programs, secrets)
        repository = repositories.copy(_repository(options.repo), bench.folder / "repository.git")
        target, content = _folder(bench, repository, options.files) if options.files else _history(bench, repository)
        measure(bench.command(work.silent, target))  # its files are in memory from here on
        for name in _turns(work, programs, options):
            bench.run(name, target)
        text = f"{content}; {len(secrets)} credentials planted.\n\n{bench.table()}"
    return records.finish(work.name, text, bench.bounds(), recorded=options.record)


def _history(bench: _Bench, repository: Path) -> tuple[Path, str]:
    """Plant in a repository, and return it with how much there is to scan. Warms the tools up."""
    files, _ = planted()
    small = repositories.bare(bench.folder / "small.git")
    repositories.plant(small, files)
    repositories.git(small, "symbolic-ref", "HEAD", "refs/heads/planted")
    bench.warm_up(small)
    repositories.plant(repository, files)
    check = "--batch-check=%(objecttype) %(objectsize)"
    lines = repositories.git(repository, "cat-file", "--batch-all-objects", "--unordered", check).splitlines()
    sizes = [int(line.split()[1]) for line in lines if line.startswith("blob")]
    return repository, f"{len(sizes):,} blobs, {sum(sizes) / 1e6:,.0f} MB of content"


def _folder(bench: _Bench, repository: Path, number: int) -> tuple[Path, str]:
    """Make a folder of so many files, planted; return it with how much there is. Warms the tools up."""
    files, _ = planted()
    small, folder = bench.folder / "small", bench.folder / "folder"
    repositories.write(small, files)
    bench.warm_up(small)
    written = repositories.unpack(repository, folder, number)
    repositories.write(folder, files)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return folder, f"{written:,} files, {size / 1e6:,.0f} MB of content"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", type=Path, metavar="DIR", default=records.CACHE / "peers")
    parser.add_argument("--repo", type=Path, metavar="DIR", default=records.CACHE / "history.git", help="a repository")
    parser.add_argument("--files", type=int, metavar="N", help="scan a folder of so many files of its versions instead")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--slow-rounds", type=int, default=1, metavar="N", help="rounds of tools that take minutes")
    tools = [*HISTORY.tools]
    parser.add_argument("--tools", nargs="+", choices=tools, default=tools, metavar="NAME", help="peers to run")
    records.add_option(parser)
    return parser.parse_args()


def _programs(work: Work, options: argparse.Namespace) -> dict[str, str]:
    """Return where each tool to run is; what merely reads and stanch always are. Says which peers are missing."""
    programs = {name: work.tools[name].program for name in work.always}
    wanted = [name for name in work.tools if name in options.tools and name not in work.always]
    peers = _made(options.peers, "peers", options.peers / "venv").resolve() if wanted else options.peers
    for name in wanted:
        if (path := peers / work.tools[name].program).exists():
            programs[name] = str(path)
        else:
            print(f"{name}: not found", file=sys.stderr)
    return programs


def _repository(path: Path) -> Path:
    path = _made(path, "bench-repo", path)
    if not (path / "HEAD").exists() and not (path / ".git").exists():
        sys.exit("--repo: no repository there, and no ../shared/tools/bench-repo to build one; name a repository")
    return path.resolve()


def _made(folder: Path, maker: str, proof: Path) -> Path:
    """Return `folder`, filled by the program `maker` when `proof` is not there and the program is."""
    if not proof.exists() and (TOOLS / maker).exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        print(f"{maker}: this takes some minutes", file=sys.stderr)
        subprocess.run([TOOLS / maker, folder], check=True, stdout=sys.stderr)
    elif not proof.exists():
        print(f"../shared/tools/{maker} is not there, so what it makes is missing", file=sys.stderr)
    return folder


def _turns(work: Work, programs: dict[str, str], options: argparse.Namespace) -> Iterator[str]:
    """Yield the tools in turn, round by round, so that a busy minute of the machine falls on all of them."""
    for number in range(max(options.rounds, options.slow_rounds)):
        for name in programs:
            if number < (options.slow_rounds if work.tools[name].slow else options.rounds):
                print(f"round {number + 1}: {name}", file=sys.stderr)
                yield name


class _Bench:
    """The runs so far, and what each answer lacked."""

    def __init__(self, folder: Path, work: Work, programs: dict[str, str], secrets: dict[str, str]) -> None:
        self.folder, self.work, self.programs, self.secrets = folder, work, programs, secrets
        self.runs: dict[str, list[Run]] = {name: [] for name in programs}
        self.missed: dict[str, list[str]] = {}

    def command(self, name: str, target: Path) -> list[str]:
        """Return the command line of a tool."""
        return self.work.tools[name].command(self.programs[name], target, self._report(name))

    def _report(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    def warm_up(self, small: Path) -> None:
        """Let every tool fill its caches on something with nothing but the planted files; untimed."""
        measure([self.programs["stanch"], "scan", "--engine", "hyperscan", __file__], environment=records.ENVIRONMENT)
        for name in self.programs:
            self._scan(name, small)

    def run(self, name: str, target: Path) -> None:
        """Measure one run of a tool and check its answer."""
        self.runs[name].append(self._scan(name, target))

    def _scan(self, name: str, target: Path) -> Run:
        report = self._report(name)
        report.unlink(missing_ok=True)
        out = report if self.work.tools[name].prints else None
        run = measure(self.command(name, target), stdout=out, environment=records.ENVIRONMENT)
        if name != self.work.silent:
            self.missed[name] = missing(self.secrets, report)
        if name == "stanch" and (wrong := fault(run, report, self.secrets)):
            raise WrongAnswer(wrong)
        if name == self.work.silent and run.status:
            raise WrongAnswer(f"{name}: exit status {run.status}: {run.complaint}")
        if name not in self.work.always and len(self.missed[name]) == len(self.secrets):
            print(f"{name} found nothing of what was planted: {run.complaint}", file=sys.stderr)
        return run

    def seconds(self, name: str) -> float | None:
        """Return the median of a tool's wall times; None when it was not run."""
        return statistics.median(run.seconds for run in self.runs[name]) if self.runs.get(name) else None

    def _ratio(self, name: str) -> float | None:
        own, other = self.seconds("stanch"), self.seconds(name)
        return own / other if own and other else None

    def table(self) -> str:
        """Return the table of all tools."""
        return records.table(COLUMNS, [self._row(name) for name, runs in self.runs.items() if runs])

    def _row(self, name: str) -> list[str]:
        runs, seconds = self.runs[name], self.seconds(name) or 0
        times = sorted(run.seconds for run in runs)
        lacks = self.missed.get(name, [])
        named = lacks if len(lacks) < len(self.secrets) else []
        found = ", not ".join([f"{len(self.secrets) - len(lacks)} of {len(self.secrets)}", *named])
        return [
            name,
            _version(name, self.programs[name]),
            str(len(runs)),
            f"{seconds:.1f}",
            f"{times[0]:.1f} to {times[-1]:.1f}",
            f"{statistics.median(run.cpu for run in runs):.1f}",
            f"{max(run.peak for run in runs):.0f}",
            "-" if name == self.work.silent else found,
            "-" if name == "stanch" else f"{self._ratio(name):.3f} x",
        ]

    def bounds(self) -> list[records.Bound]:
        """Return what the project demands of these figures."""
        ratios = [
            records.Bound(f"seconds, against {name}", self._ratio(name), most, "x")
            for name, most in self.work.limits.items()
        ]
        peak = max(run.peak for run in self.runs["stanch"])
        busy = statistics.median(run.seconds / run.cpu for run in self.runs[self.work.silent])
        return [
            *ratios,
            records.Bound("peak of any one process of stanch", peak, MEMORY, "MB"),
            records.Bound(f"quiet machine: {self.work.silent}, seconds against its CPU seconds", busy, BUSY, "x"),
        ]


def _version(name: str, program: str) -> str:
    """Return a tool's version: its own word, or its Debian package's where the build forgot to tell it."""
    with suppress(OSError):
        log = Path(program).parent.parent / "share" / "doc" / name / "changelog.Debian.gz"
        return gzip.open(log, "rt").readline().split()[1].strip("()")
    return records.version(program)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except WrongAnswer as wrong:
        sys.exit(f"wrong answer, so no figures: {wrong}")
