"""Tables, bounds, and the records that say where and when they were measured."""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache" / "bench"
"""What the benchmarks download and build; git ignores it."""
ENVIRONMENT = {"STANCH_CACHE": str(CACHE / "stanch"), "KF_RULE_CACHE_DIR": str(CACHE / "kingfisher")}
"""Where the tools keep what they compile from their rules: warm, and apart from the user's."""
FOLDER = ROOT / "bench" / "record"
STANCH = str(Path(sys.executable).with_name("stanch"))
"""The console script installed beside the interpreter that runs the benchmark."""


@dataclass(frozen=True)
class Bound:
    """A measured value and the most that it may be; `value` is None when it was not measured."""

    what: str
    value: float | None
    limit: float
    unit: str

    @property
    def met(self) -> bool:
        """Whether it holds; what was not measured is not held against anybody, but is printed as such."""
        return self.value is None or self.value <= self.limit

    def row(self) -> list[str]:
        """Return the bound as a row of a table."""
        verdict = "not measured" if self.value is None else "met" if self.met else "NOT MET"
        value = "-" if self.value is None else f"{self.value:.3g} {self.unit}"
        return [self.what, value, f"{self.limit:g} {self.unit}", verdict]


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table whose columns stand under each other."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [head, ["-" * width for width in widths], *rows]
    cells = ([cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


def bounds_table(bounds: list[Bound]) -> str:
    """Return the bounds, what was measured, and whether they are met."""
    return table(["bound", "measured", "at most", ""], [bound.row() for bound in bounds])


def add_option(parser: argparse.ArgumentParser) -> None:
    """Add `--record`."""
    parser.add_argument("--record", action="store_true", help="write the tables to bench/record/<name>-<date>.md")


def finish(name: str, text: str, bounds: list[Bound], *, recorded: bool) -> int:
    """Print the tables, keep them if that was asked for, and return the exit status: 1 when a bound is not met."""
    text = f"{text}\n\n{bounds_table(bounds)}"
    print(text)
    if recorded:
        FOLDER.mkdir(exist_ok=True)
        path = FOLDER / f"{name}-{datetime.date.today()}.md"
        path.write_text(f"# {name}\n\n{_machine()}\n\n{text}\n\nWhat this favours and hides: [BIAS.md](../BIAS.md).\n")
        print(f"\nkept in {path.relative_to(ROOT)}")
    return 0 if all(bound.met for bound in bounds) else 1


def said(*command: str) -> str:
    """Return the first line that a command prints, "?" when it cannot be run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    except OSError:
        return "?"
    return next(iter(done.stdout.splitlines()), "?").strip()


def version(command: str) -> str:
    """Return the version that a program names when it is asked with `--version`."""
    return said(command, "--version").removeprefix("git ").replace("version ", "").replace(",", "").split(" ")[-1]


def _machine() -> str:
    """Return what the figures depend on: no host name, no user name, no path."""
    system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    facts = {
        "date": datetime.date.today().isoformat(),
        "command": f"python bench/{Path(sys.argv[0]).name} {' '.join(map(_without_path, sys.argv[1:]))}".strip(),
        "processor": f"{_processor()}, {len(os.sched_getaffinity(0))} to use of {os.cpu_count()}",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1e9:.0f} GB",
        "load of the last minute, the benchmark's own included": f"{os.getloadavg()[0]:.1f}",
        "system": f"{system}, Linux {'.'.join(platform.release().split('.')[:2])}",
        "python": platform.python_version(),
        "git": version("git"),
        "stanch": f"{version(STANCH)}, {said('git', 'describe', '--always', '--dirty')}",
    }
    return "\n".join(f"- {what}: {value}" for what, value in facts.items())


def _without_path(argument: str) -> str:
    option, equals, value = argument.rpartition("=")
    return f"{option}{equals}DIR" if Path(value).is_absolute() else argument


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
