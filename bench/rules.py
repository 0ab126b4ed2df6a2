"""Measure what the rules cost: to load, to compile, and to scan with all of them instead of those of the first release.

Each step is a process of its own, as in a hook or a worker.
"""

from __future__ import annotations

import argparse
import io
import statistics
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

import records
from measure import Run, measure

FIRST = "131e652"
"""The commit whose packs the first measurements of scans were made with."""
SLOWER = 1 / 0.85
"""How many times the seconds of a scan with those packs a scan with all rules may take."""

_CLOCK = "from time import process_time as now\nimport sys\n"
_RULESET = "from stanch.rules import load\nfrom stanch.prefilter import Probes\n"
_DATABASE = "from stanch.prefilter.hyperscan import Hyperscan\nruleset = load()\n"
_TELL = "print((now() - began) * 1000)\n"
_SCAN = """
import sys
from hashlib import sha256
from pathlib import Path
from stanch.options import USUAL
from stanch.rules import Ruleset, load, parse
from stanch.scan import Scan
from stanch.values import replace
repository, packs = sys.argv[1:]
if packs == "-":
    ruleset = load()
else:
    texts = [path.read_text() for path in sorted(Path(packs).glob("*.toml"))]
    digest = sha256("".join(texts).encode()).hexdigest()
    ruleset = Ruleset([rule for text in texts for rule in parse(text, "pack", trusted=True)], digest)
result = Scan(ruleset, replace(USUAL, targets=(repository,), engine="hyperscan")).run()
assert result.complete and result.stats.blobs, result.faults
print(len(ruleset))
"""


@dataclass(frozen=True)
class Step:
    """Something to time in a fresh process, which prints its milliseconds."""

    what: str
    program: str
    limit: float
    """Milliseconds at most."""
    warm: bool = True
    """With what an earlier process has cached?"""


STEPS = (
    Step("load the rules from the cache", f"{_RULESET}began = now()\nload()\n", 15),
    Step(
        "compile the prefilter's database",
        f"{_RULESET}{_DATABASE}began = now()\nHyperscan(Probes(ruleset))\n",
        1500,
        warm=False,
    ),
    Step(
        "load the prefilter's database from the cache",
        f"{_RULESET}{_DATABASE}began = now()\nHyperscan(Probes(ruleset))\n",
        5,
    ),
)


def main() -> int:
    """Measure, print the tables, and return 1 when a bound is not met."""
    options = _options()
    records.CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=records.CACHE) as name:
        folder = Path(name)
        times = [_times(step, folder, options.times) for step in STEPS]
        scans = _scans(options.repo, _first_packs(folder), options.rounds) if options.repo.exists() else {}
    bounds = [
        records.Bound(step.what, statistics.median(ms), step.limit, "ms") for step, ms in zip(STEPS, times, strict=True)
    ]
    medians = [statistics.median(run.seconds for run in runs) for runs in scans.values()]
    ratio = medians[0] / medians[1] if scans else None
    bounds.append(records.Bound("scan a history, against the first rules, seconds", ratio, SLOWER, "x"))
    rows = [[step.what, *_spread(ms)] for step, ms in zip(STEPS, times, strict=True)]
    text = records.table(["", "median ms", "least to most ms"], rows)
    rows = [
        [name, *_spread([run.seconds for run in runs]), *_spread([run.cpu for run in runs])]
        for name, runs in scans.items()
    ]
    head = ["scan a history with", "median s", "least to most s", "median CPU s", "least to most CPU s"]
    return records.finish(
        "rules", f"{text}\n\n{records.table(head, rows)}" if rows else text, bounds, recorded=options.record
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repo", type=Path, metavar="DIR", default=records.CACHE / "history.git", help="a repository")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="scans with each set of rules")
    parser.add_argument("--times", type=int, default=15, metavar="N", help="processes for each other figure")
    records.add_option(parser)
    return parser.parse_args()


def _spread(values: list[float]) -> tuple[str, str]:
    return f"{statistics.median(values):.2f}", f"{min(values):.2f} to {max(values):.2f}"


def _times(step: Step, folder: Path, times: int) -> list[float]:
    """Return the milliseconds that each of `times` processes says a step took."""
    found = []
    for number in range(-1, times):
        cache = folder / (step.what if step.warm else f"{step.what} {number}")
        cache.mkdir(exist_ok=True)
        program = f"{_CLOCK}{step.program}{_TELL}"
        environment = {"STANCH_CACHE": str(cache), "PATH": ""}
        done = subprocess.run([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, check=True)
        if number >= 0:  # the first one fills the cache
            found.append(float(done.stdout))
    return found


def _first_packs(folder: Path) -> Path:
    """Write the first rules into a folder. A shallow clone does not have them."""
    command = ["git", "-C", records.ROOT, "archive", FIRST, "patterns"]
    archive = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    return folder / "patterns"


def _scans(repository: Path, first: Path, rounds: int) -> dict[str, list[Run]]:
    """Scan with either set of rules in turn; the first round, which compiles, is not counted."""
    counted: dict[str, list[Run]] = {}
    for number in range(-1, rounds):
        for packs in ("-", str(first)):
            print(f"round {number + 1}", file=sys.stderr)
            with tempfile.NamedTemporaryFile() as out:
                command = [sys.executable, "-c", _SCAN, str(repository), packs]
                run = measure(command, stdout=Path(out.name), environment=records.ENVIRONMENT)
                rules = out.read().decode().strip()
            assert run.status == 0, run.complaint
            if number >= 0:
                counted.setdefault(f"{'all' if packs == '-' else 'the first'} {rules} rules", []).append(run)
    return counted


if __name__ == "__main__":
    sys.exit(main())
