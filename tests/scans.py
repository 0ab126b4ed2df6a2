"""Scans as tests run them: a target in, a result or detections out."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from click.testing import CliRunner

from stanch.cli.commands import stanch
from stanch.engine import Engine
from stanch.model import Chunk, Detection, Finding, Found, Origin, Result
from stanch.options import USUAL
from stanch.scan import Scan
from strategies import example, ruleset

BOTH = ("hyperscan", "aho-corasick")
DEFAULTS = replace(USUAL, engine="aho-corasick")


def scan(*targets: Path | str, **changes: Any) -> Result:
    """Scan with the rules that come with stanch; `changes` are to `DEFAULTS`."""
    options = replace(DEFAULTS, targets=tuple(str(target) for target in targets), **changes)
    return Scan(ruleset(), options).run()


def cli(
    *arguments: str, cwd: Path | None = None, stdin: bytes = b"", timeout: float = 60, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run the command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "stanch", *arguments],
        cwd=cwd, input=stdin, capture_output=True, timeout=timeout, env={**os.environ, **environment},
    )  # fmt: skip


def called(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command line here: the same answer as that of `cli`, without what starting a process takes.

    What writes past `sys.stdout` and `sys.stderr` is not in it, nor the log of `--verbose`, which pytest takes.
    """
    done = CliRunner().invoke(stanch, arguments, standalone_mode=False)
    if done.exception:
        raise done.exception
    return subprocess.CompletedProcess(arguments, done.return_value, done.stdout_bytes, done.stderr_bytes)


class Input(io.TextIOWrapper):
    """Standard input that holds some bytes."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))


def token(number: int = 1, rule: str = "github-pat-classic") -> bytes:
    """Return a credential of that rule, the same for the same number."""
    return example(ruleset().by_id[rule], Random(number))[1]


def found(result: Result) -> dict[bytes, Finding]:
    """Return the findings by their secrets."""
    return {finding.secret: finding for finding in result.findings}


def paths(finding: Finding) -> list[str | None]:
    """Return where a finding stands, in its order."""
    return [location.path for location in finding.locations]


@cache
def engine(name: str = "aho-corasick", *, explain: bool = False, ignore_allows: bool = False) -> Engine:
    """Return the engine with the rules that come with stanch."""
    return Engine(ruleset(), name, explain=explain, ignore_allows=ignore_allows)


def chunk(data: bytes, path: str = "a.txt") -> Chunk:
    """Return a whole file's content."""
    return Chunk(Origin("t", path), data)


def detect(
    data: bytes, name: str = "aho-corasick", *, explain: bool = False, ignore_allows: bool = False
) -> list[Found]:
    """Return what the engine finds in a file's content."""
    return engine(name, explain=explain, ignore_allows=ignore_allows).scan(chunk(data))


def place(data: bytes, start: int, end: int) -> tuple[int, int, int, int]:
    """Return line, column, end line and end column of `data[start:end]`, as a location counts them."""
    first, last = data.rfind(b"\n", 0, start) + 1, data.rfind(b"\n", 0, end - 1) + 1
    return data.count(b"\n", 0, start) + 1, start - first + 1, data.count(b"\n", 0, end - 1) + 1, end - last


def span(detection: Detection) -> tuple[int, int, int, int]:
    """Return a detection's place in the form of `place`."""
    at = detection.location
    return at.line, at.column, at.end_line, at.end_column
