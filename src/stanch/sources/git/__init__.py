"""A git repository: every distinct object once, in pack order, by plumbing commands only.

Nothing of the repository is executed or followed: no hook, filter, textconv, fsmonitor, pager, replace ref or
lazy fetch; the user's and the system's git configuration are ignored; no lock is taken and nothing is written.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from stanch.errors import UsageError

_CONFIG = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.attributesFile": os.devnull,
    "core.excludesFile": os.devnull,
    "core.packedGitWindowSize": "16m",  # with the next, bounds what git maps of its packs at a time
    "core.packedGitLimit": "64m",
    "protocol.allow": "never",
}
_KEPT = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")


@dataclass(frozen=True, slots=True)
class Repository:
    """Where a repository's parts are."""

    target: str
    """As the user named it."""
    git_dir: Path
    worktree: Path | None
    """None for a bare one."""

    def run(self, *arguments: str, stdin: bytes = b"", index: bool = False) -> bytes:
        """Return what a git command prints.

        Raises UsageError with git's own words when it fails.
        """
        try:
            done = self._run(arguments, stdin, index)
        except FileNotFoundError as error:
            raise UsageError(f"{self.target}: git is needed to scan a repository, and is not installed") from error
        if done.returncode:
            words = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no reason given"]
            raise UsageError(f"{self.target}: git {arguments[0]}: {words[0]}")
        return done.stdout

    def _run(self, arguments: Sequence[str], stdin: bytes, index: bool) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            ["git", *arguments],
            input=stdin,
            capture_output=True,
            env=self.environment(index=index),
            cwd=self.cwd,
        )

    def start(
        self, *arguments: str, stdin: IO[bytes] | int | None = None, stderr: IO[bytes] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a git command whose output is read as it comes."""
        return subprocess.Popen(
            ["git", *arguments],
            stdin=stdin or subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr or subprocess.PIPE,
            bufsize=1 << 18,
            env=self.environment(),
            cwd=self.cwd,
        )

    @property
    def cwd(self) -> Path:
        """The folder that git commands run in."""
        return self.worktree or self.git_dir

    def environment(self, *, index: bool = False) -> dict[str, str]:
        """Return the environment for git commands; `index` passes on which index git's hook is to look at."""
        config = {**_CONFIG, "safe.directory": str(self.cwd)}
        kept = (*_KEPT, "GIT_INDEX_FILE") if index else _KEPT
        return {
            **{name: os.environ[name] for name in kept if name in os.environ},
            "LC_ALL": "C",
            "GIT_DIR": str(self.git_dir),
            **({"GIT_WORK_TREE": str(self.worktree)} if self.worktree else {}),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_CONFIG_COUNT": str(len(config)),
            **{f"GIT_CONFIG_KEY_{number}": key for number, key in enumerate(config)},
            **{f"GIT_CONFIG_VALUE_{number}": value for number, value in enumerate(config.values())},
        }

    def worktree_files(self) -> tuple[tuple[str, ...], int]:
        """Return the tracked and the untracked files of the worktree, and how many ignored entries there are."""
        listed = self.run("ls-files", "-z", "--cached", "--others", "--exclude-standard")
        ignored = self.run("ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory")
        return tuple(os.fsdecode(path) for path in sorted(set(listed.split(b"\0")) - {b""})), ignored.count(b"\0")


def discover(target: str, *, parents: bool = False) -> Repository | None:
    """Return the repository whose root `target` is, or with `parents` the one that it lies in."""
    path = Path(target).resolve()
    for folder in (path, *path.parents) if parents else (path,):
        dot_git = folder / ".git"
        if _is_git_dir(dot_git):
            return Repository(target, dot_git, folder)
        if dot_git.is_file():
            return Repository(target, _linked(dot_git, target), folder)
        if _is_git_dir(folder):
            return Repository(target, folder, None)
    return None


def _is_git_dir(path: Path) -> bool:
    return (path / "objects").is_dir() and (path / "refs").is_dir() and (path / "HEAD").exists()


def _linked(dot_git: Path, target: str) -> Path:
    """Return the folder that the `.git` file of a linked worktree or a submodule names."""
    line = dot_git.read_bytes()[:4096].split(b"\n")[0]
    if not line.startswith(b"gitdir: "):
        raise UsageError(f"{target}: its .git is neither a folder nor a link to one")
    folder = dot_git.parent / os.fsdecode(line.removeprefix(b"gitdir: ").strip())
    if not folder.is_dir():
        raise UsageError(f"{target}: its .git names {folder}, which does not exist")
    return folder.resolve()
