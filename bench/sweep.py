"""Measure sweeps: forks against single scans, an unchanged organisation, two workers against one, memory, kills."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import records
import repositories
from growth import History
from measure import Run, measure
from planted import planted

FORKS, UNCHANGED, WORKERS, MEMORY = 0.4, 0.05, 1.7, 400
OWN = 3
"""Commits that a fork has of its own."""


def main() -> int:
    """Make an organisation, sweep it in each way, print the tables; 1 when an answer is wrong or a bound not met."""
    options = _options()
    measure([records.STANCH, "scan", "--engine", "hyperscan", __file__], environment=records.ENVIRONMENT)
    with tempfile.TemporaryDirectory(dir=records.CACHE) as folder:
        bench = _Bench(Path(folder), options)
        rows, bounds = [], []
        for part in options.parts:
            for what, figure, bound in getattr(bench, part)():
                rows.append([part, what, figure])
                bounds += [bound] if bound else []
    text = f"{bench.about()}\n\n{records.table(['part', 'what', 'measured'], rows)}"
    return records.finish("sweep", text, bounds, recorded=options.record)


PARTS = ("forks", "workers", "many", "kills")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=int, default=100, help="repositories that are no forks; default 100")
    parser.add_argument("--forks", type=int, default=2, help="forks of each; default 2")
    parser.add_argument("--megabytes", type=int, default=20, help="content of each source; default 20")
    parser.add_argument("--singles", type=int, default=10, help="networks that are scanned one by one; default 10")
    parser.add_argument("--many", type=int, default=2000, help="repositories for the memory; default 2000")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    records.add_option(parser)
    records.CACHE.mkdir(parents=True, exist_ok=True)
    return parser.parse_args()


Figure = tuple[str, str, records.Bound | None]


class _Bench:
    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self._folder, self._options = folder, options
        self._cache = folder / "cache"

    def about(self) -> str:
        """Return what was measured on, in a sentence."""
        asked = self._options
        return (
            f"{asked.sources} repositories of {asked.megabytes} MB of content, each with {asked.forks} forks that have "
            f"{OWN} commits of their own, in a folder: nothing is cloned. Single scans are `stanch scan` of "
            f"{asked.singles} of the networks, one process after the other, scaled up to all."
        )

    def forks(self) -> Iterator[Figure]:
        """Sweep networks of forks twice, and scan some of them one by one."""
        root = self._organisation()
        networks = sorted(path for path in root.iterdir() if path.name.endswith("-0.git"))[: self._options.singles]
        singles, found = 0.0, {}
        for first in networks:
            for path in sorted(root.glob(first.name.replace("-0.git", "-*.git"))):
                report = self._folder / "report.json"
                command = [records.STANCH, "scan", str(path), "--engine", "hyperscan", "-f", "json", "-o", str(report)]
                singles += measure(command, environment=self._environment()).seconds
                found[str(path)] = _masked(json.loads(report.read_text()))
        singles *= self._options.sources / len(networks)
        first_run, report = self._sweep(root, "org")
        told = _by_repository(report)
        if wrong := [path for path, findings in found.items() if told.get(path, set()) != findings]:
            sys.exit(f"wrong answer, so no figures: {wrong[0]} has other findings in the sweep than alone")
        again, _ = self._sweep(root, "org")
        if _events(self._folder / "org.events")[-1]["repositories"]["unchanged"] != self._total:
            sys.exit("wrong answer, so no figures: not all is unchanged the second time")
        yield "single scans, one by one", f"{singles:.1f} s", None
        share = records.Bound("a first sweep of forks, of the single scans", first_run.seconds / singles, FORKS, "x")
        yield "first sweep", f"{first_run.seconds:.1f} s", share
        unchanged = records.Bound("an unchanged sweep, of the first", again.seconds / first_run.seconds, UNCHANGED, "x")
        yield "the same again, unchanged", f"{again.seconds:.2f} s", unchanged

    def workers(self) -> Iterator[Figure]:
        """Sweep the sources alone on one Dask worker and on two; started workers are not counted."""
        root = self._sources()
        seconds = {}
        for jobs in (1, 2):
            shutil.rmtree(self._cache / "seen", ignore_errors=True)
            self._sweep(root, f"cluster{jobs}", "--cluster", "local", "-j", str(jobs))
            seconds[jobs] = _events(self._folder / f"cluster{jobs}.events")[-1]["seconds"]
            yield f"{jobs} Dask worker{'s' if jobs > 1 else ''}", f"{seconds[jobs]:.1f} s", None
        # At least so much: turned round, since a bound is what may not be exceeded.
        ratio = seconds[2] / seconds[1]
        yield "speed-up", f"{1 / ratio:.2f} x", records.Bound("time of 2 workers, of 1", ratio, 1 / WORKERS, "x")

    def many(self) -> Iterator[Figure]:
        """Sweep many small repositories, and look at the memory of the sweeper and of its workers."""
        root = self._folder / "many"
        root.mkdir()
        first = History(self._folder, "first.git")
        first.grow(200_000)
        for number in range(self._options.many):
            path = root / f"r{number}.git"
            shutil.copytree(first.repository, path, copy_function=os.link)
            (path / "refs" / "heads").mkdir(parents=True, exist_ok=True)
            _commit(path, f"own{number}", {"own.txt": b"repository %d\n" % number})
        run, _ = self._sweep(root, "many", watch=True)
        yield "repositories a second", f"{self._options.many / run.seconds:.0f}", None
        for kind in ("parent", "worker"):
            peak = run.parts.get(kind, 0.0)
            yield f"peak of the {kind}", f"{peak:.0f} MB", records.Bound(f"memory of the {kind}", peak, MEMORY, "MB")

    def kills(self) -> Iterator[Figure]:
        """Kill sweeps at random points, go on, and compare the store with that of one that nobody disturbed."""
        root = self._folder / "killed"
        root.mkdir()
        files, _ = planted()
        for number, (name, data) in enumerate(sorted(files.items())[:12]):
            path = repositories.bare(root / f"r{number}.git")
            _commit(path, "main", {name: data})
        began = time.perf_counter()
        self._sweep(root, "whole")
        takes, expected = time.perf_counter() - began, _held(self._folder / "whole.db")
        random, kills, rounds, wrong = Random(5), 0, 0, 0
        while kills < self._options.kills:
            rounds += 1
            shutil.rmtree(self._cache / "seen", ignore_errors=True)
            for _ in range(20):
                limit = random.uniform(0.2, 1) * takes if kills < self._options.kills else None
                status = self._killed(root, f"killed{rounds}", limit)
                kills += status == -signal.SIGKILL
                if status != -signal.SIGKILL:
                    break
            wrong += _held(self._folder / f"killed{rounds}.db") != expected
        lost = records.Bound("stores that differ after kills", wrong, 0, "")
        yield "kills, and stores compared", f"{kills}, {rounds}", lost

    def _killed(self, root: Path, name: str, limit: float | None) -> int:
        command = self._command(root, name, "--resume")
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self._all())
        try:
            return process.wait(limit)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def _sweep(self, root: Path, name: str, *more: str, watch: bool = False) -> tuple[Run, dict[str, Any]]:
        (self._folder / f"{name}.events").unlink(missing_ok=True)
        report = self._folder / f"{name}.json"
        command = [*self._command(root, name, *more), "-f", "json", "-o", str(report)]
        run = measure(command, environment=self._environment(), watch=watch)
        result: dict[str, Any] = json.loads(report.read_text()) if run.status in (0, 1) else {}
        if not result.get("complete"):
            sys.exit(f"wrong answer, so no figures: the sweep ended with {run.status}: {run.complaint}")
        return run, result

    def _command(self, root: Path, name: str, *more: str) -> list[str]:
        store, events = self._folder / f"{name}.db", self._folder / f"{name}.events"
        command = [records.STANCH, "sweep", str(root), "--store", str(store), "--json-events", str(events), "-q"]
        return [*command, "--engine", "hyperscan", *more]

    def _environment(self) -> dict[str, str]:
        """Return the environment: a cache of our own, in which the prefilter is compiled."""
        if not self._cache.exists():
            shutil.copytree(records.ENVIRONMENT["STANCH_CACHE"], self._cache)
            shutil.rmtree(self._cache / "seen", ignore_errors=True)
        return {**records.ENVIRONMENT, "STANCH_CACHE": str(self._cache)}

    def _all(self) -> dict[str, str]:
        return {**os.environ, **self._environment()}

    @property
    def _total(self) -> int:
        return self._options.sources * (1 + self._options.forks)

    def _organisation(self) -> Path:
        """Make the networks: each source, and its forks."""
        sources, root = self._sources(), self._folder / "org"
        root.mkdir()
        for source in sorted(sources.iterdir()):
            name = source.name.removesuffix(".git")
            shutil.copytree(source, root / f"{name}-0.git")
            for number in range(1, self._options.forks + 1):
                path = root / f"{name}-{number}.git"
                shutil.copytree(source, path)
                for own in range(OWN):
                    data = b"# fork %d of %s, commit %d\n" % (number, name.encode(), own)
                    _commit(path, f"own{own}", {f"own{own}.py": data * 20})
        return root

    def _sources(self) -> Path:
        root = self._folder / "sources"
        if not root.exists():
            root.mkdir()
            files = sorted(planted()[0].items())
            for number in range(self._options.sources):
                history = History(root, f"s{number:03}.git", first=number * 1000)
                history.grow(self._options.megabytes * 1_000_000)
                _commit(history.repository, "planted", dict([files[number % len(files)]]))
                print(f"{number + 1} of {self._options.sources} are made", file=sys.stderr)
        return root


def _commit(repository: Path, branch: str, files: dict[str, bytes]) -> None:
    repositories.put(repository, repositories.commit(branch, files.items()))


def _events(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def _masked(report: dict[str, Any]) -> set[tuple[Any, ...]]:
    """Return what is found in one repository, without what a store renames."""
    return {
        (found["rule"], found["masked"], at["path"], at["line"], at["commit"])
        for found in report["findings"]
        for at in found["locations"]
    }


def _by_repository(report: dict[str, Any]) -> dict[str, set[tuple[Any, ...]]]:
    told: dict[str, set[tuple[Any, ...]]] = {}
    for found in report["findings"]:
        for at in found["locations"]:
            entry = (found["rule"], found["masked"], at["path"], at["line"], at["commit"])
            told.setdefault(at["target"], set()).add(entry)
    return told


def _held(store: Path) -> list[tuple[Any, ...]]:
    """Return the findings and places of a store, without what its salt decides."""
    query = (
        "SELECT f.rule, f.masked, r.name, l.path, l.line, l.commit_id, l.gone_run IS NULL FROM locations l "
        "JOIN findings f ON f.id = l.finding_id JOIN repositories r ON r.id = l.repository_id"
    )
    with closing(sqlite3.connect(store)) as connection:
        return sorted(connection.execute(query).fetchall(), key=repr)


if __name__ == "__main__":
    sys.exit(main())
