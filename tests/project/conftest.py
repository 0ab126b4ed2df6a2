"""The demo repository, made once, and a shell that stands in a copy of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import demo

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Demo:
    """A demo repository and what was planted in it."""

    folder: Path
    planted: tuple[demo.Planted, ...]

    def git(self, *arguments: str) -> str:
        """Return what a git command prints."""
        done = subprocess.run(["git", *arguments], cwd=self.folder, capture_output=True, text=True, check=True)
        return done.stdout.strip()


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """Make the demo repository; tests only read it."""
    folder = tmp_path_factory.mktemp("demo") / "repo"
    return Demo(folder, tuple(demo.make(folder)))


@pytest.fixture
def shell(demonstration: Demo, tmp_path: Path) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """Give a function that runs a command line in a copy of the demo repository, with this stanch first on PATH."""
    copy = tmp_path / "repo"
    shutil.copytree(demonstration.folder, copy)
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    environment = {**os.environ, "PATH": path, "COLUMNS": "100"}

    def run(line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(line, shell=True, cwd=copy, env=environment, capture_output=True, text=True)  # noqa: S602

    return run
