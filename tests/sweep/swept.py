"""Sweeps as tests run them: repositories, a host that serves them, jobs, and what is in the store afterwards."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import scans
from repositories import Repo
from stanch.sweep import store
from stanch.sweep.model import Listed
from stanch.sweep.task import Job, Outcome, Sweeper, Task
from strategies import ruleset

VARIABLES = ("GITHUB_TOKEN", "GH_TOKEN", "GITLAB_TOKEN")


def made(path: Path, number: int) -> Repo:
    """Make a repository: a secret that was removed, one that stands, and a file that many have."""
    repo = Repo(path)
    secret = scans.token(number)
    repo.commit({"settings.env": b"TOKEN=" + secret + b"\n", "vendor/shared.js": b"let shared = 1\n" * 50})
    repo.commit({"settings.env": b"TOKEN=\n", f"app{number}.py": b"print(%d)\n" % number})
    return repo


def fork(repo: Repo, path: Path, number: int) -> Repo:
    """Make a fork of a repository, with a commit of its own."""
    shutil.copytree(repo.path, path)
    forked = object.__new__(Repo)
    forked.path, forked.commits = path, repo.commits
    forked.commit({f"fork{number}.py": b"print('fork %d')\n" % number})
    return forked


def bare(repo: Repo, path: Path) -> Path:
    """Put a bare copy of a repository where a host serves it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    repo.git("clone", "--quiet", "--bare", "--no-local", str(repo.path), str(path))
    return path


def job(work: Path, **changes: Any) -> Job:
    """Return what all tasks of a sweep share; it loses no time."""
    work.mkdir(exist_ok=True)
    usual = Job(ruleset(), scans.DEFAULTS, lambda _: None, work, time_limit=60, stall=1, pause=0.01)
    return replace(usual, **changes)


def swept(made: Job, listed: Listed, **task: Any) -> Outcome:
    """Do a task in this process."""
    return Sweeper(made)(Task(listed, **task))


def kinds(outcome: Outcome) -> list[str]:
    """Return the kinds of what went wrong."""
    result = outcome.swept.result
    return [fault.kind for fault in (*outcome.swept.faults, *(result.faults if result else ()))]


def events(path: Path) -> list[dict[str, Any]]:
    """Return what `--json-events` has written."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def held(path: Path) -> dict[str, Any]:
    """Return what a store holds that does not depend on when it was recorded."""
    with store.open(str(path), create=False) as opened:
        rows = list(opened.rows(store.Filters()))
        salted = {
            (row.finding.rule, row.finding.masked, str(row.state)): sorted(
                (at.location.target, at.location.path, at.location.line, at.location.commit or "", at.gone is None)
                for at in row.places
            )
            for row in rows
        }
        return {"findings": len(rows), "places": salted}


def command(*arguments: object, cwd: Path | None = None, timeout: float = 120, **environment: str) -> Any:
    """Run `stanch sweep` in a process of its own."""
    return scans.cli("sweep", *map(str, arguments), cwd=cwd, timeout=timeout, **environment)


def processes(marker: str) -> list[str]:
    """Return the command lines of the processes that have `marker` in theirs."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if marker in line:
                found.append(line)
    return found


def names(listed: Iterable[Listed]) -> list[str]:
    """Return the names of repositories."""
    return [one.name for one in listed]
