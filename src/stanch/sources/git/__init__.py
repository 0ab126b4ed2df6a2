"""A git repository: every distinct object once, in pack order, by plumbing commands only.

Nothing of the repository is executed or followed: no hook, filter, textconv, fsmonitor, pager, replace ref or
lazy fetch; its own, the user's and the system's git configuration are ignored; no lock is taken and nothing is written.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import IO

from stanch.errors import GitError, UsageError
from stanch.sources.git.command import Command, complaint
from stanch.sources.git.view import View, viewed
from stanch.values import dataclass

_KEPT = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")
_QUARANTINED = ("GIT_QUARANTINE_PATH", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES")


@dataclass(frozen=True, slots=True)
class Repository:
    """Where a repository's parts are."""

    target: str
    """As the user named it."""
    git_dir: Path
    worktree: Path | None
    """None for a bare one."""
    alternates: bool = False
    """Are object stores outside of it read, when it names such?"""
    quarantine: bool = False
    """Are objects read that git keeps apart until a hook has let them pass?"""
    archives: bool = True
    """Are archives in it opened?"""

    def run(self, *arguments: str, index: bool = False) -> bytes:
        """Return what a git command prints, which reads nothing. Raises GitError with git's own words when it fails."""
        command = ["git", *arguments]
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, env=self.environment(index=index), cwd=self.cwd
            )
        except FileNotFoundError as error:
            raise GitError(f"{self.target}: git is needed to scan a repository, and is not installed") from error
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").splitlines()
            raise GitError(f"{self.target}: {complaint(arguments[0], said, done.returncode)}")
        return done.stdout

    def start(self, *arguments: str, stdin: IO[bytes] | int | None = None) -> Command:
        """Start a git command whose output is read as it comes. Raises GitError when there is no git."""
        return Command(arguments, self.environment(), self.cwd, stdin)

    @property
    def cwd(self) -> Path:
        """The folder that git commands run in."""
        return self.worktree or self.git_dir

    @property
    def view(self) -> View:
        """The folder that git is run on in the repository's place."""
        return viewed(self.git_dir, bare=self.worktree is None, alternates=self.alternates or self.quarantine)

    def environment(self, *, index: bool = False) -> dict[str, str]:
        """Return the environment for git commands; `index` passes on which index git's hook is to look at."""
        kept = (*_KEPT, *(_QUARANTINED if self.quarantine else ()))
        own_index = os.environ.get("GIT_INDEX_FILE") if index else None
        return {
            **{name: os.environ[name] for name in kept if name in os.environ},
            "LC_ALL": "C",
            "GIT_DIR": str(self.view.folder),
            **({"GIT_WORK_TREE": str(self.worktree)} if self.worktree else {}),
            "GIT_INDEX_FILE": own_index or str(self.git_dir / "index"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": str(self.cwd),
        }

    def has_head(self) -> bool:
        """Tell whether HEAD names a commit that is there."""
        try:
            self.run("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        except GitError:
            return False
        return True

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
