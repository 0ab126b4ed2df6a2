"""Refs and reflogs: the names that lead to objects."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from stanch.sources.git import Repository
from stanch.sources.git.view import common_dir

STASH = "refs/stash"
NOTES = "refs/notes/"
_ENTRY = re.compile(rb"^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) ", re.MULTILINE)


def refs(repository: Repository) -> dict[str, str]:
    """Return the object id of every ref by its full name. Raises GitError."""
    listed = repository.run("for-each-ref", "--format=%(objectname) %(refname)").splitlines()
    return {os.fsdecode(name): oid.decode() for oid, _, name in (line.partition(b" ") for line in listed)}


def reflogs(repository: Repository) -> dict[str, tuple[str, ...]]:
    """Return the object ids that each reflog names, by ref, the oldest first; some may be gone.

    The files are read here: git follows no links in its folder of logs, and a view has nothing but links.
    """
    return {name: tuple(dict.fromkeys(_ids(path))) for name, path in _logs(repository)}


def reflogs_digest(repository: Repository) -> str:
    """Return a digest that changes when a reflog does."""
    import hashlib  # a hook asks for no reflog

    digest = hashlib.sha256()
    for name, path in _logs(repository):
        status = path.stat()
        digest.update(f"{name}\0{status.st_size} {status.st_mtime_ns}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def tips(repository: Repository) -> bytes:
    """Return all that the reflogs name, a line each, for git's `--stdin`."""
    named = sorted({oid for log in reflogs(repository).values() for oid in log})
    return "".join(f"{oid}\n" for oid in named).encode()


def _logs(repository: Repository) -> Iterator[tuple[str, Path]]:
    """Yield the files of the reflogs, each with its ref's name."""
    common = common_dir(repository.git_dir)
    for folder in (common / "logs", *sorted((common / "worktrees").glob("*/logs"))):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                yield os.fsdecode(path.relative_to(folder)), path


def _ids(path: Path) -> Iterator[str]:
    for old, new in _ENTRY.findall(path.read_bytes()):
        yield from (oid.decode() for oid in (old, new) if oid.strip(b"0"))
