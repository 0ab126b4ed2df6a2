"""Repositories whose hooks are stanch, run by git as a person runs it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from repositories import ISOLATED, Repo

SOURCE = Path(__file__).parents[2] / "src"
LINES = {
    "pre-commit": "exec stanch hook",
    "pre-merge-commit": "exec stanch hook",
    "pre-push": 'exec stanch hook --stage pre-push "$@"',
    "pre-receive": "exec stanch hook --stage pre-receive",
    "commit-msg": 'exec stanch hook --stage commit-msg "$@"',
}
"""What the documents tell people to write into each hook."""


def executable(path: Path, *lines: str) -> None:
    """Write a shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(("#!/bin/sh", *lines, "")), "utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def install(repo: Repo, stage: str = "pre-commit") -> None:
    """Make stanch a hook of a repository."""
    git_dir = repo.path / ".git"
    executable((git_dir if git_dir.exists() else repo.path) / "hooks" / stage, LINES[stage])


class Person:
    """Somebody who types commands; `stanch` is on their PATH, and is this source."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self.bin = folder / "bin"
        executable(self.bin / "stanch", f'exec "{sys.executable}" -m stanch "$@"')
        path = os.pathsep.join((str(self.bin), str(Path(sys.executable).parent), os.environ["PATH"]))
        self.environment = {
            "PATH": path, "HOME": str(folder), "PYTHONPATH": str(SOURCE), "STANCH_CACHE": str(cache), **ISOLATED,
            "GIT_AUTHOR_NAME": "Ann", "GIT_AUTHOR_EMAIL": "ann@example.test",
            "GIT_COMMITTER_NAME": "Ann", "GIT_COMMITTER_EMAIL": "ann@example.test",
        }  # fmt: skip

    def __call__(
        self, where: Repo | Path, *command: str, stdin: bytes = b"", timeout: float = 60, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in a folder; `stdout` of the answer is all that a terminal would show."""
        done = subprocess.run(
            command, cwd=where.path if isinstance(where, Repo) else where, input=stdin,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**self.environment, **environment}, timeout=timeout,
        )  # fmt: skip
        return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode("utf-8", "backslashreplace"))


@pytest.fixture
def person(tmp_path: Path, own_cache: Path) -> Person:
    """Make somebody with a home of their own."""
    return Person(tmp_path / "home", own_cache)


@pytest.fixture
def server(tmp_path: Path) -> Repo:
    """Make an empty bare repository, which others push to."""
    return Repo(tmp_path / "server.git", "--bare")
