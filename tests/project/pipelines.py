"""CI servers as far as a test needs them: a repository with a history, clones as they make them, and their shells."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from repositories import ISOLATED, Repo
from scans import token

ROOT = Path(__file__).parents[2]
GONE = "5" * 40
"""A commit that a forced push took away."""
NONE = "0" * 40
"""What a server calls the commit before the first."""
LEAKS = {name: token(number) for number, name in enumerate(("old", "gone", "new", "tag"), 1)}
"""Credentials: of the default branch's history, of a branch's history, of its last commit, of a tag's message."""


@dataclass(frozen=True)
class Upstream:
    """What everybody clones."""

    repo: Repo
    commits: dict[str, str] = field(default_factory=dict)

    def clone(self, path: Path, commit: str, *arguments: str) -> Path:
        """Make a clone with every branch and tag, and check out a commit as CI servers do: on no branch."""
        _git(path.parent, "clone", "--quiet", "--no-checkout", *arguments, f"file://{self.repo.path}", str(path))
        _git(path, "fetch", "--quiet", *arguments, "origin", commit)
        _git(path, "checkout", "--quiet", "--detach", commit)
        return path


def upstream(path: Path) -> Upstream:
    """Make a default branch that lost a credential, and a branch that lost one and holds another."""
    repo = Repo(path)
    repo.git("config", "uploadpack.allowAnySHA1InWant", "true")
    made = {"first": repo.commit({"a.txt": _line("old")}), "main": repo.commit({"a.txt": b"x\n"})}
    repo.git("tag", "--annotate", "v1", "--message", f"key = {LEAKS['tag'].decode()}")
    repo.git("checkout", "--quiet", "-b", "feature")
    made["began"] = repo.commit({"b.txt": _line("gone")})
    made["before"] = repo.commit({"b.txt": None})
    made["feature"] = repo.commit({"c.txt": _line("new")})
    repo.git("checkout", "--quiet", "--detach", "main")
    made["merged"] = repo.merge("feature", {})
    repo.git("update-ref", "refs/pull/1/merge", "HEAD")
    repo.git("checkout", "--quiet", "main")
    return Upstream(repo, made)


def _line(name: str) -> bytes:
    return b"key = " + LEAKS[name] + b"\n"


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, env={**os.environ, **ISOLATED})


def read(name: str) -> dict[str, Any]:
    """Return a YAML file of this repository."""
    parsed: dict[str, Any] = yaml.safe_load((ROOT / name).read_text("utf-8"))
    return parsed


def resolved(text: str, expressions: Mapping[str, str]) -> str:
    """Return `text` with GitHub's `${{ … }}` filled in; KeyError for an expression that the test does not know."""
    return re.sub(r"\$\{\{ *(.*?) *\}\}", lambda match: expressions[match[1]], text)


def environment(**variables: str) -> dict[str, str]:
    """Return what a step sees: the server's variables and the least of a system, with stanch on the PATH."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    kept = {name: os.environ[name] for name in ("HOME", "PYTHONPATH", "STANCH_CACHE") if name in os.environ}
    return {**kept, **ISOLATED, "PATH": path, **variables}


def shell(command: list[str], script: str, cwd: Path, variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a step's script."""
    return subprocess.run([*command, script], cwd=cwd, env=dict(variables), capture_output=True, text=True)
