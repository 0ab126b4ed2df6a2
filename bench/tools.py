"""The programs that are measured, and how each is called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import records

Command = Callable[[str, Path, Path], list[str]]
"""Is given the program, what to scan, and the report to write."""


@dataclass(frozen=True)
class Tool:
    """A program to measure."""

    program: str
    """Its place in the folder that `peers` fills, or how to call it."""
    command: Command
    slow: bool = False
    """Minutes a scan: it is run `--slow-rounds` times."""
    prints: bool = False
    """Its report is what it prints."""


def _stanch(*options: str) -> Command:
    report = ("-f", "json", "--show-secrets", "--engine", "auto")
    return lambda program, target, out: [program, "scan", str(target), *options, *report, "-o", str(out)]


def _kingfisher(*options: str) -> Command:
    offline = ("--no-validate", "--no-update-check", "--format", "json")
    return lambda program, target, out: [program, "scan", str(target), *options, *offline, "-o", str(out)]


def _gitleaks(what: str) -> Command:
    return lambda program, target, out: [program, what, str(target), "--no-banner", "-r", str(out), "-f", "json"]


def _trufflehog(program: str, repository: Path, _report: Path) -> list[str]:
    return [program, "git", f"file://{repository}", "--bare", "--no-verification", "--json", "--no-update"]


def _git(program: str, repository: Path, _report: Path) -> list[str]:
    return [
        program, f"--git-dir={repository}", "cat-file", "--batch-all-objects", "--unordered", "--buffer", "--batch",
    ]  # fmt: skip


def _find(program: str, folder: Path, _report: Path) -> list[str]:
    return [program, str(folder), "-type", "f", "-exec", "cat", "{}", "+"]


KINGFISHER, GITLEAKS, TRUFFLEHOG = "venv/bin/kingfisher", "root/usr/bin/gitleaks", "root/usr/bin/trufflehog"


@dataclass(frozen=True)
class Work:
    """A kind of scan."""

    name: str
    """Of its record."""
    tools: dict[str, Tool]
    silent: str
    """What reads everything and looks for nothing."""
    limits: dict[str, float]
    """How many times another's seconds stanch may take at most."""

    @property
    def always(self) -> tuple[str, str]:
        """What is run whatever the user asks for."""
        return self.silent, "stanch"


HISTORY = Work(
    "speed",
    {
        "git cat-file": Tool("git", _git),
        "stanch": Tool(records.STANCH, _stanch()),
        "kingfisher": Tool(KINGFISHER, _kingfisher()),
        "gitleaks": Tool(GITLEAKS, _gitleaks("git"), slow=True),
        "trufflehog": Tool(TRUFFLEHOG, _trufflehog, slow=True, prints=True),
    },
    "git cat-file",
    {"kingfisher": 0.5, "gitleaks": 0.1, "git cat-file": 2.5},
)
FILES = Work(
    "speed-of-files",
    {
        "find and cat": Tool("find", _find),
        "stanch": Tool(records.STANCH, _stanch("--no-history")),
        "kingfisher": Tool(KINGFISHER, _kingfisher("--git-history", "none")),
        "gitleaks": Tool(GITLEAKS, _gitleaks("dir")),
    },
    "find and cat",
    {"kingfisher": 1.0, "gitleaks": 1.0},
)
