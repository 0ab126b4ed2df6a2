"""Measure `stanch hook` on five small staged files, beside python's start and detect-secrets' hook."""

from __future__ import annotations

import argparse
import statistics
import sys
import sysconfig
import tempfile
from pathlib import Path

import records
import repositories
from measure import Run, measure
from planted import planted

STAGED = [f"json/{name}.py" for name in ("__init__", "decoder", "encoder", "scanner", "tool")]
"""Of the standard library, changed; 1 to 16 kB each."""
AROUND = ("email", "http", "logging", "xml/dom")
"""Packages of the standard library that the repository holds besides."""
START = "python -c pass"
HOOK = "stanch hook"
PEER = "detect-secrets-hook"
ENVIRONMENT = {**records.ENVIRONMENT, "PYTHONDONTWRITEBYTECODE": ""}
"""An installed package is compiled; so is a checkout, once it may keep what it compiles."""
RATIO = 8
"""120 ms where python starts in 15 ms."""


def main() -> int:
    """Check both answers, run everything in turn, print the tables; 1 when an answer is wrong or a bound not met."""
    options = _options()
    records.CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=records.CACHE) as folder:
        repository = _repository(Path(folder))
        commands = {START: [sys.executable, "-c", "pass"], HOOK: [records.STANCH, "hook"]}
        if (peer := options.peers.resolve() / "venv" / "bin" / PEER).exists():
            commands[PEER] = [str(peer), *STAGED]
        else:
            print(f"{PEER}: not found", file=sys.stderr)
        _check(commands, repository)
        runs: dict[str, list[Run]] = {name: [] for name in commands}
        for _ in range(options.rounds):
            for name, command in commands.items():
                runs[name].append(measure(command, cwd=repository, environment=ENVIRONMENT))
    if alarms := [name for name, done in runs.items() if any(run.status for run in done)]:
        print(f"reports something in clean files, or fails: {', '.join(alarms)}", file=sys.stderr)
    if HOOK in alarms:
        return 1
    rows = [_row(name, done) for name, done in runs.items()]
    head = ["", "rounds", "median ms", "least to most ms", "median ms of processor", "peak MB"]
    return records.finish("hook", records.table(head, rows), _bounds(runs), recorded=options.record)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", type=Path, metavar="DIR", default=records.CACHE / "peers")
    parser.add_argument("--rounds", type=int, default=15, metavar="N")
    records.add_option(parser)
    return parser.parse_args()


def _repository(folder: Path) -> Path:
    """Make a repository of some packages with five changed files in its index."""
    library = Path(sysconfig.get_path("stdlib"))
    for package in ("json", *AROUND):
        for source in library.joinpath(package).rglob("*.py"):
            target = folder / source.relative_to(library)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    repositories.git(folder, "init", "-q", "-b", "main")
    repositories.git(folder, "add", ".")
    repositories.git(folder, "-c", "user.name=bench", "-c", "user.email=bench@example.org", "commit", "-qm", "bench")
    for path in STAGED:
        with folder.joinpath(path).open("a") as file:
            file.write("\n\ndef describe(token, limit=80):\n    return repr(token)[:limit]\n")
    repositories.git(folder, "add", ".")
    return folder


def _check(commands: dict[str, list[str]], repository: Path) -> None:
    """Stage a credential and let both hooks find it, then take it back; it fills the caches too."""
    files, _ = planted()
    path = repository / STAGED[-1]
    before = path.read_bytes()
    path.write_bytes(before + files["deploy/github.py"])
    repositories.git(repository, "add", ".")
    report = repository.parent / f"{repository.name}.txt"
    try:
        found = measure(commands[HOOK], cwd=repository, stdout=report, environment=ENVIRONMENT)
        if found.status != 1 or "github-pat-classic" not in report.read_text("utf-8"):
            sys.exit(f"wrong answer, so no figures: {HOOK}: exit status {found.status}: {found.complaint}")
    finally:
        report.unlink(missing_ok=True)
    if PEER in commands and measure(commands[PEER], cwd=repository).status != 1:
        print(f"{PEER} did not find the staged credential", file=sys.stderr)
    path.write_bytes(before)
    repositories.git(repository, "add", ".")


def _row(name: str, runs: list[Run]) -> list[str]:
    times = sorted(1000 * run.seconds for run in runs)
    peak = max(run.peak for run in runs)
    spread = f"{times[0]:.0f} to {times[-1]:.0f}"
    processor = statistics.median(1000 * run.cpu for run in runs)
    return [name, str(len(runs)), f"{statistics.median(times):.0f}", spread, f"{processor:.0f}", f"{peak:.0f}"]


def _bounds(runs: dict[str, list[Run]]) -> list[records.Bound]:
    median = {name: statistics.median(run.seconds for run in done) for name, done in runs.items()}
    against = median[HOOK] / median[PEER] if PEER in median else None
    return [
        records.Bound(f"time, against {START}", median[HOOK] / median[START], RATIO, "x"),
        records.Bound(f"time, against {PEER}", against, 1, "x"),
    ]


if __name__ == "__main__":
    sys.exit(main())
