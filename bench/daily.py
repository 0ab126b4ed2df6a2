"""Measure what a team waits for each day: a scan with nothing new, and where a thousand findings come from."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import records
import repositories
from measure import measure
from planted import fault, planted
from stanch import provenance
from stanch.examples import example
from stanch.options import USUAL
from stanch.rules import load
from stanch.scan import Scan

FINDINGS = 1_000
PER_COMMIT = 10
SECONDS, SHARE = 0.5, 0.5


def main() -> int:
    """Check the answers, run everything in turn, print the tables; 1 when an answer is wrong or a bound not met."""
    options = _options()
    records.CACHE.mkdir(parents=True, exist_ok=True)
    os.environ.update(records.ENVIRONMENT)
    with tempfile.TemporaryDirectory(dir=records.CACHE) as folder:
        repository = repositories.copy(options.repo, Path(folder) / "daily.git")
        files, secrets = planted()
        repositories.plant(repository, files)
        unchanged = [_unchanged(repository, Path(folder), secrets) for _ in range(options.rounds)]
        _plant_many(repository)
        shares = [_traced(repository) for _ in range(options.rounds)]
    seconds, share = statistics.median(unchanged), statistics.median(traced / rest for traced, rest in shares)
    rows = [
        ["a scan with nothing new, s", _range(unchanged)],
        [f"scan that finds {FINDINGS}, without tracing, s", _range([rest for _, rest in shares])],
        [f"tracing {FINDINGS} findings, s", _range([traced for traced, _ in shares])],
    ]
    text = f"Median of {options.rounds} rounds.\n\n{records.table(['', 'median, least to most'], rows)}"
    bounds = [
        records.Bound("a scan with nothing new", seconds, SECONDS, "s"),
        records.Bound("tracing, against the rest of the scan", share, SHARE, "x"),
    ]
    return records.finish("daily", text, bounds, recorded=options.record)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repo", type=Path, metavar="DIR", default=records.CACHE / "repo", help="a real history")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    records.add_option(parser)
    return parser.parse_args()


def _unchanged(repository: Path, folder: Path, secrets: dict[str, str]) -> float:
    """Return the seconds of a scan with nothing new, after it was checked that it tells what the first one told."""
    state, first, second = folder / "state.json", folder / "first.json", folder / "second.json"
    scan = [records.STANCH, "scan", str(repository), "--incremental", str(state), "-f", "json", "-o"]
    if not state.exists():
        shown = folder / "shown.json"
        found = measure([*scan, str(shown), "--show-secrets"])
        if wrong := fault(found, shown, secrets):
            sys.exit(f"wrong answer, so no figures: {wrong}")
        measure([*scan, str(first)])
    run = measure([*scan, str(second)])
    reports = [json.loads(path.read_text()) for path in (first, second)]
    if run.status != 1 or reports[0]["findings"] != reports[1]["findings"] or reports[1]["stats"]["blobs"]:
        sys.exit("wrong answer, so no figures: the scan with nothing new read something, or told something else")
    return run.seconds


def _plant_many(repository: Path) -> None:
    """Commit FINDINGS credentials, some in each commit, on a branch that goes on from HEAD."""
    random, rule = Random(FINDINGS), load().by_id["github-pat-classic"]

    def stream() -> Iterator[bytes]:
        parent: str | None = repositories.git(repository, "rev-parse", "HEAD").strip()
        for number in range(0, FINDINGS, PER_COMMIT):
            names = [f"deploy/{number + offset}.py" for offset in range(PER_COMMIT)]
            files = ((name, b'TOKEN = "%s"\n' % example(rule, random)[1]) for name in names)
            yield from repositories.commit("many", files, parent)
            parent = None

    repositories.put(repository, stream())


def _traced(repository: Path) -> tuple[float, float]:
    """Return the seconds that a scan takes to trace its findings, and those that it takes besides."""
    spent = 0.0
    trace = provenance.trace

    def timed(*arguments: object) -> provenance.Provenance:
        nonlocal spent
        began = time.perf_counter()
        known = trace(*arguments)  # type: ignore[arg-type]
        spent += time.perf_counter() - began
        return known

    provenance.trace = timed  # type: ignore[assignment]
    try:
        began = time.perf_counter()
        jobs = len(os.sched_getaffinity(0))
        result = Scan(load(), replace(USUAL, targets=(str(repository),), jobs=jobs, engine="hyperscan")).run()
        total = time.perf_counter() - began
    finally:
        provenance.trace = trace
    many = [finding for finding in result.findings if (finding.locations[0].path or "").startswith("deploy/")]
    if not result.complete or len(many) < FINDINGS or not all(finding.locations[0].commit for finding in many):
        sys.exit(f"wrong answer, so no figures: {len(many)} planted findings of {FINDINGS} traced")
    return spent, total - spent


def _range(values: list[float]) -> str:
    return f"{statistics.median(values):.2f}, {min(values):.2f} to {max(values):.2f}"


if __name__ == "__main__":
    sys.exit(main())
