"""Real git repositories in temporary folders: fixed people, dates one hour apart, and nobody's configuration."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

ANN, BOB = "Ann Author <ann@example.test>", "Bob Builder <bob@example.test>"
EPOCH = 1_600_000_000
HOUR = 3_600

ISOLATED = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_PAGER": "cat",
}


class Repo:
    """A repository with a worktree at `path`; each commit is an hour younger than the one before."""

    def __init__(self, path: Path, *arguments: str) -> None:
        self.path = path
        self.commits = 0
        path.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main", *arguments)

    def git(self, *arguments: str, stdin: bytes = b"", author: str = ANN) -> str:
        """Return what a git command prints; raise CalledProcessError when it fails."""
        name, _, mail = author.rstrip(">").partition(" <")
        date = f"{EPOCH + self.commits * HOUR} +0200"
        own = {
            f"GIT_{who}_{what}": value
            for who in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", name), ("EMAIL", mail), ("DATE", date))
        }
        done = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *arguments],
            cwd=self.path, input=stdin, capture_output=True, check=True,
            env={"PATH": os.environ["PATH"], "HOME": str(self.path), **ISOLATED, **own},
        )  # fmt: skip
        return done.stdout.decode("utf-8", "surrogateescape").strip()

    def put(self, path: str, content: bytes | None) -> None:
        """Write one file of the worktree; None deletes it."""
        full = self.path / path
        if content is None:
            full.unlink()
            return
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_bytes(content)

    def commit(self, files: dict[str, bytes | None] | None = None, message: str = "Change", author: str = ANN) -> str:
        """Write `files`, commit everything, and return the commit's id."""
        for path, content in (files or {}).items():
            self.put(path, content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message, author=author)
        self.commits += 1
        return self.git("rev-parse", "HEAD")

    def merge(self, branch: str, files: dict[str, bytes | None]) -> str:
        """Merge `branch`, with `files` that neither side has, and return the commit's id."""
        self.git("merge", "--quiet", "--no-ff", "--no-commit", branch)
        return self.commit(files, "Merge")

    def loose(self, oid: str) -> Path:
        """Return the file of a loose object."""
        return self.path / ".git" / "objects" / oid[:2] / oid[2:]

    def oid(self, content: bytes) -> str:
        """Return the object id of a blob."""
        return self.git("hash-object", "--stdin", stdin=content)


def snapshot(folder: Path) -> dict[str, tuple[int, str]]:
    """Return the modification time and the digest of every file in `folder`."""
    return {
        str(path.relative_to(folder)): (
            path.lstat().st_mtime_ns,
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
        )
        for path in sorted(folder.rglob("*"))
    }
